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
		w := newWorld()
		answer, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(1708326900123)
		want := map[string]handler.Connection{connectionID: {
			ID: connectionID, User: "alice", ConnectedAt: at, ExpiresAt: at.Add(2*time.Hour + 10*time.Minute),
		}}
		if diff := cmp.Diff(want, w.table.rows); diff != "" {
			t.Errorf("table (-want +got):\n%s", diff)
		}
		if got := decodeReply(t, answer); got.StatusCode != 200 || got.Headers["Sec-WebSocket-Protocol"] != "sallyport.v1" {
			t.Errorf("got %+v, want status 200 with the subprotocol", got)
		}
	})
	t.Run("protocolNotOffered", func(t *testing.T) {
		answer, err := newWorld().invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
			object(e, "headers")["Sec-WebSocket-Protocol"] = "bearer.a.b.c"
		}))
		if got := decodeReply(t, answer); err != nil || got.StatusCode != 200 || len(got.Headers) != 0 {
			t.Errorf("got %+v, error %v, want status 200 without headers", got, err)
		}
	})
	t.Run("noAuthorizer", func(t *testing.T) {
		w := newWorld()
		_, err := w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
			delete(object(e, "requestContext"), "authorizer")
		}))
		if err == nil || !strings.Contains(err.Error(), "no authorizer") || len(w.table.rows) != 0 {
			t.Errorf("got error %v and %d rows, want an error and none", err, len(w.table.rows))
		}
	})
	t.Run("tableFails", func(t *testing.T) {
		w := newWorld()
		w.table.fault = errors.New("table is down")
		_, err := w.invoke(t.Context(), readEvent(t, "connect", nil))
		if !errors.Is(err, w.table.fault) {
			t.Errorf("got error %v, want the table's", err)
		}
	})
}

func TestDisconnect(t *testing.T) {
	w := newWorld()
	w.table.rows[connectionID] = handler.Connection{ID: connectionID}
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect", nil)); err != nil || len(w.table.rows) != 0 {
		t.Errorf("got error %v and %d rows, want neither", err, len(w.table.rows))
	}
	if got := w.lines(t)[0]["closeCode"]; got != "1005" {
		t.Errorf("log: got close code %v, want 1005", got)
	}
	w.table.fault = errors.New("table is down")
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect", nil)); !errors.Is(err, w.table.fault) {
		t.Errorf("got error %v, want the table's", err)
	}
}

func decodeReply(t *testing.T, answer string) events.APIGatewayProxyResponse {
	t.Helper()
	var r events.APIGatewayProxyResponse
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatalf("answer %q: %v", answer, err)
	}
	return r
}
