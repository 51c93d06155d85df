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
	"sallyport/lambda/route"
	"sallyport/test/channels"
)

// tasks is a queue that keeps its messages.
type tasks struct {
	mu  sync.Mutex
	all []channel.Message
	err error
}

func (q *tasks) Send(_ context.Context, messages ...channel.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, messages...)
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

// Each refusal is an error of the protocol. The connection stays open.
func TestCentrifugeRefusals(t *testing.T) {
	tests := map[string]struct {
		change func(*fixture)
		frame  string
		want   string
		code   errcode.Code
	}{
		"no namespace":     {nil, `{"subscribe":{"channel":"other:1"},"id":1}`, `{"id":1,"error":{"code":102,"message":"unknown channel"}}`, errcode.ChannelUnknown},
		"not allowed":      {nil, `{"publish":{"channel":"user:1","data":1},"id":1}`, `{"id":1,"error":{"code":103,"message":"permission denied"}}`, errcode.ChannelDenied},
		"other user":       {nil, `{"subscribe":{"channel":"user:other"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"no history":       {nil, `{"history":{"channel":"live:1"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"no claim":         {nil, `{"subscribe":{"channel":"team:1"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"type":             {nil, `{"subscribe":{"channel":"room:1","type":1},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"sub_refresh":      {nil, `{"sub_refresh":{},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"unknown method":   {nil, `{"rpc":{"method":"shout"},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"fields":           {nil, `{"rpc":{"method":"whoami","data":{"more":1}},"id":1}`, `"code":107,"message":"The field \"more\" is unknown`, errcode.MessageInvalid},
		"no data":          {nil, `{"publish":{"channel":"room:1"},"id":1}`, `"code":107`, errcode.MessageInvalid},
		"large":            {nil, `{"publish":{"channel":"room:1","data":"` + strings.Repeat("x", 33<<10) + `"},"id":1}`, `"code":106`, errcode.MessageTooLarge},
		"position":         {nil, `{"history":{"channel":"room:1","since":{"offset":1,"epoch":"x"}},"id":1}`, `"code":112`, errcode.PositionUnknown},
		"unrecovered":      {nil, `{"subscribe":{"channel":"room:1","recover":true,"offset":1,"epoch":"x","flag":2},"id":1}`, `"code":112`, errcode.PositionUnknown},
		"token of another": {func(w *fixture) { w.verifies("bob", expires, nil) }, `{"refresh":{"token":"x"},"id":1}`, `"code":400,"message":"refresh_other_user: `, errcode.RefreshOtherUser},
		"expired token":    {func(w *fixture) { w.verifies("", time.Time{}, errcode.Refuse(errcode.TokenExpired, "x")) }, `{"refresh":{"token":"x"},"id":1}`, `"code":109`, errcode.TokenExpired},
		"message size":     {func(w *fixture) { w.config.MessageBytes = 10 }, `{"ping":{},"id":7}`, `{"id":7,"error":{"code":106,"message":"The message has 18 bytes.`, errcode.MessageTooLarge},
		"message rate": {func(w *fixture) {
			w.config.MessagesPerMinute = 1
			w.table.counts[connectionID+now.Format(" 15:04")] = 1
		}, `{"ping":{},"id":7}`, `{"id":7,"error":{"code":111`, errcode.TooManyMessages},
		"too many channels": {nil, `{"subscribe":{"channel":"room:1"},"id":1}` + `{"subscribe":{"channel":"room:2"},"id":2}` + `{"subscribe":{"channel":"room:3"},"id":3}` + `{"subscribe":{"channel":"room:4"},"id":4}`, `{"id":4,"error":{"code":106,"message":"You are subscribed`, errcode.TooManyChannels},
		"publications":      {nil, `{"publish":{"channel":"live:1","data":1},"id":1}{"publish":{"channel":"live:1","data":1},"id":2}`, `{"id":2,"error":{"code":111`, errcode.TooManyMessages},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			w.withChannels(t)
			if test.change != nil {
				test.change(w)
			}
			if got := w.send(t, test.frame); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			w.logged(t, map[string]any{"code": string(test.code), "outcome": "refused"})
			if len(w.posts.ended) > 0 {
				t.Error("the connection was ended")
			}
		})
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
	w := newFixture()
	w.withChannels(t)
	got, err := w.invoke(t.Context(), readEvent(t, "connect", func(e map[string]any) {
		object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
	}))
	if err != nil || !strings.Contains(got, `"Sec-WebSocket-Protocol":"centrifuge-json"`) {
		t.Errorf("got answer %s, error %v", got, err)
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

// A backend publishes in a channel. With a key, a repeated command publishes nothing.
func TestPushToChannel(t *testing.T) {
	w := newFixture()
	q := w.withChannels(t)
	push := func(target string) (string, error) {
		return w.invoke(t.Context(), []byte(`{"push":{"target":`+target+`,"message":{"n":1}}}`))
	}
	for target, want := range map[string]string{
		`{"channel":"none:1"}`:                           "channel_unknown: ",
		`{"channel":"room:1","all":true}`:                "several targets",
		`{"key":"k","all":true}`:                         "a key without a channel",
		`{"channel":"room:1","Key":"k"}`:                 `unknown field "Key"`,
		`{"channel":"room:1","issuer":"` + issuer + `"}`: "an issuer without a sub",
	} {
		if got, err := push(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, error %v, want %q", target, got, err, want)
		}
	}
	if _, err := w.invoke(t.Context(), []byte(`{"disconnect":{"target":{"channel":"room:1"},"reason":"x"}}`)); err == nil || !strings.Contains(err.Error(), "the target is a channel") {
		t.Errorf("got error %v of a disconnect, want one about the channel", err)
	}
	if got, err := push(`{"channel":"live:1"}`); err != nil || got != `{"channel":"live:1"}` {
		t.Errorf("got %s, error %v in a channel without history", got, err)
	}
	done := make(chan struct{})
	go func() { // the worker
		defer close(done)
		for len(q.sent()) == 0 {
			time.Sleep(time.Millisecond)
		}
		_, _ = w.invoke(t.Context(), q.event(t))
	}()
	got, err := push(`{"channel":"room:1","key":"k"}`)
	<-done
	if err != nil || !strings.HasPrefix(got, `{"channel":"room:1","offset":1,"epoch":"`) {
		t.Errorf("got %s, error %v, want the position", got, err)
	}
	again, err := push(`{"channel":"room:1","key":"k"}`)
	if err != nil || again != got {
		t.Errorf("got %s, error %v for the same key, want %s", again, err, got)
	}
	w = newFixture()
	if _, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"channel":"room:1"},"message":1}}`)); err == nil || !strings.Contains(err.Error(), "the app has no channels") {
		t.Errorf("got error %v without channels", err)
	}
}

// sent returns the messages that were sent and not yet worked on.
func (q *tasks) sent() []channel.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.all
}

// A route publishes in a channel.
func TestRoutePublishes(t *testing.T) {
	for name, want := range map[string]string{"room:1": "", "none:1": "namespace"} {
		w := newFixture().open("alice", connectionID)
		q := w.withChannels(t)
		table, err := route.NewTable(route.Accept("tell", "publishes", func(ctx context.Context, c route.Caller, _ struct{}) error {
			return c.Publish(ctx, name, map[string]int{"n": 1})
		}))
		if err != nil {
			t.Fatal(err)
		}
		w.config.Routes = table
		_, err = w.invoke(t.Context(), readEvent(t, "message", func(e map[string]any) {
			object(e, "requestContext")["routeKey"], e["body"] = "tell", `{"action":"tell"}`
		}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if sent := q.sent(); want == "" && (len(sent) != 1 || !strings.Contains(string(sent[0].Body), `"data":{"n":1}`)) {
			t.Errorf("%s: got tasks %v", name, sent)
		}
		if want != "" && !strings.Contains(w.log.String(), want) {
			t.Errorf("%s: got log %s, want %s", name, w.log.String(), want)
		}
	}
}
