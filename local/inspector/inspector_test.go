package inspector

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const host = "127.0.0.1:8080"

// fixture is an inspector with two connections that records its actions.
type fixture struct {
	*Inspector
	connections []Connection
	expired     []string
	kills       int
	working     [][]byte // the events on which the function works
	queues      []Queue
	invoked     []string // the events with which the function was called
	answer      string   // the answer of the function
	failure     error    // the error of the function
}

func newFixture() *fixture {
	f := &fixture{connections: []Connection{{ID: "one", User: "alice"}, {ID: "two"}}}
	f.Inspector = New(Config{
		Host:        host,
		Connections: func() []Connection { return f.connections },
		Expire: func(id string) bool {
			f.expired = append(f.expired, id)
			return id == "one" || id == "two"
		},
		Kill: func() { f.kills++ },
		KillDuring: func(match func([]byte) bool) int {
			before := len(f.working)
			f.working = slices.DeleteFunc(f.working, match)
			return before - len(f.working)
		},
		Invoke: func(_ context.Context, payload []byte) ([]byte, error) {
			f.invoked = append(f.invoked, string(payload))
			return []byte(f.answer), f.failure
		},
		Queues: func() []Queue { return f.queues },
		Scaled: func(d time.Duration) time.Duration { return d / 2 },
	})
	return f
}

// ask sends a request as the site's own page does. headers are pairs of a name and a value,
// which replace the default ones.
func (f *fixture) ask(t *testing.T, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://"+host+path, strings.NewReader(body))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Origin", "http://"+host)
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if h := r.Header.Get("Host"); h != "" {
		r.Host = h
	}
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

// state returns the answer to GET /inspector/state.
func (f *fixture) state(t *testing.T, query string) state {
	t.Helper()
	w := f.ask(t, http.MethodGet, "/inspector/state"+query, "")
	var s state
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s: %v", w.Code, w.Body, err)
	}
	return s
}

// read returns an event of API Gateway that contains the token.
func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../lambda/handler/testdata/event/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("HEADER.PAYLOAD.SIGNATURE"), []byte(token))
}

func TestState(t *testing.T) {
	f := newFixture()
	if s := f.state(t, ""); s.Events == nil || len(s.Events) != 0 || len(s.Connections) != 2 || s.Run == 0 {
		t.Errorf("without events: got %+v", s)
	}
	began := time.UnixMilli(1_700_000_000_123)
	f.Record(Invocation{
		RequestID: "r1", Payload: read(t, "connect.json"), Answer: []byte(`{"statusCode":200}`),
		Began: began, Took: 1500 * time.Microsecond, Init: 40 * time.Millisecond,
		Log: "START RequestId: r1\nhello\nEND RequestId: r1\nREPORT\n",
	})
	f.Record(Invocation{Payload: []byte(`{"push":{"target":{"connection":"one"},"message":1}}`), Failure: "boom"})
	f.Record(Invocation{Payload: []byte(`{"push":{"target":{"all":true},"message":1}}`), Answer: []byte("odd")})

	events := f.state(t, "").Events
	if len(events) != 3 {
		t.Fatalf("got %d events", len(events))
	}
	e := events[0]
	if e.ID != 1 || e.Kind != "$connect" || e.ConnectionID != "WhHAe-TROkECC5w=" || e.RequestID != "r1" {
		t.Errorf("got %+v", e)
	}
	if e.At != 1_700_000_000_123 || e.Took != 1.5 || e.Init != 40 || strings.Join(e.Log, "|") != "START RequestId: r1|hello|END RequestId: r1|REPORT" {
		t.Errorf("got %+v", e)
	}
	if e = events[1]; e.Kind != "push" || e.ConnectionID != "one" || e.Error != "boom" || e.Answer != nil || e.Log != nil {
		t.Errorf("got %+v", e)
	}
	if e = events[2]; e.Kind != "push" || e.ConnectionID != "" || e.Answer.Text != "odd" || e.Answer.Size != 3 {
		t.Errorf("got %+v, answer %+v", e, e.Answer)
	}
	if got := f.state(t, "?after=2").Events; len(got) != 1 || got[0].ID != 3 {
		t.Errorf("after 2: got %+v", got)
	}
}

func TestKinds(t *testing.T) {
	for name, c := range map[string]struct{ event, kind, connection string }{
		"http":             {`{"version":"2.0","routeKey":"POST /tickets","requestContext":{"routeKey":"POST /tickets","http":{"method":"POST","path":"/tickets"}}}`, "POST /tickets", ""},
		"queue":            {`{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":"{}"}]}`, "queue", ""},
		"schedule":         {`{"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}}`, "schedule", ""},
		"disconnectOne":    {`{"disconnect":{"target":{"connection":"one"},"reason":"r"}}`, "disconnect", "one"},
		"disconnectUser":   {`{"disconnect":{"target":{"user":"alice"}}}`, "disconnect", ""},
		"otherEventBridge": {`{"source":"aws.events","detail-type":"Something"}`, "other", ""},
		"otherSource":      {`{"source":"my.app","detail-type":"Scheduled Event"}`, "other", ""},
		"list":             {`[]`, "other", ""},
		"wrongTarget":      {`{"disconnect":{"target":1}}`, "disconnect", ""},
		"twoKinds":         {`{"push":{"target":{"connection":"one"}},"disconnect":{"target":{"all":true}}}`, "other", ""},
		"wrongTypes":       {`{"requestContext":1}`, "other", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.Record(Invocation{Payload: []byte(c.event)})
			if e := f.state(t, "").Events[0]; e.Kind != c.kind || e.ConnectionID != c.connection {
				t.Errorf("got %q of %q, want %q of %q", e.Kind, e.ConnectionID, c.kind, c.connection)
			}
		})
	}
}

// The state contains no ticket and no opaque token, in complete events, in texts that are
// not JSON, and in events that are too long.
func TestTicketsAreHidden(t *testing.T) {
	f := newFixture()
	for _, payload := range []string{
		`{"type":"REQUEST","methodArn":"arn:x","headers":{"Sec-WebSocket-Protocol":"sallyport.v1, ticket.` + oneTicket + `"},"multiValueHeaders":{"sec-websocket-protocol":["sallyport.v1,ticket.` + oneTicket + `"]}}`,
		`{"version":"2.0","requestContext":{"routeKey":"POST /tickets","http":{"method":"POST"}},"headers":{"authorization":"Bearer ` + opaque + `"},"rawQueryString":"token=` + opaque + `&x=1","queryStringParameters":{"token":"` + opaque + `"},"body":"` + encoded(`{"token":"`+opaque+`"}`) + `","isBase64Encoded":true}`,
		`{"statusCode":201,"headers":{"Content-Type":"application/json"},"body":"{\"type\":\"ticket\",\"data\":{\"ticket\":\"` + oneTicket + `\",\"expires\":1,\"tokenExpires\":2}}"}`,
		`{"requestContext":{"routeKey":"refresh","connectionId":"one"},"body":"{\"action\":\"refresh\",\"token\":\"` + opaque + `\"}"}`,
	} {
		text := "ticket." + oneTicket + " and bearer." + opaque + ` {"token":"` + opaque + `","ticket":"` + oneTicket + `"} ` + oneTicket
		f.Record(Invocation{Payload: []byte(payload), Answer: []byte(payload), Failure: text, Log: "START \n" + text + "\n" + payload + "\nEND\n"})
		incomplete := payload[:len(payload)-1]
		f.Record(Invocation{Payload: []byte(incomplete), Answer: []byte(incomplete), Log: "in the middle\n" + text + "\n"})
		for _, offset := range []int{0, 10, 20, 30} { // the kept part ends within a secret
			long, _ := json.Marshal(map[string]string{"x": strings.Repeat("x", maxPart-200+offset), "y": payload})
			f.Record(Invocation{Payload: long, Answer: long, Failure: strings.Repeat("x", maxPart-100+offset) + text})
		}
	}
	served := f.ask(t, http.MethodGet, "/inspector/state", "").Body.String()
	if strings.Count(served, hidden) < 50 {
		t.Errorf("got %d hidden texts, want at least 50: %s", strings.Count(served, hidden), served)
	}
	for _, part := range []string{oneTicket, opaque, oneTicket[:20], encoded(opaque)[:10]} {
		if at := strings.Index(served, part); at >= 0 {
			t.Errorf("got %s in …%s…", part, served[max(0, at-200):min(len(served), at+20)])
		}
	}
}

// The state contains no part of the token.
func TestTokensAreHidden(t *testing.T) {
	f := newFixture()
	text := "careless: " + token + " in the log, bearer." + token
	query := []byte(`{"queryStringParameters":{"token":"` + token + `"},"multiValueQueryStringParameters":{"token":["` + token + `"]}}`)
	for i, payload := range [][]byte{read(t, "authorizer.json"), read(t, "connect.json"), query} {
		if !strings.Contains(string(payload), token) {
			t.Fatalf("event %d has no token", i)
		}
		f.Record(Invocation{Payload: payload, Answer: payload, Log: "START \n" + text + "\n"})
		f.Record(Invocation{Payload: payload[1:], Answer: payload[1:], Failure: text}) // not JSON
		f.Record(Invocation{Payload: payload, Log: signature + "\n" + text + "\nEND\n"})
		long, _ := json.Marshal(strings.Repeat("x", maxPart-20) + token) // the kept part ends within the token
		f.Record(Invocation{Payload: long, Answer: long, Failure: strings.Repeat("x", maxPart-20) + token})
		for _, failure := range []failure{refuse, expire} {
			f.arm(failure, "")
			_, _ = f.Invoker(nil).Invoke(t.Context(), authorizerEvent())
		}
	}
	for range 2 {
		f.Record(Invocation{Payload: []byte(`{"requestContext":{"routeKey":"` + token + `"}}`)})
	}
	served := f.ask(t, http.MethodGet, "/inspector/state", "").Body.String()
	if !strings.Contains(served, "bearer.…redacted") {
		t.Errorf("got no hidden token: %s", served)
	}
	for _, part := range []string{head, claims, signature, token[:20]} {
		if at := strings.Index(served, part); at >= 0 {
			t.Errorf("got %s in …%s…", part, served[max(0, at-200):at+20])
		}
	}
}

func authorizerEvent() []byte {
	return []byte(`{"type":"REQUEST","methodArn":"arn:x/live/$connect","headers":{"Sec-WebSocket-Protocol":"sallyport.v1, bearer.` + token + `"}}`)
}

func TestBounds(t *testing.T) {
	f := newFixture()
	long := []byte(`{"body":"` + strings.Repeat("é", maxPart) + `"}`)
	for range maxEvents + 50 {
		f.Record(Invocation{Payload: []byte(`{}`)})
	}
	f.Record(Invocation{Payload: long, Answer: long})
	s := f.state(t, "")
	if len(s.Events) != maxAnswer || !s.More || s.Events[0].ID != 52 {
		t.Errorf("got %d events from ID %d, more %v", len(s.Events), s.Events[0].ID, s.More)
	}
	s = f.state(t, "?after=1050")
	if len(s.Events) != 1 || s.More {
		t.Fatalf("got %d events", len(s.Events))
	}
	if p := s.Events[0].Event; p.JSON != nil || len(p.Text) > maxPart || len(p.Text) < maxPart-4 || p.Size != len(long) {
		t.Errorf("got %d bytes of text, size %d", len(p.Text), p.Size)
	}
}

func TestWaitForEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		f.Record(Invocation{Payload: []byte(`{}`)})
		began := time.Now()
		if s := f.state(t, "?after=1"); len(s.Events) != 0 || time.Since(began) != pollTime {
			t.Errorf("got %d events after %v", len(s.Events), time.Since(began))
		}
		got := make(chan state, 1)
		began = time.Now()
		go func() { got <- f.state(t, "?after=1") }()
		time.Sleep(pollTime / 2)
		f.Record(Invocation{Payload: []byte(`{}`)})
		if s := <-got; len(s.Events) != 1 || time.Since(began) != pollTime/2 {
			t.Errorf("got %d events after %v", len(s.Events), time.Since(began))
		}
		began = time.Now()
		go func() { got <- f.state(t, "?after=3") }()
		time.Sleep(pollTime / 2)
		f.Record(Invocation{Payload: []byte(`{}`)}) // the event 3 is not after 3
		if s := <-got; len(s.Events) != 0 || time.Since(began) != pollTime {
			t.Errorf("got %d events after %v", len(s.Events), time.Since(began))
		}
	})
}
