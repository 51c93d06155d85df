package services_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sallyport/local/services"
	"sallyport/test/support"
)

// signInAt returns a complete configuration.
func signInAt(listen string) services.SignIn {
	return services.SignIn{Listen: listen, SiteURL: site, ClientID: "console", Audience: "sallyport"}
}

func TestStartErrors(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	taken := listener.Addr().String()
	noSite := signInAt("127.0.0.1:0")
	noSite.SiteURL = ""
	wrongSite := signInAt("127.0.0.1:0")
	wrongSite.SiteURL = "8080"
	tests := map[string]struct {
		cfg  services.SignIn
		want string
	}{
		"portTaken":   {signInAt(taken), "start sign-in: " + taken + " is in use by another program"},
		"notLoopback": {signInAt("0.0.0.0:0"), "start sign-in: 0.0.0.0:0 is not a loopback address with a port, such as 127.0.0.1:8082"},
		"noPort":      {signInAt("127.0.0.1"), "start sign-in: 127.0.0.1 is not a loopback address with a port, such as 127.0.0.1:8082"},
		"noSite":      {noSite, "start sign-in: the settings lack siteUrl"},
		"wrongSite":   {wrongSite, "start sign-in: siteUrl is 8080, which is not a URL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := services.StartSignIn(t.Context(), test.cfg, output{t})
			if s != nil || err == nil || err.Error() != test.want {
				t.Errorf("got %v, error %q, want %q", s, err, test.want)
			}
		})
	}
}

func TestStartIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := services.StartDynamoDB(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestStartWithoutNode(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := services.StartDynamoDB(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "start dynamodb: node is not installed: install Node.js 22.12 or later from https://nodejs.org") {
		t.Errorf("got %v", err)
	}
}

func TestStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := services.StartDynamoDB(ctx, output{t})
	if err != nil {
		t.Fatal(err)
	}
	cancel() // ctx applies to the start only
	if !answers(t, s.URL) {
		t.Fatal("got no answer")
	}
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if err := s.Wait(); err != nil {
			t.Errorf("Wait: %v", err)
		}
	})
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	waiting.Wait()
	if answers(t, s.URL) {
		t.Error("got an answer after Stop")
	}
}

// answers reports whether a server answers at url.
func answers(t *testing.T, url string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}

func TestWaitReturnsUnexpectedEnd(t *testing.T) {
	s, err := services.StartDynamoDB(t.Context(), output{t})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err == nil || err.Error() != "run dynamodb: signal: killed" {
		t.Errorf("got %v", err)
	}
}

func TestProgramsEndWithParent(t *testing.T) {
	support.DependOn(t, ".")
	for name, settings := range map[string]string{
		"dynamodb": `{"listen":"127.0.0.1:0"}`,
		"sign-in":  `{"listen":"127.0.0.1:0","siteUrl":"http://127.0.0.1:1","clientId":"c","audience":"a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "node", name+".mjs", settings)
			input, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			ready := make(chan struct{})
			cmd.Stdout = writerFunc(func(p []byte) { out.Write(p); close(ready) })
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-ready
			_ = input.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if got := out.String(); !strings.HasPrefix(got, `{"url":"http://127.0.0.1:`) || strings.Count(got, "\n") != 1 {
				t.Errorf("got output %q", got)
			}
		})
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
