package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
	"sallyport/lambda/handler"
	"sallyport/test/channels"
)

// tasks is a queue that keeps its messages.
type tasks struct {
	mu  sync.Mutex
	all []channel.Message
	err error
	// arrived, if it is not nil, receives a value for each call of Send.
	arrived chan struct{}
}

func (q *tasks) Send(_ context.Context, messages ...channel.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, messages...)
	if q.arrived != nil {
		q.arrived <- struct{}{}
	}
	return q.err
}

func (q *tasks) Retry(context.Context, time.Duration, ...string) error { return nil }

// event returns the event of the queue with the messages that were sent.
func (q *tasks) event(t *testing.T) []byte {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var records []map[string]any
	for _, m := range q.all {
		records = append(records, map[string]any{
			"messageId": "m-" + m.ID, "receiptHandle": "h-" + m.ID, "body": string(m.Body), "eventSource": "aws:sqs",
			"attributes": map[string]string{"MessageGroupId": m.Group, "ApproximateReceiveCount": "1"},
		})
	}
	q.all = nil
	raw, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// withChannels gives the fixture channels, and returns their queue.
func (w *fixture) withChannels(t *testing.T) *tasks {
	t.Helper()
	all := channel.Everyone
	table, err := channel.NewTable(
		channel.Namespace{Name: "room", Subscribe: all, Publish: all, Presence: all, History: all, HistorySize: 10, HistoryTime: time.Hour},
		channel.Namespace{Name: "live", Subscribe: all, Publish: all, PublicationsPerMinute: 1},
		channel.Namespace{Name: "user", Subscribe: channel.Owner, HistorySize: 1, HistoryTime: time.Hour, Own: true},
		channel.Namespace{Name: "team", Subscribe: channel.Claim("teams")},
	)
	if err != nil {
		t.Fatal(err)
	}
	q, memory := &tasks{}, channels.NewMemory()
	w.config.Channels = channel.New(channel.Config{Namespaces: table, Streams: memory, Subscribers: memory, Queue: q, Poster: w.posts, MaxChannels: 3})
	return q
}

// centrifuge returns an event with a frame of a connection that has Centrifugo's protocol.
func centrifuge(t *testing.T, frame string) []byte {
	t.Helper()
	return readEvent(t, "message", func(e map[string]any) {
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
		object(e, "requestContext")["connectedAt"] = time.Now().UnixMilli()
		e["body"] = frame
	})
}

// send sends a frame and returns the answer, or the first frame that was posted.
func (w *fixture) send(t *testing.T, frame string) string {
	t.Helper()
	before := len(w.posts.got[connectionID])
	raw, err := w.invoke(t.Context(), centrifuge(t, frame))
	if err != nil {
		t.Fatalf("%s: %v", frame, err)
	}
	var a struct {
		Body string `json:"body"`
	}
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		t.Fatal(err)
	}
	if posted := w.posts.got[connectionID]; a.Body == "" && len(posted) > before {
		return posted[before]
	}
	return a.Body
}

// A client connects, subscribes, publishes and reads, as centrifuge-js does.
func TestCentrifugeDialogue(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	q := w.withChannels(t)
	work := func() {
		t.Helper()
		if got, err := w.invoke(t.Context(), q.event(t)); err != nil || got != `{"batchItemFailures":[]}` {
			t.Fatalf("got %s, error %v of the queue's event", got, err)
		}
	}
	own := "user:" + channel.UserKey(person("alice"))
	for _, step := range []struct {
		frame string
		want  []string // parts of the answer
	}{
		{`{"connect":{"name":"js"},"id":1}` + "\n" + `{"subscribe":{"channel":"room:1"},"id":2}`, []string{
			`{"id":1,"connect":{"client":"` + connectionID + `","version":"sallyport","subs":{"` + own + `":{"recoverable":true`, "\n" + `{"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"`,
		}},
		{`{"publish":{"channel":"room:1","data":{"n":"<&>"}},"id":3}`, []string{`{"id":3,"publish":{}}`}},
		{`{"presence":{"channel":"room:1"},"id":4}`, []string{`{"id":4,"presence":{"presence":{"` + connectionID + `":{"user":"alice","client":"` + connectionID + `"}}}}`}},
		{`{"presence_stats":{"channel":"room:1"},"id":5}`, []string{`{"id":5,"presence_stats":{"num_clients":1,"num_users":1}}`}},
		{`{"history":{"channel":"room:1","limit":10},"id":6}`, []string{`{"id":6,"history":{"publications":[{"data":{"n":"<&>"},"info":{"user":"alice","client":"` + connectionID + `"},"offset":1`}},
		{`{"rpc":{"method":"whoami","data":{}},"id":7}`, []string{`{"id":7,"rpc":{"data":{"connectionId":"` + connectionID + `"`}},
		{`{"rpc":{"method":"whoami"},"id":8}`, []string{`{"id":8,"rpc":{"data":{"connectionId"`}},
		{`{"refresh":{"token":"x"},"id":9}`, []string{`{"id":9,"refresh":{"expires":true,"ttl":`}},
		{`{"ping":{},"id":10}`, []string{`{"id":10,"ping":{}}`}},
		{`{"unsubscribe":{"channel":"room:1"},"id":11}`, []string{`{"id":11,"unsubscribe":{}}`}},
		{`{"presence_stats":{"channel":"room:1"},"id":12}`, []string{`"num_clients":0`}},
		{`{"subscribe":{"channel":"room:1","recover":true,"offset":0,"epoch":"other"},"id":13}`, []string{`"was_recovering":true}}`}},
		{`{}`, []string{``}},
		{`{"send":{"data":1}}`, []string{``}},
	} {
		got := w.send(t, step.frame)
		for _, part := range step.want {
			if !strings.Contains(got, part) || part == "" && got != "" {
				t.Errorf("%s\ngot  %s\nwant %s", step.frame, got, part)
			}
		}
		if len(q.all) > 0 {
			work()
		}
	}
	if strings.Contains(w.log.String(), "refused") {
		t.Errorf("got log %s, want no refusal", w.log.String())
	}
	var pushed bool
	for _, frame := range w.posts.got[connectionID] {
		pushed = pushed || strings.Contains(frame, `{"push":{"channel":"room:1","pub":{"data":{"n":"<&>"},"info":{"user":"alice","client":"`+connectionID+`"},"offset":1,"epoch":"`)
	}
	if !pushed {
		t.Errorf("got no push of the publication, but %s", w.posts.got[connectionID])
	}
}

// A connection ends with a push of the protocol.
func TestCentrifugeEnds(t *testing.T) {
	tests := map[string]struct {
		change func(*fixture)
		event  []byte
		want   string
	}{
		"malformed":    {nil, centrifuge(t, `{"id":1,"secret`), `{"push":{"disconnect":{"code":3501,"reason":"The message does not have the form that its route expects."}}}`},
		"token":        {func(w *fixture) { w.at(expires.Add(time.Hour)) }, centrifuge(t, `{"ping":{},"id":1}`), `{"push":{"disconnect":{"code":3005,`},
		"sweep":        {func(w *fixture) { w.at(expires.Add(time.Hour)) }, readEvent(t, "schedule", nil), `{"push":{"disconnect":{"code":3005,`},
		"sign-out":     {nil, readEvent(t, "http_sign_out", nil), `{"push":{"disconnect":{"code":3503,`},
		"command":      {nil, readEvent(t, "disconnect_connection", nil), `{"push":{"disconnect":{"code":3503,`},
		"all":          {nil, readEvent(t, "disconnect_all", nil), `{"push":{"disconnect":{"code":3503,`},
		"push":         {nil, readEvent(t, "push_all", nil), `{"push":{"message":{"data":{`},
		"push to user": {nil, readEvent(t, "push_user", nil), `{"push":{"message":{"data":{`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			w.withChannels(t)
			c := w.table.rows[connectionID]
			c.Protocol = "centrifuge-json"
			w.table.rows[connectionID] = c
			if test.change != nil {
				test.change(w)
			}
			if _, err := w.invoke(t.Context(), test.event); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.posts.got[connectionID], "\n"); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if strings.Contains(w.log.String(), "secret") {
				t.Error("the log has a part of the frame")
			}
		})
	}
}

// The handshake chooses the protocol only if the app has channels.
func TestCentrifugeHandshake(t *testing.T) {
	offer := func(e map[string]any) { setHeader(e, "Sec-WebSocket-Protocol", "centrifuge-json, bearer.a.b.c") }
	for name, has := range map[string]bool{"channels": true, "no channels": false} {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			if has {
				w.withChannels(t)
			}
			got, err := w.invoke(t.Context(), readEvent(t, "authorizer", offer))
			if err != nil || strings.Contains(got, `"protocol":"centrifuge-json"`) != has {
				t.Errorf("got policy %s, error %v", got, err)
			}
		})
	}
	for name, test := range map[string]struct {
		edit func(map[string]any)
		want bool
	}{
		"parameter":                  {both(asQuery("a.b.c"), asParameter("protocol", "centrifuge-json")), true},
		"parameter and empty header": {both(asQuery("a.b.c"), asParameter("protocol", "centrifuge-json"), asHeader("")), true},
		"other parameter":            {both(asQuery("a.b.c"), asParameter("protocol", "centrifuge-protobuf")), false},
		"parameter and subprotocols": {both(asParameter("protocol", "centrifuge-json"), asHeader("sallyport.v1, bearer.a.b.c")), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture()
			w.withChannels(t)
			got, err := w.invoke(t.Context(), readEvent(t, "authorizer", test.edit))
			if err != nil || strings.Contains(got, `"protocol":"centrifuge-json"`) != test.want {
				t.Errorf("got policy %s, error %v, want the protocol: %t", got, err, test.want)
			}
		})
	}
	w := newFixture()
	w.withChannels(t)
	got, err := w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
		offer(e)
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
	}))
	if err != nil || !strings.Contains(got, `"Sec-WebSocket-Protocol":"centrifuge-json"`) {
		t.Errorf("got answer %s, error %v", got, err)
	}
	got, err = w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
		setHeader(e, "Sec-WebSocket-Protocol")
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
	}))
	if err != nil || strings.Contains(got, "Sec-WebSocket-Protocol") {
		t.Errorf("got answer %s, error %v, want no subprotocol for a client that offers none", got, err)
	}
	if len(w.table.rows) != 1 || w.table.rows[connectionID].Protocol != "centrifuge-json" {
		t.Errorf("got rows %+v", w.table.rows)
	}
}

// Closing a connection ends its subscriptions.
func TestCentrifugeDisconnect(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.withChannels(t)
	w.send(t, `{"subscribe":{"channel":"room:1"},"id":1}`)
	if _, err := w.invoke(t.Context(), readEvent(t, "disconnect", func(e map[string]any) {
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
	})); err != nil {
		t.Fatal(err)
	}
	if got := w.send(t, `{"presence_stats":{"channel":"room:1"},"id":1}`); !strings.Contains(got, `"num_clients":0`) {
		t.Errorf("got %s after the connection closed", got)
	}
}

// A client that is refused because of its position is not subscribed, whether it was
// subscribed before or not.
func TestCentrifugeUnrecoverableIsNotSubscribed(t *testing.T) {
	const refused = `{"subscribe":{"channel":"room:1","recover":true,"offset":1,"epoch":"x","flag":2},"id":1}`
	for name, before := range map[string]string{"new": `{"ping":{},"id":1}`, "subscribed before": `{"subscribe":{"channel":"room:1"},"id":1}`} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			w.withChannels(t)
			w.send(t, before)
			if got := w.send(t, refused); !strings.Contains(got, `"code":112`) {
				t.Fatalf("got %s, want error 112", got)
			}
			if got := w.send(t, `{"presence_stats":{"channel":"room:1"},"id":1}`); !strings.Contains(got, `"num_clients":0`) {
				t.Errorf("got %s, want no client", got)
			}
		})
	}
}

// A failed task is given out again. A command that fails is an internal error.
func TestCentrifugeFailures(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	q := w.withChannels(t)
	w.send(t, `{"subscribe":{"channel":"room:1"},"id":1}`)
	w.send(t, `{"publish":{"channel":"room:1","data":1},"id":1}`)
	q.all[0].Body = []byte(`{}`)
	got, err := w.invoke(t.Context(), q.event(t))
	if err != nil || !strings.HasPrefix(got, `{"batchItemFailures":[{"itemIdentifier":"m-`) {
		t.Errorf("got %s, error %v of a task that fails", got, err)
	}
	q.err = errors.New("down")
	if got := w.send(t, `{"publish":{"channel":"room:1","data":1},"id":1}`); got != `{"id":1,"error":{"code":100,"message":"internal server error","temporary":true}}` {
		t.Errorf("got %s while the queue is down", got)
	}
	w.logged(t, map[string]any{"outcome": "failed", "code": string(errcode.Unavailable)})
	w.posts.post = func(context.Context, string) error { return handler.ErrGone }
	w.send(t, `{"subscribe":{"channel":"room:1"},"id":1}`)
	if got := w.send(t, `{"presence_stats":{"channel":"room:1"},"id":1}`); !strings.Contains(got, `"num_clients":0`) {
		t.Errorf("got %s after the client was gone", got)
	}
}

// A client that comes back subscribes to all its channels in one frame. The answer can be
// larger than a message of API Gateway, 128 KB.
func TestCentrifugeLargeAnswer(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	q := w.withChannels(t)
	data := json.RawMessage(`"` + strings.Repeat("x", 30_000) + `"`)
	for _, name := range []string{"room:1", "room:2"} {
		w.send(t, `{"id":1,"subscribe":{"channel":"`+name+`"}}`) // the stream begins
		for range 3 {
			if _, err := w.config.Channels.PublishAs(t.Context(), name, data, ""); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.invoke(t.Context(), q.event(t)); err != nil {
			t.Fatal(err)
		}
	}
	history := func(id, name string) string {
		return `{"id":` + id + `,"history":{"channel":"` + name + `","limit":-1}}`
	}
	w.posts.got[connectionID] = nil
	if body := w.send(t, history("1", "room:1")+"\n"+history("2", "room:2")); strings.Count(body, "\n") != 0 {
		t.Errorf("got an answer of %d bytes", len(body))
	}
	got := w.posts.got[connectionID]
	if len(got) != 2 || !strings.HasPrefix(got[0], `{"id":1,"history":`) || !strings.HasPrefix(got[1], `{"id":2,"history":`) {
		t.Errorf("got %d frames, want one for each history", len(got))
	}
	for _, frame := range got {
		if len(frame) > 128<<10 {
			t.Errorf("got a frame of %d bytes", len(frame))
		}
	}
}

// An unsubscribe command that arrives after a later subscribe command does nothing.
func TestCentrifugeLateUnsubscribe(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	w.withChannels(t)
	for _, step := range []struct{ frame, clients string }{
		{`{"id":5,"subscribe":{"channel":"room:1"}}`, "1"},
		{`{"id":4,"unsubscribe":{"channel":"room:1"}}`, "1"},
		{`{"id":6,"unsubscribe":{"channel":"room:1"}}`, "0"},
	} {
		w.send(t, step.frame)
		if got := w.send(t, `{"id":9,"presence_stats":{"channel":"room:1"}}`); !strings.Contains(got, `"num_clients":`+step.clients) {
			t.Errorf("%s: got %s, want %s clients", step.frame, got, step.clients)
		}
	}
}
