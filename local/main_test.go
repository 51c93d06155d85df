package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/local/gateway"
)

func TestFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string // in the error; "" for none
	}{
		"defaults":     {nil, ""},
		"freePorts":    {[]string{"-site", "127.0.0.1:0", "-api", "[::1]:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.2:0"}, ""},
		"everybody":    {[]string{"-site", "0.0.0.0:8080"}, `-site: "0.0.0.0:8080" is not a loopback address`},
		"anyInterface": {[]string{"-api", ":8081"}, `-api: ":8081" is not a loopback address`},
		"name":         {[]string{"-issuer", "localhost:8082"}, `-issuer: "localhost:8082" is not a loopback address`},
		"anyHTTP":      {[]string{"-http", "0.0.0.0:8083"}, `-http: "0.0.0.0:8083" is not a loopback address`},
		"noPort":       {[]string{"-site", "127.0.0.1"}, `-site: "127.0.0.1" is no address`},
		"limits":       {[]string{"-idle-timeout", "30s", "-max-duration", "1h", "-time-scale", "60"}, ""},
		"noIdleTime":   {[]string{"-idle-timeout", "0s"}, "-idle-timeout is 0s: want a time above 0"},
		"noTimeScale":  {[]string{"-time-scale", "0"}, "-time-scale is 0: want a number from 0.001"},
		"noNumber":     {[]string{"-time-scale", "NaN"}, "-time-scale is NaN: want a number from 0.001"},
		"argument":     {[]string{"up"}, `unexpected argument "up"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseFlags(c.args)
			wantError(t, err, c.want)
		})
	}
}

func TestTimeScale(t *testing.T) {
	s, err := parseFlags([]string{"-max-duration", "1h", "-time-scale", "60"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.limits, (gateway.Limits{Idle: 10 * time.Second, Duration: time.Minute}); got != want {
		t.Errorf("got limits %+v, want %+v", got, want)
	}
	if got := s.scaled(5 * time.Minute); got != 5*time.Second {
		t.Errorf("got %v between sweeps, want 5 s", got)
	}
}

func TestStartRefused(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // only its port matters
	file := func(content string) string {
		name := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"portTaken":    {[]string{"-site", taken.Addr().String(), "-plan", "plan.json"}, "address already in use: end what uses the port, or choose another with -site"},
		"planMissing":  {[]string{"-plan", "nowhere.json"}, "the plan nowhere.json is missing"},
		"planIsNoJSON": {[]string{"-plan", file("version: 1")}, "read plan: invalid character"},
		"planVersion":  {[]string{"-plan", file(`{"version": 9}`)}, "it has version 9, this program reads version 1: renew it with make plan"},
	} {
		t.Run(name, func(t *testing.T) {
			free := []string{"-site", "127.0.0.1:0", "-api", "127.0.0.1:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.1:0", "-outputs", filepath.Join(t.TempDir(), "outputs.json")}
			err := run(t.Context(), append(free, c.args...))
			wantError(t, err, c.want)
		})
	}
}

// An old Node.js is told before anything is installed or built with it.
func TestStartWithOldNode(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "node"), []byte("#!/bin/sh\necho v18.20.4\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir("..")
	err := run(t.Context(), []string{
		"-site", "127.0.0.1:0", "-api", "127.0.0.1:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.1:0",
		"-outputs", filepath.Join(t.TempDir(), "outputs.json"),
	})
	if want := "node has version 18.20.4, want 20.19 or later of 20, or 22.12 or later: install Node.js 22.12 or later from https://nodejs.org"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

// An issuer that a plan names on this machine is used as it is; for any other, the
// sign-in is started.
func TestLoopbackOrigin(t *testing.T) {
	for issuer, want := range map[string]string{
		"http://127.0.0.1:4711/tenant/v2.0": "http://127.0.0.1:4711",
		"http://[::1]:4711":                 "http://[::1]:4711",
		"https://sign-in.local.example":     "",
		"https://127.0.0.1.example:443/":    "",
		"https://accounts.google.com":       "",
		"":                                  "",
	} {
		if got := loopbackOrigin(issuer); got != want {
			t.Errorf("%q: got %q, want %q", issuer, got, want)
		}
	}
}
