package route

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the time limit of each step. Only a step that hangs reaches it.
const hangLimit = support.HangLimit

// TestNewRoute adds a route to a copy of the repository with make route, runs the copy, and
// sends messages to the route.
func TestNewRoute(t *testing.T) {
	root := copied(t)
	run(t, root, "make", "-s", "route", "NAME=time")
	if got := run(t, root, "git", "ls-files", "-o", "--exclude-standard"); got != "lambda/app/time.go\nlambda/app/time_test.go\n" {
		t.Errorf("make route created\n%s\nwant the route and its test", got)
	}
	run(t, root, "go", "test", buildFlag, "-vet=off", "./lambda/app", "./lambda/route/list")
	for file, want := range map[string]string{
		"lambda/app/generated.go": "\t\tTime,\n", "docs/protocol.md": `{"action": "time"`, "docs/asyncapi.json": `"time"`, "frontend/src/contract.ts": "action: 'time'",
	} {
		if text, err := os.ReadFile(filepath.Join(root, file)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: got no %q, error %v", file, want, err)
		}
	}
	testInfra(t, root)

	local, err := target.Start(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := dial(t, local, 600)
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]string{
		`{"action":"time","text":"noon"}`:   `{"type":"time","data":{"text":"noon"}}`,
		`{"action":"time","txt":"noon"}`:    `{"type":"error","data":{"code":"message_invalid","message":"The field \"txt\" is unknown. Known fields: text."}}`,
		`{"action":"time","text":["noon"]}`: `{"type":"error","data":{"code":"message_invalid","message":"The field \"text\" must be a string."}}`,
	} {
		if got, err := ask(t, c, message); err != nil || got != want {
			t.Errorf("%s: got %s, error %v, want %s", message, got, err, want)
		}
	}
	testExpired(t, local)
}

// testInfra renews the plan of the copy and runs the tests that the new route affects. It
// does the same as make plan, but with the build flag of this test, because make plan would
// compile the Pulumi SDK again. It links the large test program once, without the tables
// of the debugger.
func testInfra(t *testing.T, root string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "infra.test")
	run(t, root, "go", "test", "-c", buildFlag, "-vet=off", "-ldflags=-s -w", "-o", program, "./infra")
	folder := filepath.Join(root, "infra")
	run(t, folder, program, "-test.run", "^TestPlan$", "-update")
	run(t, folder, program, "-test.run", "^(TestPlan|TestManyRoutes|TestDashboard.*)$")
}

// testExpired sends messages on a connection until its token has expired, and checks that
// the connection ends then.
func testExpired(t *testing.T, local *target.Local) {
	t.Helper()
	// The handshake must be within the leeway of 30 seconds after the expiry. A machine
	// that is too slow for the first tokens succeeds with a later one.
	var c *websocket.Conn
	for expiresIn := -25; c == nil; expiresIn += 10 {
		var err error
		if c, err = dial(t, local, expiresIn); err != nil && expiresIn > 600 {
			t.Fatal(err)
		}
	}
	pace := time.NewTicker(200 * time.Millisecond) // API Gateway throttles more messages
	defer pace.Stop()
	for {
		<-pace.C
		got, err := ask(t, c, `{"action":"time","text":"noon"}`)
		switch {
		case err == nil && got == `{"type":"time","data":{"text":"noon"}}`:
			continue
		case err != nil || got != `{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}`:
			t.Errorf("got %s, error %v, want the closing message", got, err)
		}
		break
	}
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("got %v, want the close status 1000", err)
	}
}

// copied returns a Git repository with a copy of the files of this repository.
func copied(t *testing.T) string {
	t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for _, path := range support.RepositoryFiles(t, source) {
		text, err := os.ReadFile(filepath.Join(source, path))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(source, path))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	// Copies instead of links, because the run in the copy may install packages again. The
	// note has the versions of the installed packages.
	run(t, root, "mkdir", ".build")
	for _, installed := range []string{"frontend/node_modules", "local/services/node_modules", ".build/npm-packages"} {
		if _, err := os.Stat(filepath.Join(source, installed)); err == nil {
			run(t, root, "cp", "-a", filepath.Join(source, installed), installed)
		}
	}
	run(t, root, "git", "init", "-q")
	run(t, root, "git", "add", "-A")
	return root
}

// run runs a command in a folder and returns its output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, problems.String())
	}
	return string(out)
}

// dial opens a connection with a token that expires in some seconds.
func dial(t *testing.T, local *target.Local, expiresIn int) (*websocket.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	token, err := local.Token(ctx, target.TokenRequest{User: "alice", ExpiresIn: expiresIn})
	if err != nil {
		t.Fatal(err)
	}
	c, response, err := websocket.Dial(ctx, local.WebSocketURL, &websocket.DialOptions{Subprotocols: []string{"sallyport.v1", "bearer." + token}})
	if err != nil {
		if response == nil {
			t.Fatal(err)
		}
		return nil, err
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c, nil
}

// ask sends a message and returns the next message.
func ask(t *testing.T, c *websocket.Conn, message string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return "", err
	}
	_, text, err := c.Read(ctx)
	return string(text), err
}
