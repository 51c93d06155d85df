package main

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
)

// started starts the whole system on free ports and stops it at the end of the
// test. Like make run, it first installs and builds what is missing.
func started(t *testing.T, flags ...string) *system {
	t.Helper()
	return startedTelling(t, io.Discard, flags...)
}

// startedTelling is started, with the progress told to out.
func startedTelling(t *testing.T, out io.Writer, flags ...string) *system {
	t.Helper()
	t.Chdir("..")
	s, err := parseFlags(append([]string{
		"-site", "127.0.0.1:0", "-api", "127.0.0.1:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.1:0",
		"-outputs", filepath.Join(t.TempDir(), "outputs.json"), "-watch=false",
	}, flags...))
	if err != nil {
		t.Fatal(err)
	}
	sys := &system{settings: s, progress: newProgress(out), keys: newKeys(), failed: make(chan error, 1)}
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
	text, err := os.ReadFile(sys.settings.outputs)
	if err != nil {
		t.Fatal(err)
	}
	var outputs map[string]string
	if err := json.Unmarshal(text, &outputs); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"websocketUrl", "connectionsUrl", "httpUrl", "siteUrl", "functionName", "tableName", "ticketTableName", "issuer", "clientId", "region"} {
		if outputs[name] == "" {
			t.Errorf("the outputs lack %s: %s", name, text)
		}
	}
	var described strings.Builder
	sys.describe(&described)
	for _, name := range []string{"websocketUrl", "connectionsUrl", "httpUrl", "siteUrl", "issuer"} {
		if !strings.Contains(described.String(), outputs[name]) {
			t.Errorf("what is printed lacks %s:\n%s", name, described.String())
		}
	}
	if want := "with SALLYPORT_OUTPUTS=" + sys.settings.outputs + " scripts/send.sh --local."; !strings.Contains(described.String(), want) {
		t.Errorf("what is printed lacks %q:\n%s", want, described.String())
	}
	wantRedirect(t, outputs["siteUrl"])

	if err := sys.stop(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{sys.settings.outputs, sys.settings.credentialsFile()} {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", file, err)
		}
	}
	for _, url := range []string{outputs["siteUrl"], outputs["connectionsUrl"], outputs["httpUrl"], outputs["issuer"], sys.tableURL} {
		if err := answers(context.WithoutCancel(t.Context()), url); err == nil {
			t.Errorf("%s still answers", url)
		}
	}
}

// wantRedirect checks that localhost leads to the site's own address, where
// sign-in works.
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

// A child that dies is told by its name, and ends the run.
func TestServiceDies(t *testing.T) {
	sys := started(t)
	kill(t, "dynamodb.mjs")
	wantError(t, sys.wait(t.Context()), "run dynamodb")
}

// kill ends the child of this process that runs program, as a crash would.
func kill(t *testing.T, program string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pkill", "-KILL", "-P", strconv.Itoa(os.Getpid()), "-f", program).CombinedOutput()
	if err != nil {
		t.Fatalf("kill %s: %v: %s", program, err, out)
	}
}
