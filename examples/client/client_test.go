package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
)

// TestClient runs the client with the local run: with a ticket, with a token, with a renewed
// connection, and with a refused token.
func TestClient(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	local, err := target.Start(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
	})
	token := func(ctx context.Context) (string, error) { return local.Token(ctx, target.TokenRequest{User: "ann"}) }
	tickets := Stack{URL: local.WebSocketURL, TicketsURL: local.HTTPURL + "/tickets"}
	t.Run("ticket", func(t *testing.T) {
		wantAnswers(t, Client{Stacks: []Stack{tickets}, Token: token})
	})
	t.Run("token", func(t *testing.T) { wantAnswers(t, Client{Stacks: []Stack{{URL: local.WebSocketURL}}, Token: token}) })
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	t.Run("otherRegion", func(t *testing.T) {
		wantAnswers(t, Client{Stacks: []Stack{{URL: "ws://127.0.0.1:1", TicketsURL: down.URL}, tickets}, Token: token})
	})
	forged := func(context.Context) (string, error) { return "a.b.c", nil }
	t.Run("refusedTicket", func(t *testing.T) {
		wantRefusal(t, Client{Stacks: []Stack{tickets}, Token: forged}, "token_invalid")
	})
	t.Run("refusedToken", func(t *testing.T) {
		wantRefusal(t, Client{Stacks: []Stack{{URL: local.WebSocketURL}}, Token: forged}, "")
	})
}

// TestClientReportsFailures runs the client with a server that fails: another attempt
// follows, and the user learns why.
func TestClientReportsFailures(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
	}))
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var got []string
	c := Client{
		Stacks: []Stack{{URL: "ws://127.0.0.1:1", TicketsURL: server.URL}},
		Token:  func(context.Context) (string, error) { return "a.b.c", nil },
		Failed: func(err error) {
			if got = append(got, err.Error()); len(got) == 2 {
				stop()
			}
		},
	}
	want := "get a ticket: answer 500 Internal Server Error has no ticket"
	if err := c.Run(ctx, nil); !errors.Is(err, context.Canceled) || len(got) != 2 || got[0] != want || got[1] != want {
		t.Errorf("got error %v and failures %q, want two of %q", err, got, want)
	}
}

// TestChoice checks the stacks of attempts, of which those marked with ! fail.
func TestChoice(t *testing.T) {
	start := time.Unix(0, 0)
	for _, test := range []struct {
		name   string
		stacks int
		steps  []string // the minute of an attempt, and whether it fails
		want   string
	}{
		{"each twice", 3, []string{"0!", "0!", "0!", "0!", "0!", "0!", "0"}, "0011220"},
		{"one stack", 1, []string{"0!", "0!", "0!"}, "000"},
		{"a success between failures", 2, []string{"0!", "1", "2!", "3"}, "0000"},
		{"back after ten minutes", 2, []string{"0!", "0!", "0", "9", "10", "11"}, "001100"},
		{"back, and away after one failure", 2, []string{"0!", "0!", "0", "10!", "10", "19", "20"}, "0010110"},
	} {
		var c choice
		got := ""
		for _, step := range test.steps {
			minute, failed := strings.CutSuffix(step, "!")
			n, _ := strconv.Atoi(minute)
			now := start.Add(time.Duration(n) * time.Minute)
			got += strconv.Itoa(c.next(now))
			if failed {
				c.failed(test.stacks, now)
			} else {
				c.failures = 0
			}
		}
		if got != test.want {
			t.Errorf("%s: got stacks %s, want %s", test.name, got, test.want)
		}
	}
}

// wantAnswers checks the answers on a connection and on the connection that replaces it.
func wantAnswers(t *testing.T, c Client) {
	t.Helper()
	received, sent, ended := make(chan []byte), make(chan []byte), make(chan error, 1)
	renew := make(chan time.Time)
	c.Receive = func(message []byte) { received <- message }
	c.after = func(time.Duration) <-chan time.Time { return renew }
	go func() { ended <- c.Run(t.Context(), sent) }()
	first := whoami(t, sent, received)
	renew <- time.Time{}
	if second := whoami(t, sent, received); first == "" || second == first {
		t.Errorf("got the connections %q and %q, want two", first, second)
	}
	close(sent)
	if err := <-ended; err != nil {
		t.Errorf("got error %v, want none", err)
	}
}

// whoami requests the id of the connection, and returns it.
func whoami(t *testing.T, sent chan<- []byte, received <-chan []byte) string {
	t.Helper()
	sent <- []byte(`{"action":"whoami"}`)
	var answer struct {
		Type string
		Data struct{ User, ConnectionID string }
	}
	text := <-received
	if err := json.Unmarshal(text, &answer); err != nil || answer.Type != "whoami" || answer.Data.User != "ann" {
		t.Errorf("got %s, error %v; want whoami of ann", text, err)
	}
	return answer.Data.ConnectionID
}

func wantRefusal(t *testing.T, c Client, code string) {
	t.Helper()
	c.Receive = func(message []byte) { t.Errorf("got the message %s", message) }
	err := c.Run(t.Context(), nil)
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != code || refused.Status[:3] != "401" {
		t.Errorf("got error %v, want 401 %s", err, code)
	}
}
