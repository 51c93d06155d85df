package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
)

// maxFrame is the size of the largest message that API Gateway sends.
const maxFrame = 128 << 10

func refusedWith(err error, code errcode.Code) bool {
	var refusal *errcode.Refusal
	return errors.As(err, &refusal) && refusal.Code == code
}

func TestHistory(t *testing.T) {
	f := newFixture(t, nil)
	f.publish(t, "room:1", "1", "2")
	f.now = f.now.Add(40 * time.Minute)
	f.publish(t, "room:1", "3", "4", "5")
	epoch := f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"}).Epoch
	since := func(offset uint64) *centrifuge.Position { return &centrifuge.Position{Offset: offset, Epoch: epoch} }
	tests := map[string]struct {
		read  centrifuge.HistoryRead
		later time.Duration
		want  string
		code  errcode.Code
	}{
		"position":           {centrifuge.HistoryRead{}, 0, "", ""},
		"all":                {centrifuge.HistoryRead{Limit: -1}, 0, "1 2 3 4 5", ""},
		"first":              {centrifuge.HistoryRead{Limit: 2}, 0, "1 2", ""},
		"since":              {centrifuge.HistoryRead{Limit: -1, Since: since(3)}, 0, "4 5", ""},
		"since, limit":       {centrifuge.HistoryRead{Limit: 1, Since: since(3)}, 0, "4", ""},
		"since the top":      {centrifuge.HistoryRead{Limit: -1, Since: since(5)}, 0, "", ""},
		"since the future":   {centrifuge.HistoryRead{Limit: -1, Since: since(9)}, 0, "", ""},
		"since the maximum":  {centrifuge.HistoryRead{Limit: -1, Since: since(1<<64 - 1)}, 0, "", ""},
		"newest":             {centrifuge.HistoryRead{Limit: 2, Reverse: true}, 0, "5 4", ""},
		"before":             {centrifuge.HistoryRead{Limit: 2, Reverse: true, Since: since(4)}, 0, "3 2", ""},
		"before the future":  {centrifuge.HistoryRead{Limit: 2, Reverse: true, Since: since(1<<64 - 1)}, 0, "5 4", ""},
		"before the first":   {centrifuge.HistoryRead{Limit: 2, Reverse: true, Since: since(1)}, 0, "", ""},
		"before the start":   {centrifuge.HistoryRead{Limit: 2, Reverse: true, Since: since(0)}, 0, "", errcode.MessageInvalid},
		"other epoch":        {centrifuge.HistoryRead{Limit: 2, Since: &centrifuge.Position{Offset: 1, Epoch: "x"}}, 0, "", errcode.PositionUnknown},
		"no epoch":           {centrifuge.HistoryRead{Limit: 2, Since: &centrifuge.Position{}}, 0, "", errcode.PositionUnknown},
		"some have expired":  {centrifuge.HistoryRead{Limit: -1}, 30 * time.Minute, "3 4 5", ""},
		"newest of the rest": {centrifuge.HistoryRead{Limit: 4, Reverse: true}, 30 * time.Minute, "5 4 3", ""},
		"all have expired":   {centrifuge.HistoryRead{Limit: -1}, 2 * time.Hour, "", ""},
	}
	began := f.now
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f.now = began.Add(test.later)
			test.read.Channel = "room:1"
			got, err := f.History(t.Context(), client("a"), test.read)
			if test.code != "" {
				if !refusedWith(err, test.code) {
					t.Errorf("got error %v, want %s", err, test.code)
				}
				return
			}
			if err != nil || data(got.Publications) != test.want || got.Offset != 5 || got.Epoch != epoch {
				t.Errorf("got %q, position %d of %q, error %v, want %q", data(got.Publications), got.Offset, got.Epoch, err, test.want)
			}
		})
	}
}

// The history has HistorySize publications, even if the table has more.
func TestHistorySize(t *testing.T) {
	f := newFixture(t, nil)
	f.publish(t, "last:1", "1", "2", "3", "4", "5")
	for reverse, want := range map[bool]string{false: "3 4 5", true: "5 4 3"} {
		got, err := f.History(t.Context(), client("a"), centrifuge.HistoryRead{Channel: "last:1", Limit: -1, Reverse: reverse})
		if err != nil || data(got.Publications) != want {
			t.Errorf("got %q, error %v, want %q", data(got.Publications), err, want)
		}
	}
}

// A client receives the publications since its position, or is told that some are missing.
func TestRecover(t *testing.T) {
	f := newFixture(t, nil)
	epoch := f.subscribe(t, "first", centrifuge.Subscribe{Channel: "room:1"}).Epoch
	f.subscribe(t, "first", centrifuge.Subscribe{Channel: "last:1"})
	f.publish(t, "room:1", "1", "2", "3")
	f.publish(t, "last:1", "1", "2", "3")
	f.publish(t, "room:large", `"`+strings.Repeat("x", 32000)+`"`, `"`+strings.Repeat("x", 32000)+`"`, `"`+strings.Repeat("x", 32000)+`"`, `"`+strings.Repeat("x", 32000)+`"`)
	epochOf := map[string]string{"room:1": epoch, "last:1": f.subscribe(t, "x", centrifuge.Subscribe{Channel: "last:1"}).Epoch, "room:large": f.subscribe(t, "x", centrifuge.Subscribe{Channel: "room:large"}).Epoch}
	tests := map[string]struct {
		channel   string
		position  uint64 // with the epoch of the channel
		epoch     string // another epoch
		recover   bool
		recovered bool
		want      string
		offset    uint64
	}{
		"new":                 {"room:1", 0, "", false, false, "", 3},
		"has all":             {"room:1", 3, "", true, true, "", 3},
		"missed some":         {"room:1", 1, "", true, true, "2 3", 1},
		"other epoch":         {"room:1", 1, "x", true, false, "", 3},
		"future":              {"room:1", 4, "", true, false, "", 3},
		"too large":           {"room:large", 0, "", true, false, "", 4},
		"cache: new":          {"last:1", 0, "", false, false, "3", 2},
		"cache: has all":      {"last:1", 3, "", true, true, "", 3},
		"cache: missed some":  {"last:1", 1, "", true, true, "3", 2},
		"cache: other stream": {"last:1", 3, "x", true, true, "3", 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := centrifuge.Subscribe{Channel: test.channel, Recover: test.recover, Offset: test.position, Epoch: epochOf[test.channel]}
			if test.epoch != "" {
				r.Epoch = test.epoch
			}
			got := f.subscribe(t, name, r)
			if got.Recovered != test.recovered || got.WasRecovering != test.recover || data(got.Publications) != test.want || got.Offset != test.offset {
				t.Errorf("got %+v, want %+v", got, test)
			}
		})
	}
}

// A channel whose namespace has Cache gives nothing to a new subscriber if the newest
// publication has expired.
func TestCacheExpires(t *testing.T) {
	f := newFixture(t, nil)
	f.publish(t, "last:1", "1")
	f.now = f.now.Add(2 * time.Hour)
	if got := f.subscribe(t, "a", centrifuge.Subscribe{Channel: "last:1"}); len(got.Publications) != 0 || got.Offset != 1 {
		t.Errorf("got %+v, want no publication", got)
	}
}

// A reply fits into a message with publishers of any name.
func TestReplyFits(t *testing.T) {
	f := newFixture(t, nil)
	publisher := client("a-connection-id=")
	publisher.User.Name = strings.Repeat("\x01", 256)
	for range 700 {
		if err := f.Publish(t.Context(), publisher, "room:1", json.RawMessage("1")); err != nil {
			t.Fatal(err)
		}
	}
	f.work(t)
	for i := range 500 {
		c := client(fmt.Sprintf("connection-%05d", i))
		c.User.Name = publisher.User.Name
		if _, err := f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: "room:1"}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := f.History(t.Context(), client("a"), centrifuge.HistoryRead{Channel: "room:1", Limit: -1})
	if err != nil || h.Offset != 700 || len(h.Publications) == 0 {
		t.Fatalf("got %d publications, top %d, error %v", len(h.Publications), h.Offset, err)
	}
	if frame, err := centrifuge.Encode(centrifuge.Reply{History: &h}); err != nil || len(frame) > maxFrame {
		t.Errorf("got a history of %d bytes, error %v", len(frame), err)
	}
	if _, err := f.Presence(t.Context(), client("a"), "room:1"); !refusedWith(err, errcode.MessageTooLarge) {
		t.Errorf("got error %v of a presence that is too large", err)
	}
}

func TestPresence(t *testing.T) {
	f := newFixture(t, nil)
	join := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if _, err := f.Subscribe(t.Context(), client(fmt.Sprint(i)), centrifuge.Subscribe{Channel: "room:1"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	join(0, 500)
	got, err := f.Presence(t.Context(), client("0"), "room:1")
	if err != nil || len(got.Presence) != 500 || got.Presence["7"].User != "7" || got.Presence["7"].Client != "7" {
		t.Errorf("got %d clients, error %v, want 500", len(got.Presence), err)
	}
	join(500, 501)
	if _, err := f.Presence(t.Context(), client("0"), "room:1"); !refusedWith(err, errcode.MessageTooLarge) {
		t.Errorf("got error %v of 501 clients", err)
	}
	if n, err := f.PresenceCount(t.Context(), client("0"), "room:1"); err != nil || n.Clients != 501 {
		t.Errorf("got %+v, error %v, want 501 clients", n, err)
	}
	if _, err := f.Presence(t.Context(), client("0"), "live:1"); !refusedWith(err, errcode.ChannelDenied) {
		t.Errorf("got error %v of a namespace without this permission", err)
	}
}

func TestRecheck(t *testing.T) {
	f := newFixture(t, nil)
	c := client("a")
	c.User.Claims = `{"teams":["team:1","team:2"]}`
	for _, name := range []string{"room:1", "team:1", "team:2"} {
		if _, err := f.Subscribe(t.Context(), c, centrifuge.Subscribe{Channel: name}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ claims, lost string }{
		{`{"teams":["team:1","team:2"]}`, "[]"}, {`{"teams":["team:2"]}`, "[team:1]"}, {`{"teams":["team:1","team:2"]}`, "[]"}, {"", "[team:2]"},
	} {
		c.User.Claims = step.claims
		if lost, err := f.Recheck(t.Context(), "a", c.User); err != nil || fmt.Sprint(lost) != step.lost {
			t.Errorf("%s: got %v, error %v, want %s", step.claims, lost, err, step.lost)
		}
	}
	if f.state(t, "team:1", "a") != "" || f.state(t, "team:2", "a") != "" || f.state(t, "room:1", "a") == "" {
		t.Error("got other subscriptions than room:1")
	}
}

// A key is one publication for five minutes, and another one after that.
func TestKey(t *testing.T) {
	f := newFixture(t, nil)
	send := func(data string) string {
		t.Helper()
		id, err := f.PublishAs(t.Context(), "room:1", json.RawMessage(data), "key")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	id := send("1")
	twice := f.records(1)
	for range 2 { // the queue gives the message out again
		if failed := f.Work(t.Context(), twice, nil); len(failed) > 0 {
			t.Fatalf("got failed records %v", failed)
		}
	}
	if at, err := f.Await(t.Context(), "room:1", id); err != nil || at.Offset != 1 || at.Epoch == "" {
		t.Errorf("got position %+v, error %v, want 1", at, err)
	}
	f.now = f.now.Add(6 * time.Minute)
	id = send("2")
	f.work(t)
	if at, err := f.Await(t.Context(), "room:1", id); err != nil || at.Offset != 2 {
		t.Errorf("got position %+v, error %v, want 2", at, err)
	}
	f.now = f.now.Add(6 * time.Minute)
	id = send("3")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if at, err := f.Await(ctx, "room:1", id); err != nil || at.Offset != 0 {
		t.Errorf("got position %+v, error %v of a publication that waits", at, err)
	}
}

// A key works in a channel without history, too: the queue recognises it.
func TestKeyWithoutHistory(t *testing.T) {
	for _, test := range []struct {
		name, key string
		ids       int // the number of IDs of messages of the queue
		posts     int
	}{
		{"no key", "", 0, 2},
		{"key", "key", 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.subscribe(t, "a", centrifuge.Subscribe{Channel: "live:1"})
			before := len(f.posts["a"])
			for range 2 {
				if id, err := f.PublishAs(t.Context(), "live:1", json.RawMessage("1"), test.key); err != nil || id != "" {
					t.Errorf("got ID %q, error %v, want none without a history", id, err)
				}
			}
			ids := map[string]bool{}
			for _, m := range f.messages {
				ids[m.Group+m.ID] = true
			}
			if posts := len(f.posts["a"]) - before; len(ids) != test.ids || posts != test.posts {
				t.Errorf("got messages with %d IDs, %d posts, want %d, %d", len(ids), posts, test.ids, test.posts)
			}
			f.messages = f.messages[:test.ids]
			f.work(t)
			if posts := len(f.posts["a"]) - before; posts != test.posts+test.ids {
				t.Errorf("got %d posts after the work of the queue, want %d", posts, test.posts+test.ids)
			}
		})
	}
}

// SQS refuses or replaces two characters.
func TestCharacters(t *testing.T) {
	f := newFixture(t, nil)
	f.subscribe(t, "a", centrifuge.Subscribe{Channel: "room:1"})
	text := "<&> \u2028 \ufffe \uffff \\"
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Publish(t.Context(), client("p"), "room:1", data); err != nil {
		t.Fatal(err)
	}
	if body := string(f.messages[0].Body); strings.ContainsAny(body, "\ufffe\uffff") {
		t.Errorf("got body %q", body)
	}
	f.work(t)
	var r centrifuge.Reply
	var got string
	if err := json.Unmarshal([]byte(f.posts["a"][1]), &r); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(r.Push.Pub.Data, &got); err != nil || got != text {
		t.Errorf("got %q, error %v, want %q", got, err, text)
	}
}
