package function_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sallyport/local/function"
)

// runtimeAPI returns the address of the Runtime API of the function's process: HOST:PORT
// and the secret.
func runtimeAPI(t *testing.T, f *function.Function) (host, secret string) {
	t.Helper()
	for _, v := range describeSelf(t, f).Env {
		if address, ok := strings.CutPrefix(v, "AWS_LAMBDA_RUNTIME_API="); ok {
			host, secret, _ = strings.Cut(address, "/")
		}
	}
	if len(secret) < 26 || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Fatalf("got the Runtime API %s and the secret %q, want at least 26 characters of base32", host, secret)
	}
	return host, secret
}

// request sends a request as another program on this machine would. It returns the status
// of the response. host is the Host header.
func request(t *testing.T, method, address, host, path string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(`"stolen"`))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestOtherProgramsAreRefused checks that other programs on this machine, and web pages
// whose name resolves to this machine, cannot receive events, answer them or end the
// initialization. The process still gets every event.
func TestOtherProgramsAreRefused(t *testing.T) {
	gate := newGate(t)
	f := start(t, function.Config{MaxEnvironments: 1})
	host, secret := runtimeAPI(t, f)
	pid := describeSelf(t, f).PID
	if status := request(t, "GET", host, host, "/"+secret+"/2018-06-01/runtime/elsewhere"); status != http.StatusNotFound {
		t.Fatalf("with the secret: got %d, want 404", status)
	}
	port := host[strings.LastIndex(host, ":"):]
	for name, c := range map[string]struct{ host, prefix string }{
		"noSecret":        {host, ""},
		"emptySecret":     {host, "/"},
		"wrongSecret":     {host, "/" + strings.Repeat("A", len(secret))},
		"cutSecret":       {host, "/" + secret[:len(secret)-1]},
		"longerSecret":    {host, "/" + secret + "A"},
		"otherCase":       {host, "/" + strings.ToLower(secret)},
		"secretLater":     {host, "/x/" + secret},
		"secretInQuery":   {host, "/?" + secret + "/"},
		"dots":            {host, "/x/../" + secret},
		"foreignHost":     {"evil.example" + port, "/" + secret},
		"foreignHostOnly": {"evil.example", "/" + secret},
		"localhost":       {"localhost" + port, "/" + secret},
		"noPort":          {"127.0.0.1", "/" + secret},
		"otherPort":       {"127.0.0.1:1", "/" + secret},
		"neither":         {"evil.example", ""},
	} {
		t.Run(name, func(t *testing.T) {
			done := gate.invoke(t.Context(), t, f)
			<-gate.arrived // the process has an event
			for _, r := range [][2]string{
				{"GET", "invocation/next"}, {"POST", "invocation/x/response"}, {"POST", "invocation/x/error"}, {"POST", "init/error"}, {"GET", "elsewhere"},
			} {
				if status := request(t, r[0], host, c.host, c.prefix+"/2018-06-01/runtime/"+r[1]); status != http.StatusForbidden {
					t.Errorf("%s %s: got %d, want 403", r[0], r[1], status)
				}
			}
			gate.open <- struct{}{}
			if got := <-done; got.err != nil || got.out != `"called"` {
				t.Errorf("event: got %q, %v", got.out, got.err)
			}
			if got := request(t, "GET", host, c.host, c.prefix+"/2018-06-01/runtime/invocation/next"); got != http.StatusForbidden {
				t.Errorf("while the process waits: got %d, want 403", got)
			}
			if got := describeSelf(t, f).PID; got != pid {
				t.Errorf("got process %d, want %d", got, pid)
			}
		})
	}
}

// Each process has its own secret.
func TestSecretDiffers(t *testing.T) {
	f := start(t, function.Config{MaxEnvironments: 1})
	_, first := runtimeAPI(t, f)
	f.Kill()
	if _, second := runtimeAPI(t, f); second == first {
		t.Errorf("got the secret %s twice", first)
	}
}

// A runtime that cannot reach the Runtime API prints the address. The log hides the secret.
func TestSecretIsNotLogged(t *testing.T) {
	logged := make(lines, 100)
	f := start(t, function.Config{Log: logged})
	host, secret := runtimeAPI(t, f)
	_, header, _ := post(t, serveAPI(t, f)+"f/invocations", `{"Do":"printAPI"}`, "X-Amz-Log-Type", "Tail")
	if got, want := logged.await(t, "EOF"), "f[1]: http://"+host+"/SECRET/x: EOF\n"; got != want {
		t.Errorf("got the line %q, want %q", got, want)
	}
	if tail := decoded(t, header.Get("X-Amz-Log-Result")); strings.Contains(tail, secret) || !strings.Contains(tail, "/SECRET/x") {
		t.Errorf("got the log tail %q, want it without the secret", tail)
	}
}
