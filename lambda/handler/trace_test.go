package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"sallyport/lambda/trace"
)

const (
	// clientTrace and otherTrace are the trace IDs of clients.
	clientTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	otherTrace  = "0af7651916cd43dd8448eb211c80319c"
	// madeTrace is the ID that a handshake of testdata gets, because it has none.
	madeTrace = "a01f7d881873aa4f6931e6a17e25a3b7"
)

// handshake returns an edit that offers subprotocols, each in its own header.
func handshake(protocols ...string) func(map[string]any) {
	return func(e map[string]any) { setHeader(e, "Sec-WebSocket-Protocol", protocols...) }
}

// withTrace is an edit that sets the trace of the connection of a route event.
func withTrace(id string) func(map[string]any) {
	return func(e map[string]any) { object(object(e, "requestContext"), "authorizer")["trace"] = id }
}

// The line of the authorizer has the trace of the client, for each decision. A trace
// that is malformed, or one of several, is replaced.
func TestTraceOfHandshake(t *testing.T) {
	const bearer = "sallyport.v1, bearer." + token
	tests := []struct {
		name      string
		protocols []string
		trace     string
		outcome   string
	}{
		{"none", []string{bearer}, madeTrace, "allowed"},
		{"valid", []string{bearer + ", trace." + clientTrace}, clientTrace, "allowed"},
		{"ownHeader", []string{bearer, "trace." + clientTrace}, clientTrace, "allowed"},
		{"noCredential", []string{"sallyport.v1, trace." + clientTrace}, clientTrace, "refused"},
		{"twoCredentials", []string{bearer + ", bearer.x, trace." + clientTrace}, clientTrace, "refused"},
		{"two", []string{bearer + ", trace." + clientTrace + ", trace." + otherTrace}, madeTrace, "allowed"},
		{"twoHeaders", []string{bearer + ", trace." + clientTrace, "trace." + otherTrace}, madeTrace, "allowed"},
		{"upperCase", []string{bearer + ", trace." + strings.ToUpper(clientTrace)}, madeTrace, "allowed"},
		{"tooLong", []string{bearer + ", trace." + clientTrace + "0"}, madeTrace, "allowed"},
		{"veryLong", []string{bearer + ", trace." + strings.Repeat("a", 8000)}, madeTrace, "allowed"},
		{"newline", []string{bearer + ", trace." + clientTrace[:31] + "\n"}, madeTrace, "allowed"},
		{"json", []string{bearer + `, trace.{"outcome":"allowed"}`}, madeTrace, "allowed"},
		{"onlyTrace", []string{"trace." + token}, madeTrace, "refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			answer, err := w.invoke(t.Context(), readEvent(t, "authorizer", handshake(test.protocols...)))
			w.logged(t, map[string]any{"trace": test.trace, "outcome": test.outcome, "connectionId": connectionID})
			if test.outcome == "refused" {
				checkAnswer(t, answer, err, nil, "Unauthorized")
				return
			}
			want := wantPolicy("Allow", "alice")
			object(want, "context")["trace"] = test.trace
			checkAnswer(t, answer, err, want, "")
		})
	}
}

// All lines of a connection have its trace. The trace of the header is not used again.
func TestTraceOfConnection(t *testing.T) {
	for _, name := range []string{"connect", "message", "whoami", "refresh", "disconnect"} {
		w := newFixture().open("alice", connectionID)
		answer, err := w.invoke(t.Context(), readEvent(t, name, both(withTrace(clientTrace), func(e map[string]any) {
			if name == "connect" {
				setHeader(e, "Sec-WebSocket-Protocol", "sallyport.v1, trace."+otherTrace)
			}
		})))
		if err != nil || strings.Contains(answer, "trace.") {
			t.Errorf("%s: got %s, error %v, want an answer without the subprotocol of the trace", name, answer, err)
		}
		w.logged(t, map[string]any{"trace": clientTrace})
		if row := w.table.rows[connectionID]; name == "connect" && row.Trace != clientTrace {
			t.Errorf("got row %+v, want the trace", row)
		}
	}
	// An older version authorized the connection, or the context has another text.
	for _, id := range []string{"", clientTrace[:31], strings.ToUpper(clientTrace), `{"outcome":"allowed"}`} {
		w := newFixture()
		_, err := w.invoke(t.Context(), readEvent(t, "connect", withTrace(id)))
		w.logged(t, map[string]any{"trace": nil, "outcome": "ok"})
		if err != nil || w.table.rows[connectionID].Trace != "" {
			t.Errorf("%q: got row %+v, error %v, want a row without a trace", id, w.table.rows[connectionID], err)
		}
	}
}

func TestTraceOfRequest(t *testing.T) {
	for header, want := range map[string]any{
		"": nil,
		"00-" + clientTrace + "-00f067aa0ba902b7-00":                                           clientTrace,
		"00-" + clientTrace + "-00f067aa0ba902b7-00,00-" + otherTrace + "-00f067aa0ba902b7-00": nil,
		"00-" + clientTrace[:31] + "\n-00f067aa0ba902b7-00":                                    nil,
	} {
		w := newFixture()
		_, err := w.invoke(t.Context(), readEvent(t, "http_ticket", func(e map[string]any) {
			if header != "" {
				setHeader(e, "traceparent", header)
			}
		}))
		if err != nil {
			t.Errorf("%q: %v", header, err)
		}
		w.logged(t, map[string]any{"trace": want})
	}
}

// The line of a push has the trace of the command, and those of the connections that it
// reached or did not reach.
func TestTraceOfPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			event   string
			trace   any
			reached string
		}{
			{`{"push":{"target":{"connection":"a1"},"message":1}}`, nil, "[" + clientTrace + "]"},
			{`{"push":{"target":{"connection":"a1"},"message":1,"trace":"` + otherTrace + `"}}`, otherTrace, "[" + clientTrace + "]"},
			{`{"push":{"target":{"user":"alice"},"message":1}}`, nil, "[" + clientTrace + " " + clientTrace + " " + clientTrace + "]"},
			{`{"push":{"target":{"connection":"gone"},"message":1}}`, nil, "[" + clientTrace + "]"},
			{`{"push":{"target":{"connection":"stuck"},"message":1}}`, nil, "[" + clientTrace + "]"},
			{`{"push":{"target":{"connection":"unknown"},"message":1}}`, nil, "<nil>"},
			{`{"disconnect":{"target":{"connection":"a1"}}}`, nil, "[" + clientTrace + "]"},
		}
		for _, test := range tests {
			w := newFixtureWithConnections()
			for id, row := range w.table.rows {
				row.Trace = clientTrace
				w.table.rows[id] = row
			}
			if _, err := w.invoke(t.Context(), []byte(test.event)); err != nil {
				t.Errorf("%s: %v", test.event, err)
			}
			lines := w.lines(t)
			last := lines[len(lines)-1]
			if got := fmt.Sprint(last["connectionTraces"]); last["trace"] != test.trace || got != test.reached {
				t.Errorf("%s: got trace %v, connectionTraces %s, want %v, %s", test.event, last["trace"], got, test.trace, test.reached)
			}
			if strings.Contains(test.event, "stuck") && (len(lines) != 2 || lines[0]["connectionTrace"] != clientTrace || lines[0]["connectionId"] != "stuck") {
				t.Errorf("got lines %v, want one about the connection that was not reached", lines)
			}
		}
	})
}

// The line of a push to many connections would be too long with the traces of all.
func TestTraceOfPushToMany(t *testing.T) {
	w := newFixture()
	for i := range 11 {
		id := fmt.Sprintf("c%d", i)
		w.open("alice", id)
		row := w.table.rows[id]
		row.Trace = clientTrace
		w.table.rows[id] = row
	}
	if _, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1}}`)); err != nil {
		t.Fatal(err)
	}
	w.logged(t, map[string]any{"sent": 11.0, "connectionTraces": nil})
}

// The table is needed for the trace only, so a push to one connection works without it.
func TestPushWithoutTable(t *testing.T) {
	w := newFixture()
	w.table.err = errors.New("DynamoDB is down")
	if got, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"connection":"a1"},"message":1}}`)); err != nil || got != `{"sent":1,"gone":0,"failed":0}` {
		t.Errorf("got %s, error %v, want one message", got, err)
	}
}

func TestForgedTraceOfPush(t *testing.T) {
	for _, forged := range []string{"x", clientTrace + "0", strings.ToUpper(clientTrace), clientTrace[:31] + "\n", `{"a":1}`, strings.Repeat("0", 32)} {
		quoted, err := json.Marshal(forged)
		if err != nil {
			t.Fatal(err)
		}
		w := newFixture().open("alice", "a1")
		_, err = w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1,"trace":`+string(quoted)+`}}`))
		if err == nil || !strings.Contains(err.Error(), "command_invalid: the trace is not") || len(w.posts.got) > 0 {
			t.Errorf("%q: got error %v, messages %v, want a refusal", forged, err, w.posts.got)
		}
		w.logged(t, map[string]any{"trace": nil, "code": "command_invalid"})
	}
	for _, wrong := range []string{`"trace":["` + clientTrace + `"]`, `"Trace":"` + clientTrace + `"`, `"trace":"` + clientTrace + `","trace":"` + clientTrace + `"`} {
		w := newFixture()
		if _, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1,`+wrong+`}}`)); err == nil {
			t.Errorf("%s: got no error, want a refusal", wrong)
		}
	}
	w := newFixture()
	if _, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":{"all":true},"trace":"`+clientTrace+`"}}`)); err == nil {
		t.Error("got no error of a disconnect command with a trace, want a refusal")
	}
}

// The trace of a publication goes through the queue, also that of a backend's command.
func TestTraceOfPublication(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	q := w.withChannels(t)
	publish := func(e map[string]any) {
		withTrace(clientTrace)(e)
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
		e["body"] = `{"id":1,"publish":{"channel":"room:1","data":1}}`
	}
	if _, err := w.invoke(t.Context(), readEvent(t, "message", publish)); err != nil {
		t.Fatal(err)
	}
	w.logged(t, map[string]any{"trace": clientTrace})
	if _, err := w.invoke(t.Context(), q.event(t)); err != nil {
		t.Fatal(err)
	}
	lines := w.lines(t)
	if got := fmt.Sprint(lines[len(lines)-1]["traces"]); got != "["+clientTrace+"]" {
		t.Errorf("got traces %s of the queue's event, want that of the publisher", got)
	}
	ctx := trace.With(t.Context(), otherTrace)
	if _, err := w.config.Channels.PublishAs(ctx, "room:1", json.RawMessage("2"), ""); err != nil {
		t.Fatal(err)
	}
	if sent := q.sent(); len(sent) != 1 || !strings.Contains(string(sent[0].Body), `"traces":["`+otherTrace+`"]`) {
		t.Errorf("got tasks %s, want one with the trace", sent)
	}
}

// A message of one connection to another one that fails has both traces.
func TestTraceOfOtherConnection(t *testing.T) {
	w := newFixture().open("alice", "a1", connectionID)
	row := w.table.rows["a1"]
	row.Trace = otherTrace
	w.table.rows["a1"] = row
	w.config.ConnectionsPerUser = 1
	w.posts.disconnect = func(context.Context, string) error { return errors.New("API Gateway is down") }
	if _, err := w.invoke(t.Context(), readEvent(t, "connect", withTrace(clientTrace))); err != nil {
		t.Fatal(err)
	}
	first := w.lines(t)[0]
	if first["trace"] != clientTrace || first["otherConnectionId"] != "a1" || first["connectionTrace"] != otherTrace {
		t.Errorf("got line %v, want the traces of both connections", first)
	}
}

// The line has the ID of the trace of X-Ray only if X-Ray has that trace.
func TestXRayTrace(t *testing.T) {
	const root = "1-65d30000-0123456789abcdef01234567"
	for header, want := range map[string]any{
		"": nil,
		"Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1": root,
		"Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=0": nil,
		"Root=" + root: nil,
	} {
		w := newFixture()
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", header) //nolint:revive,staticcheck // the key of aws-lambda-go
		if _, err := w.invoke(ctx, readEvent(t, "authorizer", nil)); err != nil {
			t.Fatal(err)
		}
		w.logged(t, map[string]any{"xrayTraceId": want, "trace": madeTrace})
	}
}
