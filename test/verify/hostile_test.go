package main

import (
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sallyport/test/support"
)

// asProgram is the variable with which the test binary is the program.
const asProgram = "VERIFY_IS_A_PROGRAM=1"

func TestMain(m *testing.M) {
	if slices.Contains(os.Environ(), asProgram) {
		main()
	}
	os.Exit(m.Run())
}

// A run that checks nothing is not a success.
func TestNoSuchCheck(t *testing.T) {
	t.Chdir(root)
	r := verified(t, t.Context(), newCloud(t).external(t, `{}`), "-conformance=false", "-only", "^tickts/")
	if want := `no check has a name that matches -only "^tickts/"`; r.code != 2 || !strings.Contains(r.output, want) {
		t.Errorf("got exit code %d, want 2 and %q:\n%s", r.code, want, r.output)
	}
}

// Items that DynamoDB does not delete are reported.
func TestItemsLeft(t *testing.T) {
	t.Chdir(root)
	v := &verifier{options: options{environ: newCloud(t).stack(t, deployed, `{}`), timeout: support.HangLimit}, outputs: maps.Clone(deployed)}
	v.serviceEndpoint = variable(v.environ, "AWS_ENDPOINT_URL")
	if err := v.deleteChannel(t.Context(), "chat:verify-x"); err == nil || !strings.Contains(err.Error(), "did not delete all items") {
		t.Errorf("got error %v, want one about the items that are left", err)
	}
}

// The publications of an external issuer's user are not those of the run.
func TestOwnChannelsOfOthers(t *testing.T) {
	for pool, want := range map[string]int{"": 0, "eu-west-1_Pool1": 1} {
		v := &verifier{outputs: map[string]string{"userPoolId": pool}}
		v.deleteOwnLater(slices.Values([]string{"user:a"}))
		if got := len(v.created); got != want {
			t.Errorf("pool %q: got %d channels to delete, want %d", pool, got, want)
		}
	}
}

func TestRemedies(t *testing.T) {
	v := &verifier{options: options{stack: "prod"}, outputs: deployed}
	if got, want := v.deleteUser("verify-x-a"), "--region eu-west-1 --user-pool-id $(pulumi stack output userPoolId --stack prod) --username verify-x-a"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

// A stack can have any name.
func TestPrefix(t *testing.T) {
	for name, want := range map[string]string{
		"sallyport-dev-function-1a2b3c4":             "sallyport-dev-",
		"sallyport-dev-function-1a2b3c4:live":        "sallyport-dev-",
		"sallyport-function-test-function-1a2b3c4":   "sallyport-function-test-",
		"my-function-app-dev-function-1a2b3c4":       "my-function-app-dev-",
		"a-name-of-another-stack-of-another-project": "",
	} {
		v := &verifier{outputs: map[string]string{"functionName": name}}
		if got := v.prefix(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestRedirect(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+"/", http.StatusMovedPermanently)
	}))
	t.Cleanup(server.Close)
	v := &verifier{options: options{timeout: support.HangLimit}, outputs: map[string]string{"siteUrl": "https://" + server.Listener.Addr().String()}}
	v.http = v.newClient()
	t.Cleanup(v.http.CloseIdleConnections)
	for _, c := range siteChecks() {
		if c.name != "redirect" {
			continue
		}
		if r := v.runCheck(t.Context(), c); r.outcome != expected {
			t.Errorf("got %s, want %s", r.seen, r.want)
		}
		server.Close()
		if r := v.runCheck(t.Context(), c); r.outcome != differs {
			t.Errorf("without a site: got %s, want a difference", r.outcome)
		}
	}
}

func TestOldTLS(t *testing.T) {
	for least, want := range map[uint16]string{tls.VersionTLS10: "accepted", tls.VersionTLS12: "refused"} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{MinVersion: least}
		server.StartTLS()
		t.Cleanup(server.Close)
		network, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := refusesOldTLS(t.Context(), network, "site.example"); got != want || err != nil {
			t.Errorf("version %x: got %q, error %v, want %q", least, got, err, want)
		}
	}
	v := &verifier{options: options{timeout: support.HangLimit}, outputs: map[string]string{"siteUrl": "https://site.invalid"}}
	if got, err := oldTLS(t.Context(), v); err == nil {
		t.Errorf("a site that is not reachable: got %q, want an error", got)
	}
}

func TestPolicy(t *testing.T) {
	const (
		good    = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' wss://socket.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
		connect = "connect-src 'self' wss://socket.example"
	)
	v := &verifier{outputs: map[string]string{"siteUrl": "https://site.example", "websocketUrl": "wss://socket.example/live"}}
	for name, test := range map[string]struct{ policy, want string }{
		"good":           {good, "all"},
		"none":           {"", "want"},
		"any host":       {strings.Replace(good, connect, connect+" *", 1), "connect-src allows *"},
		"any subdomain":  {strings.Replace(good, connect, connect+" https://*.example", 1), "connect-src allows https://*.example"},
		"any https":      {strings.Replace(good, connect, connect+" https:", 1), "connect-src allows https:"},
		"other host":     {strings.Replace(good, "wss://socket.example", "wss://other.example", 1), "connect-src lacks wss://socket.example"},
		"not the site":   {strings.Replace(good, connect, "connect-src wss://socket.example", 1), "connect-src lacks 'self'"},
		"narrower":       {good + "; script-src-elem 'unsafe-inline'", "script-src-elem allows 'unsafe-inline'"},
		"twice":          {"script-src 'none'; " + good, "a second script-src"},
		"inline scripts": {strings.Replace(good, "script-src 'self'", "script-src 'self' 'unsafe-inline'", 1), "script-src allows 'unsafe-inline'"},
	} {
		if got := v.policy(test.policy); !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	v.outputs["websocketUrl"] = "wss://site.example/live"
	if got := v.policy(strings.Replace(good, connect, "connect-src 'none'", 1)); got != "connect-src lacks 'self'" {
		t.Errorf("one domain: got %q, want connect-src lacks 'self'", got)
	}
}

// The users are deleted, too, if the reader of the output ends, or if the terminal closes.
func TestCleanUpWithoutAReader(t *testing.T) {
	t.Chdir(root)
	program, err := os.Executable() // TestMain
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func(*os.Process, *os.File) error{
		"pipe":     func(_ *os.Process, reader *os.File) error { return reader.Close() },
		"terminal": func(p *os.Process, _ *os.File) error { return p.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = reader.Close() }()
			ended, started := false, make(chan *os.Process, 1)
			c.on = func(operation string) { // the first check, after both users exist
				if operation == "DescribeAlarms" && !ended {
					ended = true
					if err := end(<-started, reader); err != nil {
						t.Error(err)
					}
				}
			}
			cmd := exec.CommandContext(t.Context(), program, "-conformance=false", "-only", "^operations/", "-report", filepath.Join(t.TempDir(), "r.md"), "-timeout", support.HangLimit.String())
			cmd.Env, cmd.Stdout = append(c.stack(t, deployed, withEmail), asProgram), writer
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			started <- cmd.Process
			err = cmd.Wait()
			_ = writer.Close()
			if code := cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("got exit code %d, error %v, want 2", code, err)
			}
			c.wantClean(t)
		})
	}
}
