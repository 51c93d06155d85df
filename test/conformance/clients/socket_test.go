package clients

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testSocket runs a program that connects to a WebSocket API: to the product with
// subprotocols, and without subprotocols to an API without an authorizer.
func (s stage) testSocket(t *testing.T, name, program string) {
	t.Helper()
	node := name == "node"
	refused := "bad token: 401\n"
	if node {
		refused = "bad token: Unexpected server response: 401\n"
	}
	rest := `pong
large frame: 1009 Max frame length of 32768 has been exceeded.
binary: 1003
`
	t.Run("subprotocol", func(t *testing.T) {
		got, _ := s.run(t, name, append([]string{program, s.WebSocketURL}, s.protocols...)...)
		want := refused + `subprotocol sallyport.v1
{"type":"pong"}
{"type":"echo","data":"fragments"}
` + rest
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	})
	t.Run("without", func(t *testing.T) {
		got, _ := s.run(t, name, program, open(t))
		want := `subprotocol None
{"action":"ping"}
fragments
` + rest
		if got = strings.TrimPrefix(got, "bad token: connected\n"); got != want {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, got))
		}
	})
}

func (s stage) testWscat(t *testing.T) {
	const wscat = "node_modules/wscat/bin/wscat"
	say := []string{"-x", `{"action":"ping"}`, "-w", "1"}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"subprotocol": {append([]string{"-c", s.WebSocketURL, "-s", s.protocols[0], "-s", s.protocols[1]}, say...), `{"type":"pong"}`},
		"channels":    {[]string{"-c", s.WebSocketURL, "-s", "centrifuge-json", "-s", s.protocols[1], "-x", `{"ping":{},"id":1}`, "-w", "1"}, `{"id":1,"ping":{}}`},
		"noToken":     {append([]string{"-c", s.WebSocketURL}, say...), "error: Unexpected server response: 401"},
		// The product selects sallyport.v1 only if the client offers it. Without a selected
		// subprotocol, ws refuses the 101 (api-gateway.md 1.4).
		"notReturned": {append([]string{"-c", s.WebSocketURL, "-s", s.protocols[1]}, say...), "error: Server sent no subprotocol"},
		"without":     {append([]string{"-c", open(t)}, say...), `{"action":"ping"}`},
		"dropped":     {append([]string{"-c", open(t), "-s", "a"}, say...), "error: Server sent no subprotocol"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := s.run(t, "node", append([]string{wscat, "--no-color"}, test.args...)...)
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want it to contain %q", got, test.want)
			}
		})
	}
}
