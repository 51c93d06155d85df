package handler_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
)

func TestConnect(t *testing.T) {
	t.Run("recordsConnection", func(t *testing.T) {
		w := newFixture()
		answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(1708326900123)
		want := map[string]handler.Connection{connectionID: {
			ID: connectionID, User: person("alice"), ConnectedAt: at, AuthorizedUntil: expires, ExpiresAt: at.Add(2*time.Hour + 10*time.Minute),
		}}
		if diff := cmp.Diff(want, w.table.rows); diff != "" {
			t.Errorf("table (-want +got):\n%s", diff)
		}
		if got := decodeReply(t, answer); got.StatusCode != 200 || got.Headers["Sec-WebSocket-Protocol"] != "sallyport.v1" {
			t.Errorf("got %+v, want status 200 with the subprotocol", got)
		}
		if w.table.calls != 1 {
			t.Errorf("got %d calls of the table, want 1 without a limit", w.table.calls)
		}
	})
	t.Run("protocolInSecondHeader", func(t *testing.T) {
		answer, err := newFixture().invoke(t.Context(), readEvent(t, "connect", asHeader("ticket.x", "sallyport.v1")))
		if got := decodeReply(t, answer); err != nil || got.Headers["Sec-WebSocket-Protocol"] != "sallyport.v1" {
			t.Errorf("got %+v, error %v, want the subprotocol", got, err)
		}
	})
	t.Run("protocolNotOffered", func(t *testing.T) {
		answer, err := newFixture().invoke(t.Context(), readEvent(t, "connect", asHeader("bearer.a.b.c")))
		if got := decodeReply(t, answer); err != nil || got.StatusCode != 200 || len(got.Headers) != 0 {
			t.Errorf("got %+v, error %v, want status 200 without headers", got, err)
		}
	})
	for _, missing := range []string{"authorizer", "user", "issuer", "sub", "expires"} {
		t.Run("no"+missing, func(t *testing.T) {
			w := newFixture()
			_, err := w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
				c := object(e, "requestContext")
				delete(object(c, "authorizer"), missing)
				delete(c, missing)
			}))
			if err == nil || !strings.Contains(err.Error(), "authorizer") || len(w.table.rows) != 0 {
				t.Errorf("got error %v and %d rows, want an error and none", err, len(w.table.rows))
			}
		})
	}
	t.Run("tableFails", func(t *testing.T) {
		w := newFixture()
		w.table.err = errors.New("table is down")
		_, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
		if !errors.Is(err, w.table.err) {
			t.Errorf("got error %v, want the error of the table", err)
		}
		w.logged(t, map[string]any{"code": "unavailable", "outcome": "failed"})
	})
}

func TestDisconnect(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect", nil)); err != nil || len(w.table.rows) != 0 {
		t.Errorf("got error %v and %d rows, want neither", err, len(w.table.rows))
	}
	w.logged(t, map[string]any{"closeCode": "1005"})
	w.table.err = errors.New("table is down")
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect", nil)); !errors.Is(err, w.table.err) {
		t.Errorf("got error %v, want the error of the table", err)
	}
}

// decodeReply decodes an answer with the library's type.
func decodeReply(t *testing.T, answer string) events.APIGatewayProxyResponse {
	t.Helper()
	var r events.APIGatewayProxyResponse
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatalf("answer %q: %v", answer, err)
	}
	return r
}
