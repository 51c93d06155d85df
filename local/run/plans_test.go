package run

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"sallyport/test/support"
)

// TestPlans runs the plans of stacks with other settings than those of the local run: it connects
// and sends as the page does, pushes with scripts/send.sh, and signs out.
func TestPlans(t *testing.T) {
	for _, name := range []string{"alias", "domains", "one-domain", "one-domain-everything"} {
		t.Run(name, func(t *testing.T) {
			sys := started(t, withPlan("infra/testdata/"+name+".json"))
			token := tokenFor(t, sys, "alice")
			c, status := connect(t, sys, "bearer."+token)
			if c == nil {
				t.Fatalf("got a refusal with %d, want a connection", status)
			}
			exchange(t, c, `{"n":1}`, `"n":1`)
			pushed(t, sys, `{"pushed":1}`)
			if _, text, err := c.Read(t.Context()); err != nil || string(text) != `{"pushed":1}` {
				t.Errorf("got %s, error %v, want the pushed message", text, err)
			}
			if status, text := callHTTP(t, sys, http.MethodDelete, "/connections", token); status != http.StatusOK || !strings.Contains(text, `"disconnected":1`) {
				t.Errorf("sign-out: got %d %s, want 200 and one disconnected", status, text)
			}
			wantClosing(t, c, "signed_out")
		})
	}
}

// exchange sends a message, and checks that the answer contains part.
func exchange(t *testing.T, c *websocket.Conn, message, part string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
		t.Fatal(err)
	}
	if _, text, err := c.Read(t.Context()); err != nil || !strings.Contains(string(text), part) {
		t.Fatalf("got %s, error %v, want an answer with %s", text, err, part)
	}
}

// pushed pushes a message to all connections with scripts/send.sh and the real AWS CLI.
func pushed(t *testing.T, sys *system, message string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "message.json")
	if err := os.WriteFile(file, []byte(message), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "scripts/send.sh", "--local", "--all", file)
	cmd.Env = []string{
		"PATH=" + support.AWSCLI(t) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"SALLYPORT_OUTPUTS=" + sys.settings.Outputs,
	}
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("1")) {
		t.Fatalf("scripts/send.sh: got %s, error %v, want one connection", out, err)
	}
}
