package regions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the limit of every wait. Only a hang exceeds it.
const hangLimit = support.HangLimit

// localRegion is a region: a local run with its own sign-in. Its tokens are valid in this region
// only.
type localRegion struct {
	*target.Local
	name string

	stop func() error

	mu     sync.Mutex // guards tokens
	tokens map[string]string
}

// startRegions starts two regions, a and b. fast builds them without the race detector.
func startRegions(t *testing.T, fast bool) [2]*localRegion {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"-idle-timeout", "100h", "-max-duration", "100h", "-throttle=false", "-insecure-connections"}
	program := filepath.Join(t.TempDir(), "local-run")
	if fast {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./local")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build local: %v: %s", err, out)
		}
	}
	var all [2]*localRegion
	for i, name := range []string{"a", "b"} {
		var local *target.Local
		if fast {
			local, err = target.Run(t.Context(), root, program, t.TempDir(), flags...)
		} else {
			local, err = target.Start(t.Context(), root, t.TempDir(), flags...)
		}
		if err != nil {
			t.Fatal(err)
		}
		all[i] = &localRegion{Local: local, name: name, stop: sync.OnceValue(local.Stop), tokens: map[string]string{}}
		t.Cleanup(func() {
			if err := all[i].stop(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("region %s:\n%s", name, local.Log())
			}
		})
	}
	return all
}

// credential returns the credential of a user.
func (p *localRegion) credential(ctx context.Context, user string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokens[user] == "" {
		token, err := p.Token(ctx, target.TokenRequest{User: user})
		if err != nil {
			return "", err
		}
		p.tokens[user] = "bearer." + token
	}
	return p.tokens[user], nil
}

// publishAs publishes like a backend. The function accepts each key once.
func (p *localRegion) publishAs(ctx context.Context, channel, data, key string) error {
	api, err := url.Parse(p.ConnectionsURL)
	if err != nil {
		return err
	}
	address := api.Scheme + "://" + api.Host + "/2015-03-31/functions/" + p.FunctionName + "/invocations"
	target, _ := json.Marshal(map[string]string{"channel": channel, "key": key}) // strings always encode
	event := fmt.Sprintf(`{"push":{"target":%s,"message":%s}}`, target, data)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(event)))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"channel"`)) {
		return fmt.Errorf("got %d %s, want the position of the publication", resp.StatusCode, answer)
	}
	return nil
}
