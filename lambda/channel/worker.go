package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"sallyport/lambda/trace"
)

// Record is a message that the queue gives out.
type Record struct {
	ID       string
	Group    string
	Body     string
	Handle   string // identifies the record for Retry
	Receives int    // the number of times that the queue has given the message out, this one included
}

// Traces returns the traces of the events that caused the tasks of records, at most ten.
func Traces(records []Record) []string {
	var all []string
	for _, r := range records {
		var t struct {
			Traces []string `json:"traces"`
		}
		if json.Unmarshal([]byte(r.Body), &t) == nil {
			all = append(all, t.Traces...)
		}
	}
	return trace.IDs(trace.With(context.Background(), all...))
}

// Work does the tasks of records. It does their jobs with do; if do is nil, jobs fail. It
// returns the IDs of the records that the queue must give out again: the failed ones, and the
// later ones of their groups. It works on different groups at the same time.
func (h *Hub) Work(ctx context.Context, records []Record, do DoJob) []string {
	groups := map[string][]Record{}
	for _, r := range records {
		groups[r.Group] = append(groups[r.Group], r)
	}
	var (
		mu     sync.Mutex
		failed []string
		tasks  sync.WaitGroup
	)
	for _, group := range groups {
		tasks.Go(func() {
			rest, after, err := h.workGroup(ctx, group, do)
			if err == nil {
				return
			}
			h.config.Warn(trace.With(ctx, Traces(rest[:min(1, len(rest))])...), err, "task of the queue failed")
			handles := make([]string, 0, len(rest))
			mu.Lock()
			for _, r := range rest {
				failed = append(failed, r.ID)
				handles = append(handles, r.Handle)
			}
			mu.Unlock()
			// Without this, the queue waits for the visibility timeout.
			if err := h.config.Queue.Retry(context.WithoutCancel(ctx), after, handles...); err != nil {
				h.config.Warn(ctx, err, "failed tasks are tried again later than they could")
			}
		})
	}
	tasks.Wait()
	return failed
}

// errTask is the error for a record whose body is not a known task. During a rollback, the queue can have
// tasks of a version that is newer than the function. Such a task waits: the newer version
// does it if it is deployed again. The tasks of the same group wait, too, because the order
// of a channel depends on it, but only for maxOutageAttempts.
var errTask = errors.New("this version of the function does not know the task")

// noTask returns an errTask. Its text has no part of the body, which users wrote.
func noTask(r Record) error {
	return fmt.Errorf("%w: message %s, attempt %d of %d: deploy the version that sent it, or newer; after the last attempt, it is a dead letter", errTask, r.ID, r.Receives, MaxReceives)
}

// workGroup does the tasks of a group in their order. After an error, it returns the
// records that the queue must give out again, and the time after which they should be tried
// again.
func (h *Hub) workGroup(ctx context.Context, group []Record, do DoJob) (failed []Record, after time.Duration, err error) {
	for len(group) > 0 {
		n, wait, taskErr := h.workFirst(ctx, group, do)
		switch {
		case taskErr == nil:
		case errors.Is(taskErr, errTask) && group[0].Receives >= maxOutageAttempts:
			// It is on its way to the dead letters. The queue gives it out together with the
			// others, which would follow it there if they waited for it.
			failed, err = append(failed, group[0]), taskErr
		default:
			return append(failed, group...), wait, taskErr
		}
		group = group[n:]
	}
	return failed, 0, err
}

// workFirst does the first task of a group, together with those that can be done at once
// with it, and returns their number. After an error, the tasks should be tried again after the
// returned time.
func (h *Hub) workFirst(ctx context.Context, group []Record, do DoJob) (n int, after time.Duration, err error) {
	var t task
	r := group[0]
	after = backoff(r.Receives)
	if err := json.Unmarshal([]byte(r.Body), &t); err != nil {
		return 1, after, noTask(r)
	}
	traces := t.Traces
	if t.Publish != nil { // it is done together with others
		traces = Traces(group)
	}
	ctx = trace.With(ctx, traces...)
	if next, ok := t.next(); ok {
		// Before the posts, because the next shard must not wait for failed posts of this one.
		if err := h.send(ctx, next); err != nil {
			return 1, after, err
		}
	}
	switch {
	case t.Publish != nil:
		all, last := firstBatch(group)
		return len(all), after, h.append(ctx, all, last)
	case t.Deliver != nil:
		err = h.deliver(ctx, *t.Deliver, r.Receives >= maxOutageAttempts)
	case t.Post != nil:
		err = h.postShard(ctx, *t.Post)
	case t.Repair != nil:
		after, err = h.repair(ctx, *t.Repair, r.Receives)
	case t.Job != nil && do != nil:
		err = h.job(ctx, *t.Job, do, r.Receives >= maxOutageAttempts)
	default:
		err = noTask(r)
	}
	return 1, after, err
}

// firstBatch returns the publications of the first records that are for one channel, at most a
// batch. last is true if one of them has had maxOutageAttempts.
func firstBatch(group []Record) (all []publishTask, last bool) {
	size := 0
	for _, r := range group {
		var t task
		if json.Unmarshal([]byte(r.Body), &t) != nil || t.Publish == nil {
			break
		}
		size += len(r.Body)
		if len(all) > 0 && (t.Publish.Channel != all[0].Channel || len(all) == maxBatch || size > rowBytes) {
			break
		}
		all, last = append(all, *t.Publish), last || r.Receives >= maxOutageAttempts
	}
	return all, last
}

// rowBytes limits the size of the publications of a row: DynamoDB takes 400 KB.
const rowBytes = 300 << 10

// backoff returns the time to wait before the next attempt of a task that failed n times.
func backoff(n int) time.Duration {
	return min(time.Minute, time.Second<<min(max(n-1, 0), 6))
}
