package handler_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	protocol "sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
	"sallyport/test/channels"
)

// fill publishes publications of 30 KB each in a channel.
func (w *fixture) fill(t *testing.T, q *tasks, name string, n int) {
	t.Helper()
	for i := range n {
		data := fmt.Sprintf(`"%d %s"`, i+1, strings.Repeat("x", 30_000))
		if _, err := w.config.Channels.PublishAs(t.Context(), name, json.RawMessage(data), ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.invoke(t.Context(), q.event(t)); err != nil {
		t.Fatal(err)
	}
}

// frames sends a frame and returns the frames of the answer.
func (w *fixture) frames(t *testing.T, frame string) []string {
	t.Helper()
	before := len(w.posts.got[connectionID])
	body := w.send(t, frame)
	if posted := w.posts.got[connectionID][before:]; len(posted) > 0 {
		return posted
	}
	return []string{body}
}

// The replies to a frame have a limit for every command that reads. Commands after it get a
// temporary error, after which clients of Centrifugo repeat them.
func TestCentrifugeReplyLimit(t *testing.T) {
	for name, command := range map[string]string{
		"history":   `"history":{"channel":"room:1","limit":-1}`,
		"reverse":   `"history":{"channel":"room:1","limit":3,"reverse":true}`,
		"recovery":  `"subscribe":{"channel":"room:1","recover":true,"offset":0,"epoch":"EPOCH"}`,
		"own":       `"connect":{"subs":{"OWN":{"recover":true,"offset":0,"epoch":"EPOCH"}}}`,
		"no answer": `"ping":{}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			q := w.withOwn(t)
			own := "inbox:" + channel.UserKey(person("alice"))
			w.fill(t, q, "room:1", 3)
			w.fill(t, q, own, 3)
			at := "room:1"
			if name == "own" {
				at = own
			}
			command := strings.NewReplacer("EPOCH", w.epoch(t, at), "OWN", own).Replace(command)
			var frame strings.Builder
			for i := range protocol.MaxCommands {
				fmt.Fprintf(&frame, `{"id":%d,%s}`, i+1, command)
			}
			size, refused, next := 0, 0, 1
			for _, f := range w.frames(t, frame.String()) {
				size += len(f)
				for line := range strings.SplitSeq(f, "\n") {
					if strings.HasPrefix(line, `{"push"`) {
						continue
					}
					if want := fmt.Sprintf(`{"id":%d,`, next); !strings.HasPrefix(line, want) {
						t.Fatalf("got %.80s, want %s", line, want)
					}
					next++
					if strings.Contains(line, `"error":{"code":111,"message":"too many requests","temporary":true}`) {
						refused++
					}
				}
			}
			wantRefused := 97 // three replies of 90 KB
			if name == "no answer" {
				wantRefused = 0
			}
			if next != 101 || size > 400<<10 || refused != wantRefused {
				t.Errorf("got %d replies, %d bytes, %d refused, want 100 replies, at most 400 KB, %d refused", next-1, size, refused, wantRefused)
			}
			if wantRefused > 0 {
				w.logged(t, map[string]any{"code": string(errcode.TooManyMessages), "outcome": "refused"})
			}
			if got := w.send(t, `{"id":1,"presence_stats":{"channel":"room:1"}}`); !strings.Contains(got, `"num_clients"`) {
				t.Errorf("got %s to the next frame, want num_clients", got)
			}
		})
	}
}

// withOwn gives the fixture the namespaces room, and inbox, orders and alerts of the user.
func (w *fixture) withOwn(t *testing.T) *tasks {
	t.Helper()
	all := channel.Everyone
	table, err := channel.NewTable(
		channel.Namespace{Name: "room", Subscribe: all, Publish: all, Presence: all, History: all, HistorySize: 10, HistoryTime: time.Hour},
		channel.Namespace{Name: "inbox", Subscribe: channel.Owner, History: channel.Owner, HistorySize: 10, HistoryTime: time.Hour, Own: true},
		channel.Namespace{Name: "orders", Subscribe: channel.Owner, History: channel.Owner, HistorySize: 10, HistoryTime: time.Hour, Own: true},
		channel.Namespace{Name: "alerts", Subscribe: channel.Owner, History: channel.Owner, HistorySize: 10, HistoryTime: time.Hour, Own: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	q, memory := &tasks{}, channels.NewMemory()
	w.config.Channels = channel.New(channel.Config{Namespaces: table, Streams: memory, Subscribers: memory, Queue: q, Poster: w.posts})
	return q
}

// epoch returns the epoch of a channel.
func (w *fixture) epoch(t *testing.T, name string) string {
	t.Helper()
	var r protocol.Reply
	got := w.send(t, `{"id":1,"history":{"channel":"`+name+`"}}`)
	if err := json.Unmarshal([]byte(got), &r); err != nil || r.History == nil {
		t.Fatalf("got %s, error %v, want a history", got, err)
	}
	return r.History.Epoch
}

// A client that connects again recovers its own channels by the reply to connect, which is one
// message. Publications that do not fit into it follow as pushes.
func TestCentrifugeOwnChannels(t *testing.T) {
	w := newFixture().open("alice", connectionID)
	q := w.withOwn(t)
	key := channel.UserKey(person("alice"))
	positions := map[string]protocol.Subscribe{}
	want := map[string][]uint64{}
	for name, n := range map[string]int{"inbox:" + key: 3, "orders:" + key: 3, "alerts:" + key: 2} {
		w.fill(t, q, name, n)
		positions[name] = protocol.Subscribe{Recover: true, Epoch: w.epoch(t, name)}
		for i := range n {
			want[name] = append(want[name], uint64(i+1))
		}
	}
	subs, err := json.Marshal(positions)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]uint64{}
	for i, frame := range w.frames(t, `{"id":1,"connect":{"subs":`+string(subs)+`}}`) {
		if len(frame) > 128<<10 {
			t.Errorf("got a frame of %d bytes, want at most 128 KB", len(frame))
		}
		for line := range strings.SplitSeq(frame, "\n") {
			var r protocol.Reply
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if i == 0 && (r.Connect == nil || len(r.Connect.Subs) != 3) {
				t.Fatalf("got the first reply %.200s, want that to connect with 3 subscriptions", line)
			}
			if r.Connect == nil {
				got[r.Push.Channel] = append(got[r.Push.Channel], r.Push.Pub.Offset)
				continue
			}
			for name, sub := range r.Connect.Subs {
				if !sub.Recovered || sub.Offset != 0 {
					t.Errorf("%s: got recovered %t, offset %d, want true, 0", name, sub.Recovered, sub.Offset)
				}
				for _, p := range sub.Publications {
					got[name] = append(got[name], p.Offset)
				}
			}
		}
	}
	for name := range want {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s: got offsets %d, want %d", name, got[name], want[name])
		}
	}
	for name := range want { // the subscriptions are active
		before := len(w.posts.got[connectionID])
		w.fill(t, q, name, 1)
		if posted := w.posts.got[connectionID][before:]; len(posted) != 1 || !strings.Contains(posted[0], fmt.Sprintf(`"offset":%d`, len(want[name])+1)) {
			t.Errorf("%s: got %d posts, want that of the next publication", name, len(posted))
		}
	}
}
