package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Record is a message that the queue gives out.
type Record struct {
	ID       string
	Group    string
	Body     string
	Handle   string // names the record in Retry
	Receives int    // how often the queue has given the message out, this time included
}

// Work does the tasks of records. It returns the IDs of the records that the queue must
// give out again: the ones that failed, and the later ones of their groups. Different
// groups are done at the same time.
func (h *Hub) Work(ctx context.Context, records []Record) []string {
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
			done, after, err := h.workGroup(ctx, group)
			if err == nil {
				return
			}
			h.config.Warn(err, "task of the queue failed")
			rest := group[done:]
			handles := make([]string, 0, len(rest))
			mu.Lock()
			for _, r := range rest {
				failed = append(failed, r.ID)
				handles = append(handles, r.Handle)
			}
			mu.Unlock()
			// Without this, the queue waits for the visibility timeout.
			if err := h.config.Queue.Retry(context.WithoutCancel(ctx), after, handles...); err != nil {
				h.config.Warn(err, "failed tasks are tried again later than they could")
			}
		})
	}
	tasks.Wait()
	return failed
}

// workGroup does the tasks of a group in their order. It returns the number of tasks that
// are done. After an error, the others should be tried again after a time.
func (h *Hub) workGroup(ctx context.Context, group []Record) (done int, after time.Duration, err error) {
	for done < len(group) {
		var t task
		r := group[done]
		if err := json.Unmarshal([]byte(r.Body), &t); err != nil {
			return done, backoff(r.Receives), fmt.Errorf("decode task: %w", err)
		}
		n, last := 1, r.Receives >= MaxReceives
		after := backoff(r.Receives)
		switch {
		case t.Publish != nil:
			var all []publishTask
			all, last = publications(group[done:])
			n, err = len(all), h.append(ctx, all, last)
		case t.Deliver != nil:
			err = h.deliver(ctx, *t.Deliver, last)
		case t.Post != nil:
			err = h.postShard(ctx, *t.Post)
		case t.Repair != nil:
			after, err = h.repair(ctx, *t.Repair, r.Receives, last)
		default:
			err = fmt.Errorf("task of record %s has no known kind", r.ID)
		}
		if err != nil {
			return done, after, err
		}
		done += n
	}
	return done, 0, nil
}

// publications returns the publications of the first records that are for one channel, at
// most a batch, and whether one of them is given out for the last time.
func publications(group []Record) (all []publishTask, last bool) {
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
		all, last = append(all, *t.Publish), last || r.Receives >= MaxReceives
	}
	return all, last
}

// rowBytes limits the publications of a row: DynamoDB takes 400 KB.
const rowBytes = 300 << 10

// backoff returns the time after which a task is tried again that failed n times.
func backoff(n int) time.Duration {
	return min(time.Minute, time.Second<<min(max(n-1, 0), 6))
}
