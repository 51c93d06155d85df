package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/local/queue"
)

// bodies receives messages and returns their bodies.
func bodies(t *testing.T, q *queue.Queue, limit int) (got, handles []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	for _, m := range q.Receive(ctx, limit) {
		got, handles = append(got, m.Body), append(handles, m.Handle)
	}
	return got, handles
}

func want(t *testing.T, step string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", step, diff)
	}
}

// A group is given out in order, and not while it has messages in flight.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Config{Visibility: time.Minute})
		for i, group := range []string{"a", "a", "b", "a", "b"} {
			q.Send(group, fmt.Sprint(i), fmt.Sprint(group, i))
		}
		got, handles := bodies(t, q, 2)
		want(t, "first", got, "a0", "a1")
		got, _ = bodies(t, q, 10)
		want(t, "second", got, "b2", "b4")
		got, _ = bodies(t, q, 10)
		want(t, "while all groups have messages in flight", got)
		q.Delete(handles[0])
		got, _ = bodies(t, q, 10)
		want(t, "after one of two was deleted", got)
		q.Delete(handles[1])
		got, handles = bodies(t, q, 10)
		want(t, "after both were deleted", got, "a3")
		time.Sleep(59 * time.Second) // b becomes visible
		got, _ = bodies(t, q, 10)
		want(t, "before the visibility timeout", got)
		if err := q.Hide(handles[0], 0); err != nil {
			t.Error(err)
		}
		got, _ = bodies(t, q, 1)
		want(t, "after it was returned", got, "a3")
		time.Sleep(2 * time.Second)
		got, _ = bodies(t, q, 10)
		want(t, "after the visibility timeout", got, "b2", "b4")
		if err := q.Hide(handles[0], 0); !errors.Is(err, queue.ErrHandle) {
			t.Errorf("got error %v of an old handle, want ErrHandle", err)
		}
	})
}

func TestDeduplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Config{Visibility: time.Minute})
		first := q.Send("a", "id", "1")
		_, handles := bodies(t, q, 10)
		q.Delete(handles[0])
		time.Sleep(5*time.Minute - 2*time.Millisecond)
		if second := q.Send("b", "id", "2"); second != first {
			t.Errorf("got the ID %s of a duplicate, want %s", second, first)
		}
		got, _ := bodies(t, q, 10)
		want(t, "within five minutes", got)
		time.Sleep(2 * time.Millisecond)
		q.Send("b", "id", "3")
		got, _ = bodies(t, q, 10)
		want(t, "after five minutes", got, "3")
	})
}

// Receive returns as soon as there is a message.
func TestReceiveWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Config{Visibility: time.Minute})
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			q.Send("a", "1", "x")
		}()
		if m := q.Receive(t.Context(), 1); len(m) != 1 || time.Since(began) != time.Second {
			t.Errorf("got %v after %s", m, time.Since(began))
		}
		if m := q.Receive(t.Context(), 1); len(m) != 1 || m[0].Receives != 2 || time.Since(began) != 61*time.Second {
			t.Errorf("got %v after %s, want it when it becomes visible", m, time.Since(began))
		}
	})
}

func TestDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := queue.New(queue.Config{Visibility: time.Minute})
		q := queue.New(queue.Config{Visibility: time.Minute, MaxReceives: 2, DeadLetters: dead})
		q.Send("a", "1", "poison")
		q.Send("a", "2", "next")
		for range 2 {
			got, _ := bodies(t, q, 1)
			want(t, "attempt", got, "poison")
			time.Sleep(time.Minute)
		}
		got, _ := bodies(t, q, 1)
		want(t, "after two attempts", got, "next")
		got, _ = bodies(t, dead, 10)
		want(t, "dead letters", got, "poison")
	})
}

// function answers events with answer, and records their bodies.
type function struct {
	answer func(ids []string) (string, error)

	mu     sync.Mutex
	events [][]string
}

func (f *function) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var e struct {
		Records []struct {
			MessageID, Body, EventSource, EventSourceARN, AWSRegion, ReceiptHandle string
			Attributes                                                             map[string]string
		}
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	var ids, all []string
	for _, r := range e.Records {
		if r.EventSource != "aws:sqs" || r.EventSourceARN != "arn" || r.AWSRegion != "r" || r.ReceiptHandle == "" || r.Attributes["MessageGroupId"] == "" {
			return nil, fmt.Errorf("got record %+v", r)
		}
		ids, all = append(ids, r.MessageID), append(all, r.Body+"/"+r.Attributes["ApproximateReceiveCount"])
	}
	f.mu.Lock()
	f.events = append(f.events, all)
	f.mu.Unlock()
	time.Sleep(time.Second)
	answer, err := f.answer(ids)
	return []byte(answer), err
}

func TestMapping(t *testing.T) {
	tests := map[string]struct {
		answer func(ids []string) (string, error)
		want   [][]string // events within 90 seconds
	}{
		"null":  {func([]string) (string, error) { return "null", nil }, [][]string{{"a/1", "b/1", "c/1"}}},
		"empty": {func([]string) (string, error) { return `{"batchItemFailures":[]}`, nil }, [][]string{{"a/1", "b/1", "c/1"}}},
		"one": {func(ids []string) (string, error) {
			return `{"batchItemFailures":[{"itemIdentifier":"` + ids[len(ids)-1] + `"}]}`, nil
		}, [][]string{{"a/1", "b/1", "c/1"}, {"c/2"}}},
		"unknown": {func([]string) (string, error) { return `{"batchItemFailures":[{"itemIdentifier":"x"}]}`, nil }, [][]string{{"a/1", "b/1", "c/1"}, {"a/2", "b/2", "c/2"}}},
		"no id":   {func([]string) (string, error) { return `{"batchItemFailures":[{}]}`, nil }, [][]string{{"a/1", "b/1", "c/1"}, {"a/2", "b/2", "c/2"}}},
		"no JSON": {func([]string) (string, error) { return `oops`, nil }, [][]string{{"a/1", "b/1", "c/1"}, {"a/2", "b/2", "c/2"}}},
		"error":   {func([]string) (string, error) { return "", errors.New("x") }, [][]string{{"a/1", "b/1", "c/1"}, {"a/2", "b/2", "c/2"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := queue.New(queue.Config{Visibility: time.Minute})
				f := &function{answer: test.answer}
				for _, body := range []string{"a", "b", "c"} {
					q.Send("g", body, body)
				}
				stop := queue.Mapping{Queue: q, ARN: "arn", Region: "r", BatchSize: 10, Concurrency: 2, Function: f}.Start()
				time.Sleep(90 * time.Second)
				stop()
				if diff := cmp.Diff(test.want, f.events); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// After a failed event, the rest of the visibility timeout passes faster. A time that the
// function chose passes at normal speed, as does the timeout while the function runs.
func TestMappingScaled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Config{Visibility: time.Minute, Scaled: func(rest time.Duration) time.Duration { return rest / 59 }})
		f := &function{}
		var times []time.Duration
		began := time.Now()
		f.answer = func([]string) (string, error) { // takes a second
			times = append(times, time.Since(began))
			switch len(times) {
			case 1:
				return "", errors.New("killed")
			case 2:
				return `{"batchItemFailures":[{"itemIdentifier":"message-1"}]}`, nil
			case 3:
				if err := q.Hide("handle-4", 30*time.Second); err != nil {
					t.Error(err)
				}
				return "", errors.New("killed")
			case 4:
				time.Sleep(30 * time.Second)
			}
			return "", nil
		}
		q.Send("g", "1", "x")
		stop := queue.Mapping{Queue: q, ARN: "arn", Region: "r", BatchSize: 10, Concurrency: 2, Function: f}.Start()
		time.Sleep(10 * time.Minute)
		stop()
		if diff := cmp.Diff([]time.Duration{1 * time.Second, 3 * time.Second, 5 * time.Second, 36 * time.Second}, times); diff != "" {
			t.Errorf("times of the events (-want +got):\n%s", diff)
		}
	})
}

// Groups are worked on at the same time, up to the concurrency of the mapping.
func TestMappingConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Config{Visibility: time.Minute})
		f := &function{answer: func([]string) (string, error) { return "", nil }}
		stop := queue.Mapping{Queue: q, ARN: "arn", Region: "r", BatchSize: 1, Concurrency: 2, Function: f}.Start()
		for i := range 5 {
			q.Send(fmt.Sprint("g", i), fmt.Sprint(i), "x")
		}
		time.Sleep(10 * time.Millisecond) // the function takes a second
		for _, want := range []int{2, 4, 5} {
			time.Sleep(500 * time.Millisecond)
			f.mu.Lock()
			if got := len(f.events); got != want {
				t.Errorf("got %d events, want %d", got, want)
			}
			f.mu.Unlock()
			time.Sleep(500 * time.Millisecond)
		}
		stop()
	})
}
