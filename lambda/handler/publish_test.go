package handler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
	"sallyport/lambda/route"
)

// A backend publishes in a channel. With a key, a repeated command publishes nothing.
func TestPushToChannel(t *testing.T) { synctest.Test(t, testPushToChannel) }

func testPushToChannel(t *testing.T) {
	w := newFixture()
	q := w.withChannels(t)
	mux := w.mux()
	push := func(target string) (string, error) {
		got, err := mux.Invoke(t.Context(), []byte(`{"push":{"target":`+target+`,"message":{"n":1}}}`))
		return string(got), err
	}
	for target, want := range map[string]string{
		`{"channel":"none:1"}`:                           "channel_unknown: ",
		`{"channel":"room:1","all":true}`:                "several targets",
		`{"key":"k","all":true}`:                         "a key without a channel",
		`{"channel":"room:1","Key":"k"}`:                 `unknown field "Key"`,
		`{"channel":"room:1","issuer":"` + issuer + `"}`: "an issuer without a sub",
		`{"channel":"user","user":"a","sub":"b"}`:        "several targets",
		`{"channel":"user","user":"a","all":true}`:       "several targets",
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
	q.arrived = make(chan struct{}, 2) // two commands
	done := make(chan struct{})
	go func() { // the worker
		defer close(done)
		<-q.arrived
		_, _ = mux.Invoke(t.Context(), q.event(t))
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

// A backend publishes in a user's own channel without the name of the channel.
func TestPushToOwnChannel(t *testing.T) {
	alice, other := person("alice"), person("alice")
	other.Subject = "another"
	own := "user:" + channel.UserKey(alice)
	tests := map[string]struct {
		target    string
		connected []identity.User
		want      string // the channel, or a part of the error
	}{
		"sub":             {`"channel":"user","sub":"sub-alice"`, nil, own},
		"sub and issuer":  {`"channel":"user","sub":"sub-alice","issuer":"` + issuer + `"`, nil, own},
		"name":            {`"channel":"user","user":"alice"`, []identity.User{alice}, own},
		"name twice":      {`"channel":"user","user":"alice"`, []identity.User{alice, alice}, own},
		"not connected":   {`"channel":"user","user":"alice"`, nil, `no user with the name "alice" is connected`},
		"several":         {`"channel":"user","user":"alice"`, []identity.User{alice, other}, `several users have the name "alice": use the sub`},
		"other namespace": {`"channel":"room","user":"alice"`, []identity.User{alice}, `the channel "room" and a user: want the name of a namespace with Own`},
		"a channel":       {`"channel":"user:1","sub":"sub-alice"`, nil, `the channel "user:1" and a user`},
		"no namespace":    {`"channel":"none","sub":"sub-alice"`, nil, `the channel "none" and a user`},
		"unknown issuer":  {`"channel":"user","sub":"sub-alice","issuer":"https://x.example"`, nil, "unknown issuer"},
		"name alone":      {`"channel":"user"`, nil, "channel_unknown: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFixture()
				for i, u := range test.connected {
					w.openAs(u, fmt.Sprint("c", i))
				}
				got, err := w.pushAndWork(t, test.target)
				if test.want == own {
					if want := `{"channel":"` + own + `","offset":1,`; err != nil || !strings.HasPrefix(got, want) {
						t.Errorf("got %s, error %v, want %s", got, err, want)
					}
				} else if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %s, error %v, want %q", got, err, test.want)
				}
			})
		})
	}
}

// pushAndWork pushes to a target while a worker does the task of the queue.
func (w *fixture) pushAndWork(t *testing.T, target string) (string, error) {
	t.Helper()
	q := w.withChannels(t)
	q.arrived = make(chan struct{}, 1)
	mux := w.mux()
	done := make(chan struct{})
	go func() { // the worker
		defer close(done)
		if _, ok := <-q.arrived; ok {
			_, _ = mux.Invoke(t.Context(), q.event(t))
		}
	}()
	got, err := mux.Invoke(t.Context(), []byte(`{"push":{"target":{`+target+`},"message":1}}`))
	close(q.arrived)
	<-done
	return string(got), err
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

// tellAll returns a table with the route tell, which sends the event news to all.
func tellAll(t *testing.T) route.Table {
	t.Helper()
	news := route.Event[struct{}]("news", "sent by tell")
	table, err := route.NewTable(news, route.Accept("tell", "sends news", func(ctx context.Context, c route.Caller, _ struct{}) error {
		_, err := c.ToAll(ctx, news.With(struct{}{}))
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return table
}
