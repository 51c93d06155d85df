package handler

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"strconv"

	"sallyport/lambda/channel"
)

const (
	// maxJob is the largest number of connections of a job. A target with more connections
	// goes through the queue, because one event might run out of time.
	maxJob = 250
	// maxJobBatch is the number of jobs that are sent at once, the most that SQS takes.
	maxJobBatch = 10
	// maxJobGroups limits the number of jobs of a command for a few hundred connections: with
	// hundreds of groups, each connection would have its own copy of the message in the queue.
	// 32 events post 20,000 messages a second with a memory of 256 MB.
	maxJobGroups = 32
)

// job is a command for connections that goes through the queue. Exactly one of Message and
// Reason is set. With the largest message, of 128 KB, a job has about 185 KB: the message is in
// base64, so that it arrives byte for byte, and an ID has 16 characters. SQS accepts 1 MB.
type job struct {
	Message []byte  `json:"message,omitempty"` // the message of a push
	Reason  *string `json:"reason,omitempty"`  // the reason of a disconnect order
	// Slow is true for the rest of a job. Its requests may take as long as other requests of
	// the function.
	Slow bool `json:"slow,omitempty"`
	// To has the IDs of the connections by their Protocol.
	To map[string][]string `json:"to"`
}

// to returns a job for these connections, in a random order.
func (j job) to(all []Connection) (json.RawMessage, error) {
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] }) // so that no connection is always the last one
	j.To = map[string][]string{}
	for _, c := range all {
		j.To[c.Protocol] = append(j.To[c.Protocol], c.ID)
	}
	body, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encode job: %w", err)
	}
	return body, nil
}

// connections returns the connections of a job.
func (j job) connections() []Connection {
	var all []Connection
	for protocol, ids := range j.To {
		for _, id := range ids {
			all = append(all, Connection{ID: id, Protocol: protocol})
		}
	}
	return all
}

// reach calls do for the connections of a list, as each does. If j is not nil, the app has a
// queue, and the list has more than maxJob connections, reach instead sends jobs like j for all
// of them to the queue.
func (m *Mux) reach(ctx context.Context, list iter.Seq2[Connection, error], j *job, do func(Connection) error) (*tally, error) {
	if j == nil || m.config.Channels == nil {
		return each(ctx, list, do)
	}
	var count tally
	first := make([]Connection, 0, maxJob+1)
	out := outbox{send: m.config.Channels.SendJobs, job: *j, count: &count, groups: make([][]Connection, m.config.JobGroups)}
	for c, err := range list {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil && len(first) <= maxJob: // no job was sent to the queue
			return each(ctx, listOf(first, err), do)
		case err != nil:
			if sending := out.flush(ctx); sending != nil {
				err = fmt.Errorf("%w, then %w", err, sending)
			}
			return &count, err
		case len(first) <= maxJob:
			if first = append(first, c); len(first) <= maxJob {
				continue
			}
			err = out.add(ctx, first...)
		default:
			err = out.add(ctx, c)
		}
		if err != nil {
			return &count, err
		}
	}
	if len(first) <= maxJob {
		return each(ctx, listOf(first, nil), do)
	}
	return &count, out.flush(ctx)
}

// listOf lists connections, and then the error if it is not nil.
func listOf(all []Connection, err error) iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
		if err != nil {
			yield(Connection{}, err)
		}
	}
}

// outbox collects connections and sends jobs for them. It holds at most maxJob connections of
// each group, and maxJobBatch jobs.
type outbox struct {
	send   func(context.Context, ...channel.Job) error
	job    job
	count  *tally
	groups [][]Connection // by group
	ready  []channel.Job
	size   int64 // number of connections in ready
}

// add adds connections. It sends the jobs that are complete. All jobs for a connection have the
// same group, so that commands reach it in their order.
func (o *outbox) add(ctx context.Context, all ...Connection) error {
	for _, c := range all {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(c.ID))
		g := int(sum.Sum32()) % len(o.groups)
		if o.groups[g] = append(o.groups[g], c); len(o.groups[g]) == maxJob {
			if err := o.close(ctx, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// close makes a job of the connections of a group.
func (o *outbox) close(ctx context.Context, g int) error {
	body, err := o.job.to(o.groups[g])
	if err != nil {
		return err
	}
	o.ready = append(o.ready, channel.Job{Group: "connections " + strconv.Itoa(g), Body: body})
	o.size += int64(len(o.groups[g]))
	o.groups[g] = o.groups[g][:0]
	if len(o.ready) == maxJobBatch {
		return o.sendReady(ctx)
	}
	return nil
}

// flush sends jobs for the remaining connections.
func (o *outbox) flush(ctx context.Context) error {
	for g := range o.groups {
		if len(o.groups[g]) > 0 {
			if err := o.close(ctx, g); err != nil {
				return err
			}
		}
	}
	return o.sendReady(ctx)
}

// sendReady sends the complete jobs.
func (o *outbox) sendReady(ctx context.Context) error {
	if len(o.ready) == 0 {
		return nil
	}
	if err := o.send(ctx, o.ready...); err != nil {
		return err
	}
	o.count.queued.Add(o.size)
	o.ready, o.size = o.ready[:0], 0
	return nil
}
