package function_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sallyport/local/function"
)

// runtimeAPI returns where the Runtime API of the function's process is: its
// host with the port, and the secret.
func runtimeAPI(t *testing.T, f *function.Function) (host, secret string) {
	t.Helper()
	for _, v := range describeSelf(t, f).Env {
		if address, ok := strings.CutPrefix(v, "AWS_LAMBDA_RUNTIME_API="); ok {
			host, secret, _ = strings.Cut(address, "/")
		}
	}
	if len(secret) < 26 || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Fatalf("got the Runtime API %s and the secret %q, want 26 characters of base32 at least", host, secret)
	}
	return host, secret
}

// ask sends a request as another program of this machine would, and returns the
// status of the answer. Host is that of the header.
func ask(t *testing.T, method, address, host, path string) int {
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

// TestStrangers has another program of this machine, or a page whose name leads
// here, ask for events, answer one and end the start: it gets none, and the
// process gets all.
func TestStrangers(t *testing.T) {
	gate := newGate(t)
	f := start(t, function.Config{MaxEnvironments: 1})
	host, secret := runtimeAPI(t, f)
	pid := describeSelf(t, f).PID
	if status := ask(t, "GET", host, host, "/"+secret+"/2018-06-01/runtime/elsewhere"); status != http.StatusNotFound {
		t.Fatalf("with the secret: got %d, want 404: the refusals would prove nothing", status)
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
			<-gate.arrived // the process is at an event
			for _, request := range [][2]string{
				{"GET", "invocation/next"}, {"POST", "invocation/x/response"}, {"POST", "invocation/x/error"}, {"POST", "init/error"}, {"GET", "elsewhere"},
			} {
				if status := ask(t, request[0], host, c.host, c.prefix+"/2018-06-01/runtime/"+request[1]); status != http.StatusForbidden {
					t.Errorf("%s %s: got %d, want 403", request[0], request[1], status)
				}
			}
			gate.open <- struct{}{}
			if got := <-done; got.err != nil || got.out != `"called"` {
				t.Errorf("the event got %q, %v", got.out, got.err)
			}
			if got := ask(t, "GET", host, c.host, c.prefix+"/2018-06-01/runtime/invocation/next"); got != http.StatusForbidden {
				t.Errorf("while the process waits: got %d, want 403", got)
			}
			if got := describeSelf(t, f).PID; got != pid {
				t.Errorf("got process %d, want %d", got, pid)
			}
		})
	}
}

// Each process has a secret of its own.
func TestSecretIsNew(t *testing.T) {
	f := start(t, function.Config{MaxEnvironments: 1})
	_, first := runtimeAPI(t, f)
	f.Kill()
	if _, second := runtimeAPI(t, f); second == first {
		t.Errorf("two processes have the secret %s", first)
	}
}

// A runtime that cannot reach the Runtime API prints its address.
func TestSecretIsNotLogged(t *testing.T) {
	logged := make(lines, 100)
	f := start(t, function.Config{Log: logged})
	host, secret := runtimeAPI(t, f)
	_, header, _ := post(t, serveAPI(t, f)+"f/invocations", `{"Do":"printAPI"}`, "X-Amz-Log-Type", "Tail")
	if got, want := logged.await(t, "EOF"), "f[1]: http://"+host+"/SECRET/x: EOF\n"; got != want {
		t.Errorf("got the line %q, want %q", got, want)
	}
	if tail := decoded(t, header.Get("X-Amz-Log-Result")); strings.Contains(tail, secret) || !strings.Contains(tail, "/SECRET/x") {
		t.Errorf("got the end of the log %q", tail)
	}
}
