package handler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A job with the largest message fits into a message of the queue, and the message arrives
// byte for byte.
func TestJobsOfLargeMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		for id, c := range f.table.rows {
			c.Protocol = ""
			f.table.rows[id] = c
		}
		text := `"<` + strings.Repeat("\uffff", (128<<10)/3-3) + `  \u00e9"`
		f.run(t, `{"push":{"target":{"all":true},"message":`+text+`}}`)
		for id := range f.table.rows {
			if got := f.posts.got[id]; len(got) != 1 || got[0] != text {
				t.Fatalf("%s: got %d messages, want one, equal to the sent message", id, len(got))
			}
		}
		if f.largest > 256<<10 {
			t.Errorf("got a message of the queue with %d bytes, want at most 256 KB", f.largest)
		}
	})
}

// A command for a few hundred connections makes few jobs, however many events there can be.
func TestJobsOfManyGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 300)
		f.config.JobGroups = 999
		if got, err := f.mux().Invoke(t.Context(), []byte(pushToAll)); err != nil || !strings.Contains(string(got), `"queued":300`) {
			t.Fatalf("got %s, error %v, want 300 queued", got, err)
		}
		if waiting, _ := f.queue.Counts(); waiting > 32 {
			t.Errorf("got %d jobs, want at most 32", waiting)
		}
	})
}

// The error of a command that could not reach all connections has the counts so far.
func TestJobsOfFailedCommands(t *testing.T) {
	down := errors.New("table is down")
	tests := map[string]struct {
		n      int
		change func(*jobFixture)
		want   string
		posts  int // the number of connections that get the message; negative: unknown
	}{
		"few listed":  {10, func(f *jobFixture) { f.table.listErr = down }, "push: table is down, after 10 sent, 0 gone, 0 failed", 10},
		"many listed": {1300, func(f *jobFixture) { f.table.listErr = down }, "push: table is down, after 0 sent, 0 gone, 0 failed, 1300 queued", 1300},
		"queue down":  {1300, func(f *jobFixture) { f.sendErr = errors.New("queue is down") }, "push: queue is down, after 0 sent, 0 gone, 0 failed", -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newJobFixture(t, test.n)
				test.change(f)
				if _, err := f.mux().Invoke(t.Context(), []byte(pushToAll)); err == nil || err.Error() != test.want {
					t.Errorf("got error %v, want %s", err, test.want)
				}
				f.sendErr = nil
				f.run(t)
				if got := len(f.posts.got); test.posts >= 0 && got != test.posts {
					t.Errorf("got posts to %d connections, want %d", got, test.posts)
				}
			})
		})
	}
}

func TestJobsOutOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		f.table.listed = func(id string) {
			if id == "c1200" {
				time.Sleep(time.Minute)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := f.mux().Invoke(ctx, []byte(pushToAll))
		want := "push: time ran out after 0 sent, 0 gone, 0 failed, 1200 queued, and the others were not reached (context deadline exceeded): raise the setting timeout"
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
	})
}

// During an outage that does not end, jobs fail, and the log has a line for each connection.
func TestJobsGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		calls := 0
		f.fate = func(context.Context, string) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			calls++
			return errors.New("no route to host")
		}
		f.run(t, pushToAll)
		// The queue gives out the later jobs of a group together with the first one, so they may
		// have one attempt, at the end.
		if calls < 10*3*250+550 || calls > 10*1300 {
			t.Errorf("got %d posts, want ten to each connection of the first job of each group, and one to ten to the others", calls)
		}
		log := f.log.String()
		if got := strings.Count(log, `"error":"no route to host","message":"connection not reached by a job of the queue"`); got != 1300 {
			t.Errorf("got %d lines in the log, want 1300", got)
		}
		if !strings.Contains(log, `"sentFailed":`) {
			t.Error("got no line with sentFailed in the log, want one for an event of the queue")
		}
	})
}

// A client that does not read gets more time in a job of its own, and then fails. The others do
// not wait for it.
func TestJobsOfStuckConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		calls := 0
		f.fate = func(ctx context.Context, id string) error {
			f.mu.Lock()
			calls++
			f.mu.Unlock()
			if fateOf(id) == "stuck" {
				return stuck(ctx)
			}
			return nil
		}
		f.run(t, pushToAll)
		if calls != 1313 || len(f.posts.got) != 1287 {
			t.Errorf("got %d posts, %d successful, want 1313, 1287", calls, len(f.posts.got))
		}
		for _, line := range f.lines(t) {
			if took, ok := line["durationMs"].(float64); ok && line["sent"] != nil && took > 2500 {
				t.Errorf("got %v ms for an event with other connections, want at most 2500: %v", took, line)
			}
		}
	})
}

// If every post takes long, each connection gets one more post, and not ten.
func TestJobsOfSlowGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 1300)
		calls := 0
		f.fate = func(ctx context.Context, _ string) error {
			f.mu.Lock()
			calls++
			f.mu.Unlock()
			select {
			case <-time.After(1500 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		f.run(t, pushToAll)
		if len(f.posts.got) != 1300 || calls > 3*1300 {
			t.Errorf("got %d posts, %d connections reached, want all 1300, and at most three posts each", calls, len(f.posts.got))
		}
	})
}

// A client cannot cause jobs. The function ends the client's own connections at once.
func TestClientsCauseNoJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newJobFixture(t, 300)
		got, err := f.invoke(t.Context(), readEvent(t, "http_sign_out", nil))
		if err != nil || !strings.Contains(got, `\"disconnected\":300`) {
			t.Errorf("got %s, error %v, want 300 disconnected", got, err)
		}
		if waiting, _ := f.queue.Counts(); waiting != 0 {
			t.Errorf("got %d messages of the queue, want none", waiting)
		}
	})
}
