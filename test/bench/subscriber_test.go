package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// hub is a server of channels with the commands that the load client uses.
type hub struct {
	mu          sync.Mutex
	subscribers map[string][]*websocket.Conn
	refuse      bool // answer each subscribe command with an error
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		_, text, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var command struct {
			ID        int
			Subscribe *struct{ Channel string }
			Publish   *struct {
				Channel string
				Data    json.RawMessage
			}
		}
		if json.Unmarshal(text, &command) != nil {
			return
		}
		answer := fmt.Sprintf(`{"id":%d}`, command.ID)
		h.mu.Lock()
		var to []*websocket.Conn
		switch {
		case command.Subscribe != nil && h.refuse:
			answer = fmt.Sprintf(`{"id":%d,"error":{"code":103,"message":"permission denied"}}`, command.ID)
		case command.Subscribe != nil:
			h.subscribers[command.Subscribe.Channel] = append(h.subscribers[command.Subscribe.Channel], conn)
		case command.Publish != nil:
			to = slices.Clone(h.subscribers[command.Publish.Channel])
		}
		h.mu.Unlock()
		for _, c := range to {
			_ = c.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, `{"push":{"channel":"x","pub":{"data":%s}}}`, command.Publish.Data))
		}
		if conn.Write(r.Context(), websocket.MessageText, []byte(answer)) != nil {
			return
		}
	}
}

func TestChannels(t *testing.T) {
	for _, args := range [][]string{
		{"fanout", "-subscribers", "20", "-publications", "4"},
		{"publish", "-channels", "3", "-publications", "50"},
	} {
		t.Run(args[0], func(t *testing.T) {
			server := httptest.NewServer(&hub{subscribers: map[string][]*websocket.Conn{}})
			defer server.Close()
			var out strings.Builder
			if err := runLoad(t.Context(), append(args, "-url", server.URL), nil, &out); err != nil {
				t.Fatal(err)
			}
			var d delivered
			if err := json.Unmarshal([]byte(out.String()), &d); err != nil {
				t.Fatal(err)
			}
			if args[0] == "fanout" && len(d.Last) != 3 || args[0] == "publish" && d.PerSecond <= 0 {
				t.Errorf("got %+v, want 3 times in Last for fanout, or PerSecond above 0 for publish", d)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		server := httptest.NewServer(&hub{refuse: true})
		defer server.Close()
		err := runLoad(t.Context(), []string{"fanout", "-url", server.URL}, nil, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("got error %v, want permission denied", err)
		}
	})
}

func TestParts(t *testing.T) {
	for names, want := range map[string]int{"all": len(parts), "echo": 1, "quota,regions": 2, "": 0, "fast": 0, "echo,": 0} {
		got, err := choose(names)
		if len(got) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d parts, error %v, want %d parts, error %t", names, len(got), err, want, want == 0)
		}
	}
}
