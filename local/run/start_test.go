package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/local/gateway"
)

func TestTimeScale(t *testing.T) {
	s := Settings{Limits: gateway.Limits{Idle: 10 * time.Minute, Duration: time.Hour}, TimeScale: 60}
	if got, want := s.limits(), (gateway.Limits{Idle: 10 * time.Second, Duration: time.Minute}); got != want {
		t.Errorf("got limits %+v, want %+v", got, want)
	}
	if got := s.scaled(5 * time.Minute); got != 5*time.Second {
		t.Errorf("time between sweeps: got %v, want 5 s", got)
	}
}

func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // the test needs only its port
	file := func(content string) string {
		name := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, c := range map[string]struct {
		change func(*Settings)
		want   string
	}{
		"portTaken":     {func(s *Settings) { s.Site, s.Plan = taken.Addr().String(), "../plan.json" }, "address already in use: end the program that uses the port, or choose another with -site"},
		"planMissing":   {withPlan("nowhere.json"), "the plan nowhere.json is missing"},
		"planIsNotJSON": {withPlan(file("version: 1")), "read plan: invalid character"},
		"planVersion":   {withPlan(file(`{"version": 9}`)), "it has version 9, this program reads version 1: renew it with make plan"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Run(t.Context(), testSettings(t, c.change), io.Discard, os.Stderr)
			wantError(t, err, c.want)
		})
	}
}

// An old version of Node.js is an error before any installation and build.
func TestStartWithOldNode(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "node"), []byte("#!/bin/sh\necho v18.20.4\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir("../..")
	err := Run(t.Context(), testSettings(t), io.Discard, os.Stderr)
	if want := "node has version 18.20.4, want 20.19 or later of 20, or 22.12 or later: install Node.js 22.12 or later from https://nodejs.org"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A second run in the same folder does not change the files of the first one.
func TestSecondRun(t *testing.T) {
	sys := started(t)
	outputs := sys.settings.Outputs
	before, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(t.Context(), testSettings(t, func(s *Settings) { s.Outputs = outputs }), io.Discard, os.Stderr)
	wantError(t, err, fmt.Sprintf("another run, process %d at %s, uses ", os.Getpid(), sys.stack.Output("siteUrl")))
	for _, file := range []string{outputs, sys.settings.credentialsFile()} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	if after, err := os.ReadFile(outputs); err != nil || string(after) != string(before) {
		t.Errorf("outputs of the first run: got %s, %v, want them unchanged", after, err)
	}
	err = Run(t.Context(), testSettings(t, withPlan("nowhere.json")), io.Discard, os.Stderr)
	if err == nil || strings.Contains(err.Error(), "another run") {
		t.Errorf("with other output files: got %v", err)
	}
}

// A run that was killed leaves its files, which the scripts would use while the next run
// starts.
func TestClaimRemovesFilesOfKilledRun(t *testing.T) {
	sys := newSystem(testSettings(t), os.Stderr)
	t.Cleanup(func() {
		if err := sys.stop(); err != nil {
			t.Error("stop:", err)
		}
	})
	files := []string{sys.settings.Outputs, sys.settings.credentialsFile()}
	for _, file := range files {
		if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sys.claim(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got error %v, want that it does not exist", file, err)
		}
	}
}

// A run uses an issuer on this machine that the plan names. It replaces any other issuer with
// its sign-in.
func TestIssuerHere(t *testing.T) {
	for issuer, want := range map[string]string{
		"http://127.0.0.1:4711/tenant/v2.0": "http://127.0.0.1:4711",
		"http://[::1]:4711":                 "http://[::1]:4711",
		"https://sign-in.local.example":     "",
		"https://127.0.0.1.example:443/":    "",
		"https://accounts.google.com":       "",
		"":                                  "",
	} {
		if got := localIssuer(issuer); got != want {
			t.Errorf("%q: got %q, want %q", issuer, got, want)
		}
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
