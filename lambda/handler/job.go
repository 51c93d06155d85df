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
	Reason  *string `json:"reason,omitempty"`  // the reason of a disconnect command
	// Slow is true for the rest of a job. Its requests may take as long as other requests of
	// the function.
	Slow bool `json:"slow,omitempty"`
	// To has the IDs of the connections by their Protocol.
	To map[string][]string `json:"to"`
}

// encodeFor returns the JSON of a job like j for these connections, in a random order.
func (j job) encodeFor(all []Connection) (json.RawMessage, error) {
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

// forEachOrQueue calls do for each connection of a list, as forEach does. If the app has a queue,
// j is not nil, and the list has more than maxJob connections, forEachOrQueue calls do for none of
// them. Instead, it sends jobs like j for all of them to the queue.
func (m *Mux) forEachOrQueue(ctx context.Context, list iter.Seq2[Connection, error], j *job, do func(Connection) error) (*tally, error) {
	if j == nil || m.config.Channels == nil {
		return forEach(ctx, list, do)
	}
	next, stop := iter.Pull2(list)
	defer stop()
	first, err := take(ctx, next, maxJob+1)
	if err != nil || len(first) <= maxJob {
		return forEach(ctx, listOf(first, err), do)
	}
	var count tally
	out := jobSender{send: m.config.Channels.SendJobs, job: *j, count: &count, groups: make([][]Connection, m.config.JobGroups)}
	for some := first; len(some) > 0; {
		if err := out.add(ctx, some...); err != nil {
			return &count, err
		}
		if some, err = take(ctx, next, 1); err != nil {
			if sending := out.flush(ctx); sending != nil {
				err = fmt.Errorf("%w, then %w", err, sending)
			}
			return &count, err
		}
	}
	return &count, out.flush(ctx)
}

// take returns the next n connections of a list, or fewer at its end. After an error of the list or
// of the context, it also returns the connections before the error.
func take(ctx context.Context, next func() (Connection, error, bool), n int) ([]Connection, error) {
	var all []Connection
	for len(all) < n {
		c, err, ok := next()
		switch {
		case !ok:
			return all, nil
		case err != nil:
			return all, err
		case ctx.Err() != nil:
			return all, ctx.Err()
		}
		all = append(all, c)
	}
	return all, nil
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

// jobSender sends jobs for connections to the queue. It holds at most maxJob connections of each
// group, and maxJobBatch jobs.
type jobSender struct {
	send   func(context.Context, ...channel.Job) error
	job    job
	count  *tally
	groups [][]Connection // by group
	ready  []channel.Job
	size   int64 // number of connections in ready
}

// add adds connections. It sends the jobs that are complete. All jobs for a connection have the
// same group, so that commands reach it in their order.
func (s *jobSender) add(ctx context.Context, all ...Connection) error {
	for _, c := range all {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(c.ID))
		g := int(sum.Sum32()) % len(s.groups)
		if s.groups[g] = append(s.groups[g], c); len(s.groups[g]) == maxJob {
			if err := s.makeJob(ctx, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeJob makes a job for the connections of a group.
func (s *jobSender) makeJob(ctx context.Context, g int) error {
	body, err := s.job.encodeFor(s.groups[g])
	if err != nil {
		return err
	}
	s.ready = append(s.ready, channel.Job{Group: "connections " + strconv.Itoa(g), Body: body})
	s.size += int64(len(s.groups[g]))
	s.groups[g] = s.groups[g][:0]
	if len(s.ready) == maxJobBatch {
		return s.sendReady(ctx)
	}
	return nil
}

// flush sends jobs for the remaining connections.
func (s *jobSender) flush(ctx context.Context) error {
	for g := range s.groups {
		if len(s.groups[g]) > 0 {
			if err := s.makeJob(ctx, g); err != nil {
				return err
			}
		}
	}
	return s.sendReady(ctx)
}

// sendReady sends the complete jobs.
func (s *jobSender) sendReady(ctx context.Context) error {
	if len(s.ready) == 0 {
		return nil
	}
	if err := s.send(ctx, s.ready...); err != nil {
		return err
	}
	s.count.queued.Add(s.size)
	s.ready, s.size = s.ready[:0], 0
	return nil
}
