package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Job is work of another package that goes through the queue.
type Job struct {
	Group string // jobs of a group are done one at a time, in their order
	Body  json.RawMessage
}

// DoJob does a job with a body. It returns the body of another job for the part that it could
// not do, or nil. It returns an error if it did nothing, and the worker repeats the whole job
// then. If last is true, DoJob must give up instead of failing. It must return before ctx ends,
// so that the worker can send the rest: see ReserveTime.
type DoJob func(ctx context.Context, body json.RawMessage, last bool) (rest json.RawMessage, err error)

// SendJobs sends jobs to the queue, in their order. After an error some of them may have
// been sent.
func (h *Hub) SendJobs(ctx context.Context, jobs ...Job) error {
	tasks := make([]task, 0, len(jobs))
	for _, j := range jobs {
		id, err := h.randomID()
		if err != nil {
			return err
		}
		tasks = append(tasks, task{Job: &jobTask{j.Group, id, j.Body}})
	}
	return h.send(ctx, tasks...)
}

// job does a job with do. The rest of the job gets its own group, so that the other jobs of
// the group do not wait for it.
func (h *Hub) job(ctx context.Context, j jobTask, do DoJob, last bool) error {
	rest, err := do(ctx, j.Body, last)
	if err != nil || rest == nil {
		return err
	}
	if err := h.SendJobs(ctx, Job{Group: "rest of " + j.ID, Body: rest}); err != nil {
		return fmt.Errorf("send the rest of a job: %w", err)
	}
	return nil
}

// throttledAttempts is the number of attempts of a request that API Gateway refuses because of its
// rate limit. The waits between them are from 50 ms to 3.2 s, about 6 s in total.
const throttledAttempts = 8

// RetryThrottled calls do. While do returns ErrThrottled, RetryThrottled waits and calls it again.
// It makes up to eight calls in about six seconds. It returns the error of the last call.
func RetryThrottled(ctx context.Context, do func() error) error {
	for wait, n := 50*time.Millisecond, 1; ; wait, n = 2*wait, n+1 {
		err := do()
		if !errors.Is(err, ErrThrottled) || n == throttledAttempts {
			return err
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)): //nolint:gosec // not a secret
		case <-ctx.Done():
			return err
		}
	}
}
