package channels

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sallyport/lambda/channel"
)

// subscribersTest has the shared values and steps of the tests of channel.Subscribers.
type subscribersTest struct {
	channel.Subscribers
	now time.Time
}

// subscriber returns a subscription to a:1 in shard 2 that is Joining.
func (s subscribersTest) subscriber(id, token string) channel.Subscriber {
	return channel.Subscriber{
		Channel: "a:1", ConnectionID: id, Shard: 2, Token: token, UserID: "i#s", User: "u", State: channel.Joining,
		JoinLeave: true, Own: true, JoinUntil: s.now.Add(time.Minute), ExpiresAt: s.now.Add(time.Hour),
	}
}

func (s subscribersTest) join(t *testing.T, id, token string) {
	t.Helper()
	if _, _, err := s.Join(t.Context(), s.subscriber(id, token)); err != nil {
		t.Fatal(err)
	}
}

func (s subscribersTest) breaks(t *testing.T, id, token string) {
	t.Helper()
	if err := s.Break(t.Context(), s.subscriber(id, token)); err != nil {
		t.Fatal(err)
	}
}

// state checks the state of a subscription. "" means that there is none.
func (s subscribersTest) state(t *testing.T, id string, want channel.State) {
	t.Helper()
	got, _, err := s.Get(t.Context(), "a:1", 2, id)
	if err != nil || got.State != want {
		t.Errorf("%s: got state %q, error %v, want %q", id, got.State, err, want)
	}
}

func (s subscribersTest) activate(t *testing.T, id, token string, want bool) {
	t.Helper()
	if got, err := s.Activate(t.Context(), s.subscriber(id, token)); err != nil || got != want {
		t.Errorf("Activate of %s: got %t, error %v, want %t", id, got, err, want)
	}
}

func (s subscribersTest) miss(t *testing.T, id, token string, want channel.Missed) {
	t.Helper()
	if got, err := s.NoteMissed(t.Context(), s.subscriber(id, token)); err != nil || got != want {
		t.Errorf("NoteMissed of %s: got %d, error %v, want %d", id, got, err, want)
	}
}

// TestSubscribers checks that an implementation of channel.Subscribers fulfils its contract.
func TestSubscribers(t *testing.T, implementation channel.Subscribers) {
	s := subscribersTest{implementation, time.Now().Truncate(time.Second)}
	t.Run("activate", func(t *testing.T) {
		s.join(t, "c1", "t1")
		s.miss(t, "c1", "t1", channel.Noted)
		s.miss(t, "c1", "t1", channel.Noted)
		s.activate(t, "c1", "t1", false)
		s.state(t, "c1", channel.Joining)
		s.activate(t, "c1", "t1", true)
		s.activate(t, "c1", "t1", true) // again, after its answer was lost
		s.miss(t, "c1", "t1", channel.IsActive)
		s.miss(t, "c1", "other", channel.Other)
		s.activate(t, "c1", "other", true) // nothing to do
		s.state(t, "c1", channel.Active)
	})
	t.Run("break", func(t *testing.T) {
		s.join(t, "c2", "t1")
		s.miss(t, "c2", "t1", channel.Noted)
		s.breaks(t, "c2", "other")
		s.state(t, "c2", channel.Joining)
		s.breaks(t, "c2", "t1")
		s.activate(t, "c2", "t1", true) // nothing to do
		s.miss(t, "c2", "t1", channel.Other)
		s.state(t, "c2", channel.Broken)
		s.join(t, "c2", "t2")
		s.activate(t, "c2", "t1", true)
		s.state(t, "c2", channel.Joining)
	})
	t.Run("none", func(t *testing.T) {
		s.activate(t, "none", "t1", true)
		s.miss(t, "none", "t1", channel.Other)
		s.breaks(t, "none", "t1")
		s.state(t, "none", "")
	})
	t.Run("end", func(t *testing.T) { testEnd(t, s) })
	t.Run("lists", func(t *testing.T) { testLists(t, s, s.subscriber) })
	t.Run("of connection", func(t *testing.T) { testOfConnection(t, s, s.subscriber) })
	t.Run("count", func(t *testing.T) {
		for i, want := range []int{1, 2, 1} {
			at := s.now.Truncate(time.Minute).Add(time.Duration(i) * 31 * time.Second)
			if got, err := s.Count(t.Context(), "c9", "a", at); err != nil || got != want {
				t.Errorf("%d: got %d, error %v, want %d", i, got, err, want)
			}
		}
		if all, err := s.OfConnection(t.Context(), "c9"); err != nil || len(all) != 0 {
			t.Errorf("got subscriptions %v, error %v: a count is none", all, err)
		}
	})
}

// command makes or ends the subscription of a connection.
type command struct {
	do   string // join, end, or end none
	id   uint32
	want string // the error, or the result
	left int    // subscriptions of the connection
}

func testEnd(t *testing.T, s subscribersTest) {
	t.Helper()
	for name, commands := range map[string][]command{
		"in order":            {{"join", 1, "false", 1}, {"end", 2, "true", 0}, {"join", 3, "false", 1}, {"end", 4, "true", 0}},
		"replaced":            {{"join", 1, "false", 1}, {"join", 2, "true", 1}, {"end", 3, "true", 0}},
		"twice":               {{"join", 1, "false", 1}, {"end", 2, "true", 0}, {"end", 2, "false", 0}},
		"late end":            {{"join", 3, "false", 1}, {"end", 2, "false", 1}, {"join", 4, "true", 1}},
		"late join":           {{"join", 3, "false", 1}, {"join", 2, "late", 1}, {"join", 3, "true", 1}},
		"join after end":      {{"join", 1, "false", 1}, {"end", 4, "true", 0}, {"join", 3, "late", 0}, {"join", 5, "false", 1}},
		"end before join":     {{"end none", 2, "true", 0}, {"join", 1, "late", 0}, {"join", 3, "false", 1}},
		"end none of one":     {{"join", 1, "false", 1}, {"end none", 2, "false", 1}},
		"end none after end":  {{"join", 1, "false", 1}, {"end", 2, "true", 0}, {"end none", 3, "true", 0}, {"join", 2, "late", 0}},
		"older end none":      {{"end none", 3, "true", 0}, {"end none", 2, "false", 0}, {"join", 2, "late", 0}},
		"listed, not written": {{"end", 2, "false", 0}, {"join", 1, "late", 0}},
	} {
		t.Run(name, func(t *testing.T) {
			id := "end " + name
			shard, joined := 2, false
			for i, c := range commands {
				sub := s.subscriber(id, fmt.Sprint("t", i))
				sub.Command = c.id
				var ok bool
				var err error
				switch c.do {
				case "join":
					sub.Shard += i // the connection keeps its first shard
					sub, ok, err = s.Join(t.Context(), sub)
					if err == nil {
						if joined && sub.Shard != shard {
							t.Errorf("%d: got shard %d, want %d", i, sub.Shard, shard)
						}
						shard, joined = sub.Shard, true
					}
				case "end":
					var old channel.Subscriber
					old, ok, err = s.End(t.Context(), id, channel.Subscription{Channel: sub.Channel, Shard: shard}, c.id)
					if ok && (old.User != sub.User || old.ConnectionID != id || old.Channel != sub.Channel || old.Token == "") {
						t.Errorf("%d: got the subscription %+v", i, old)
					}
				case "end none":
					ok, err = s.EndUnlisted(t.Context(), id, sub.Channel, c.id)
				}
				got := fmt.Sprint(ok)
				if errors.Is(err, channel.ErrLate) {
					got, err = "late", nil
				}
				all, listErr := s.OfConnection(t.Context(), id)
				if got != c.want || err != nil || listErr != nil || len(all) != c.left {
					t.Errorf("%d, %s: got %s, errors %v, %v, subscriptions %v, want %s, %d left", i, c.do, got, err, listErr, all, c.want, c.left)
				}
				if _, found, err := s.Get(t.Context(), sub.Channel, shard, id); err != nil || found != (c.left == 1) {
					t.Errorf("%d, %s: got a subscription: %t, error %v, want %t", i, c.do, found, err, c.left == 1)
				}
			}
		})
	}
}

func testLists(t *testing.T, s channel.Subscribers, sub func(id, token string) channel.Subscriber) {
	t.Helper()
	ctx := t.Context()
	var want []string
	joinUntil := sub("", "").JoinUntil.UnixMilli()
	for i := range 60 {
		x := sub(fmt.Sprintf("d%02d", i), "t")
		x.Shard = 5
		if i == 30 { // DynamoDB has not deleted it yet
			x.ExpiresAt = time.Now().Add(-time.Minute)
		} else {
			want = append(want, x.ConnectionID)
		}
		if _, _, err := s.Join(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	all, err := collect(s.InShard(ctx, "a:1", 5))
	var got []string
	for _, x := range all {
		got = append(got, x.ConnectionID)
		if x.User != "u" || x.UserID != "i#s" || !x.JoinLeave || !x.Own || x.Channel != "a:1" || x.Shard != 5 || x.State != channel.Joining || x.Token != "t" || x.JoinUntil.UnixMilli() != joinUntil || x.ExpiresAt.IsZero() {
			t.Errorf("got %+v", x)
		}
	}
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got subscribers %v, error %v", got, err)
	}
	if _, ok, err := s.Get(ctx, "a:1", 5, "d30"); ok || err != nil {
		t.Errorf("got an expired subscription, error %v", err)
	}
}

func testOfConnection(t *testing.T, s channel.Subscribers, sub func(id, token string) channel.Subscriber) {
	t.Helper()
	ctx := t.Context()
	var mine []channel.Subscription
	for i := range 30 {
		x := sub("many", "t")
		x.Channel, x.Shard = fmt.Sprintf("a:%02d", i), i
		mine = append(mine, channel.Subscription{Channel: x.Channel, Shard: i, Token: "t", User: "u"})
		if _, _, err := s.Join(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	of := func() []channel.Subscription {
		all, err := s.OfConnection(ctx, "many")
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(all, func(a, b channel.Subscription) int { return a.Shard - b.Shard })
		return all
	}
	if got := of(); !slices.Equal(got, mine) {
		t.Errorf("got %v, want %v", got, mine)
	}
	if err := s.Remove(ctx, "many", mine[1:]); err != nil {
		t.Fatal(err)
	}
	if got := of(); !slices.Equal(got, mine) {
		t.Errorf("got %v after removal, want %v until they are forgotten", got, mine)
	}
	if err := s.Forget(ctx, "many", mine[1:]); err != nil {
		t.Fatal(err)
	}
	if got := of(); !slices.Equal(got, mine[:1]) {
		t.Errorf("got %v, want %v", got, mine[:1])
	}
	if _, ok, err := s.Get(ctx, "a:07", 7, "many"); ok || err != nil {
		t.Errorf("got a removed subscription, error %v", err)
	}
}
