package run

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/local/gateway"
	"sallyport/test/support"
)

// testSettings returns settings with free ports and a folder of output files of their own,
// as changed by the functions.
func testSettings(t *testing.T, changes ...func(*Settings)) Settings {
	t.Helper()
	const free = "127.0.0.1:0"
	s := Settings{
		Site: free, API: free, HTTP: free, Issuer: free,
		Plan: "local/plan.json", Outputs: filepath.Join(t.TempDir(), "outputs.json"),
		Limits:    gateway.Limits{Idle: 10 * time.Minute, Duration: 2 * time.Hour},
		TimeScale: 1, Throttle: true, Inspector: true,
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

// withPlan runs the plan in file.
func withPlan(file string) func(*Settings) {
	return func(s *Settings) { s.Plan = file }
}

// started starts the whole system on free ports and stops it at the end of the test. Like
// make run, it first installs and builds the missing parts.
func started(t *testing.T, changes ...func(*Settings)) *system {
	t.Helper()
	return startedWithProgress(t, io.Discard, changes...)
}

// startedWithProgress is like started and prints the progress to out.
func startedWithProgress(t *testing.T, out io.Writer, changes ...func(*Settings)) *system {
	t.Helper()
	t.Chdir("../..")
	support.DependOn(t, "go.mod", "infra/build", "lambda", "local/services", "frontend/src") // it builds and starts them
	sys := newSystem(testSettings(t, changes...), os.Stderr)
	sys.progress = newProgress(out)
	t.Cleanup(func() {
		if err := sys.stop(); err != nil {
			t.Error("stop:", err)
		}
	})
	if err := sys.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sys
}

func TestRun(t *testing.T) {
	sys := started(t)
	text, err := os.ReadFile(sys.settings.Outputs)
	if err != nil {
		t.Fatal(err)
	}
	var outputs map[string]string
	if err := json.Unmarshal(text, &outputs); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"websocketUrl", "connectionsUrl", "httpUrl", "siteUrl", "functionName", "tableName", "ticketTableName", "issuer", "clientId", "region"} {
		if outputs[name] == "" {
			t.Errorf("outputs: got no %s: %s", name, text)
		}
	}
	var banner strings.Builder
	sys.printBanner(&banner)
	for _, name := range []string{"websocketUrl", "connectionsUrl", "httpUrl", "siteUrl", "issuer"} {
		if !strings.Contains(banner.String(), outputs[name]) {
			t.Errorf("banner: got no %s:\n%s", name, banner.String())
		}
	}
	if want := "run SALLYPORT_OUTPUTS=" + sys.settings.Outputs + " scripts/send.sh --local\n"; !strings.Contains(banner.String(), want) {
		t.Errorf("banner: got no %q:\n%s", want, banner.String())
	}
	wantRedirect(t, outputs["siteUrl"])

	if err := sys.stop(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{sys.settings.Outputs, sys.settings.credentialsFile()} {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: got %v, want no such file", file, err)
		}
	}
	for _, url := range []string{outputs["siteUrl"], outputs["connectionsUrl"], outputs["httpUrl"], outputs["issuer"], sys.tableURL} {
		if err := checkAnswer(context.WithoutCancel(t.Context()), url); err == nil {
			t.Errorf("%s: got an answer after stop", url)
		}
	}
}

// wantRedirect checks that the site redirects localhost to its own address, which is
// registered at the issuer.
func wantRedirect(t *testing.T, site string) {
	t.Helper()
	address := strings.Replace(site, "127.0.0.1", "localhost", 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = strings.TrimPrefix(address, "http://")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusTemporaryRedirect || to != site+"/?x=1" {
		t.Errorf("%s: got %d to %q", address, resp.StatusCode, to)
	}
}

// The end of a service ends the run, with an error that names the service.
func TestServiceEnds(t *testing.T) {
	sys := started(t)
	kill(t, "dynamodb.mjs")
	wantError(t, sys.wait(t.Context()), "run dynamodb")
}

// kill kills the child of this process that runs program.
func kill(t *testing.T, program string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pkill", "-KILL", "-P", strconv.Itoa(os.Getpid()), "-f", program).CombinedOutput()
	if err != nil {
		t.Fatalf("kill %s: %v: %s", program, err, out)
	}
}
