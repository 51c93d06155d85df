package run

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// @connections and the function refuse a request without a signature of the run's keys,
// unless the setting accepts any signature.
func TestSignatures(t *testing.T) {
	for name, c := range map[string]struct {
		any                   bool   // accept any signature
		connections, function string // status and x-amzn-ErrorType
	}{
		"verified": {false, "403 IncompleteSignatureException", "403 IncompleteSignatureException"},
		"insecure": {true, "410 GoneException", "200 "},
	} {
		t.Run(name, func(t *testing.T) {
			sys := started(t, func(s *Settings) { s.AnySignature = c.any })
			call := func(url string) string {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"push":{"target":{"all":true},"message":1}}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any")
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close() //nolint:errcheck // the test reads only the head
				return resp.Status[:4] + resp.Header.Get("X-Amzn-ErrorType")
			}
			connections := sys.stack.Output("connectionsUrl")
			if got := call(connections + "/@connections/WhHAe-TROkECC5w="); got != c.connections {
				t.Errorf("@connections: got %s, want %s", got, c.connections)
			}
			if got := call(apiOrigin(connections) + "/2015-03-31/functions/" + sys.stack.Output("functionName") + "/invocations"); got != c.function {
				t.Errorf("function: got %s, want %s", got, c.function)
			}
		})
	}
}

func TestCredentialsFile(t *testing.T) {
	sys := started(t)
	file := sys.settings.credentialsFile()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "[default]\naws_access_key_id = " + sys.keys.user.AccessKeyID + "\naws_secret_access_key = " + sys.keys.user.SecretAccessKey + "\n"
	if string(text) != want {
		t.Errorf("got %q, want the user's key", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	if other := newKeys(); other.user == sys.keys.user || other.role == sys.keys.role || sys.keys.role.SessionToken == "" {
		t.Error("got the keys of another run, or a role without a session token")
	}
}
