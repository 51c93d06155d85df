package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sallyport/lambda/route"
	"sallyport/lambda/trace"
)

// task is the body of a message of the queue. Exactly one field is set beside Traces.
type task struct {
	Publish *publishTask `json:"publish,omitempty"`
	Deliver *deliverTask `json:"deliver,omitempty"`
	Post    *postTask    `json:"post,omitempty"`
	Repair  *repairTask  `json:"repair,omitempty"`
	Job     *jobTask     `json:"job,omitempty"`
	// Traces are the traces of the events that caused the task.
	Traces []string `json:"traces,omitempty"`
}

// publishTask appends a publication to the stream of a channel, and delivers it.
type publishTask struct {
	Channel     string      `json:"channel"`
	Publication Publication `json:"publication"`
}

// deliverTask posts the publications of a stream from First to Last to a shard.
type deliverTask struct {
	Channel string `json:"channel"`
	Epoch   string `json:"epoch"`
	part
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// postTask posts a frame that is not part of a stream to a shard.
type postTask struct {
	Channel string `json:"channel"`
	part
	ID        string `json:"id"`
	Frame     []byte `json:"frame"`
	JoinLeave bool   `json:"joinLeave,omitempty"` // only for subscribers that asked for joins and leaves
	// Member is set if the frame says that a client joined or left.
	Member *memberTask `json:"member,omitempty"`
}

// memberTask is the news that a client joined a channel, or left it. Shard is the shard of the
// client.
type memberTask struct {
	ConnectionID string `json:"connectionId"`
	Shard        int    `json:"shard"`
	Joined       bool   `json:"joined,omitempty"`
}

// part is the shard of a job. The job sends the job for the shard with the number Shard + Step,
// if there is one. So only a few jobs of a publication wait in the queue at the same time, and a
// small channel that publishes later does not wait for all of them.
//
// The jobs of a shard are in the order of the publications, because the jobs that send them are
// in the group of an earlier shard: a worker does them in their order, and stops if it cannot
// send one. After a worker died, the queue can give out several jobs of a group again. If the
// queue has forgotten the jobs that they sent, these follow later ones, and subscribers get some
// publications again. This requires that Step is the same for all publications, or a divisor of
// the earlier Step.
type part struct {
	Shard  int `json:"shard"`
	Shards int `json:"shards,omitempty"`
	Step   int `json:"step,omitempty"` // 0: no job follows
}

// next returns the part of the next job, and whether there is one.
func (p part) next() (part, bool) {
	p.Shard += p.Step
	return p, p.Step > 0 && p.Shard < p.Shards
}

// next returns the job that t sends, and whether there is one.
func (t task) next() (task, bool) {
	switch {
	case t.Deliver != nil:
		d := *t.Deliver
		of, ok := d.next()
		d.part = of
		return task{Deliver: &d}, ok
	case t.Post != nil:
		p := *t.Post
		of, ok := p.next()
		p.part = of
		return task{Post: &p}, ok
	}
	return task{}, false
}

// repairTask makes a subscriber that missed something subscribe again.
type repairTask struct {
	Channel      string `json:"channel"`
	Shard        int    `json:"shard"`
	ConnectionID string `json:"connectionId"`
	Token        string `json:"token"`
	ID           string `json:"id"` // another one for each repair of a subscription
}

// jobTask is a Job.
type jobTask struct {
	Group string          `json:"-"`
	ID    string          `json:"id"` // random, so that no job is a duplicate of another one
	Body  json.RawMessage `json:"body"`
}

// message returns the message of a task.
func (t task) message() (Message, error) {
	body, err := route.Encode(t) // not escaped for HTML, which would make markup six times as long
	if err != nil {
		return Message{}, fmt.Errorf("encode task: %w", err)
	}
	m := Message{Body: queueBody(body)}
	switch {
	case t.Publish != nil:
		m.Group, m.ID = hash("channel", t.Publish.Channel), hash("publish", t.Publish.Channel, t.Publish.Publication.ID)
	case t.Deliver != nil:
		d := t.Deliver
		m.Group = hash("shard", d.Channel, strconv.Itoa(d.Shard))
		m.ID = hash("deliver", d.Channel, d.Epoch, strconv.Itoa(d.Shard), strconv.FormatUint(d.First, 10), strconv.FormatUint(d.Last, 10))
	case t.Post != nil:
		m.Group = hash("shard", t.Post.Channel, strconv.Itoa(t.Post.Shard))
		m.ID = hash("post", t.Post.Channel, strconv.Itoa(t.Post.Shard), t.Post.ID)
	case t.Job != nil:
		m.Group, m.ID = hash("job", t.Job.Group), hash("job", t.Job.ID)
	default:
		// Each job has its own group, because a job waits while a subscriber is joining, and the
		// other jobs of the connection must not wait for it.
		m.ID = hash("repair", t.Repair.ID)
		m.Group = m.ID
	}
	return m, nil
}

// queueBody escapes the characters of JSON that SQS rejects or replaces
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
func queueBody(body []byte) []byte {
	return []byte(strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(string(body)))
}

// fanOut sends the jobs for the first shards of a channel. They send the jobs for the others.
func (h *Hub) fanOut(ctx context.Context, shards int, job func(part) task) error {
	tasks := make([]task, min(shards, h.config.Jobs))
	for i := range tasks {
		tasks[i] = job(part{Shard: i, Shards: shards, Step: h.config.Jobs})
	}
	return h.send(ctx, tasks...)
}

// send sends tasks to the queue, with the traces of ctx.
func (h *Hub) send(ctx context.Context, tasks ...task) error {
	messages := make([]Message, 0, len(tasks))
	for _, t := range tasks {
		t.Traces = trace.IDs(ctx)
		m, err := t.message()
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	return h.config.Queue.Send(ctx, messages...)
}
