package quota

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/lambda/channel"
	"sallyport/lambda/pusher"
	"sallyport/local/queue"
	"sallyport/test/channels"
)

// The settings of the stack, and times of AWS that the simulation assumes.
const (
	timeout   = 10 * time.Second // the default of the setting
	tableTime = 5 * time.Millisecond
	queueTime = 10 * time.Millisecond
	pollTime  = 30 * time.Millisecond // until Lambda receives a message
	coldStart = 200 * time.Millisecond
	wholeCPU  = 1769                   // MB
	postCPU   = 200 * time.Microsecond // the processor time of a post in lambda/pusher: SDK, signature and TLS, measured on amd64
)

// function is the Lambda function. It is the Invoker of the mapping.
type function struct {
	account    *account
	memory     int // MB
	table      *channels.Memory
	queue      *queue.Queue
	namespaces channel.Table

	mu     sync.Mutex
	idle   []*channel.Hub
	count  int           // the number of processes
	busy   int           // the number of processes that work
	most   int           // the largest value of busy
	events int           // the number of events
	spent  time.Duration // the billed time
	warned []string

	requests atomic.Int64 // the requests to the queue
	units    atomic.Int64 // the read units of the table
}

// hub returns the Hub of a new process.
func (f *function) hub() *channel.Hub {
	client := &process{account: f.account, cost: postCPU * wholeCPU / time.Duration(min(f.memory, wholeCPU))}
	return channel.New(channel.Config{
		Namespaces: f.namespaces, Streams: slowStreams{f.table, f}, Subscribers: slowSubscribers{f.table, f}, Queue: sender{f},
		Poster: pusher.New(pusher.Config{Endpoint: "https://example.invalid/live", AWS: aws.Config{
			Region: "us-east-1", HTTPClient: client,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}, nil
			}),
		}}),
		Jobs: *jobs,
		Warn: func(_ context.Context, err error, text string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.warned = append(f.warned, text+": "+err.Error())
		},
	})
}

// acquire returns the Hub of an idle process, or of a new one.
func (f *function) acquire() *channel.Hub {
	f.mu.Lock()
	f.events++
	f.busy++
	f.most = max(f.most, f.busy)
	if n := len(f.idle); n > 0 {
		h := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return h
	}
	f.count++
	f.mu.Unlock()
	time.Sleep(coldStart)
	return f.hub()
}

// use is the work of the function.
type use struct {
	events, most int           // the number of events, and of processes that worked at once
	spent        time.Duration // the billed time
	warned       []string
}

// used returns the work of the function up to now.
func (f *function) used() use {
	f.mu.Lock()
	defer f.mu.Unlock()
	return use{f.events, f.most, f.spent, slices.Clone(f.warned)}
}

// Invoke implements queue.Invoker.
func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event struct {
		Records []struct {
			MessageID     string            `json:"messageId"`
			ReceiptHandle string            `json:"receiptHandle"`
			Body          string            `json:"body"`
			Attributes    map[string]string `json:"attributes"`
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	records := make([]channel.Record, 0, len(event.Records))
	for _, r := range event.Records {
		n, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
		if err != nil {
			return nil, err
		}
		records = append(records, channel.Record{ID: r.MessageID, Group: r.Attributes["MessageGroupId"], Body: r.Body, Handle: r.ReceiptHandle, Receives: n})
	}
	f.requests.Add(2) // receive and delete
	time.Sleep(pollTime)
	h := f.acquire()
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type failure struct {
		ID string `json:"itemIdentifier"`
	}
	failed := []failure{}
	for _, id := range h.Work(ctx, records, nil) {
		failed = append(failed, failure{id})
	}
	f.mu.Lock()
	f.idle = append(f.idle, h)
	f.busy--
	f.spent += time.Since(began)
	f.mu.Unlock()
	time.Sleep(queueTime)
	return json.Marshal(map[string]any{"batchItemFailures": failed})
}

// sender is the queue as the function uses it.
type sender struct{ *function }

func (s sender) Send(_ context.Context, messages ...channel.Message) error {
	for i, m := range messages {
		if i%10 == 0 {
			s.requests.Add(1)
			time.Sleep(queueTime)
		}
		s.queue.Send(m.Group, m.ID, string(m.Body))
	}
	return nil
}

func (s sender) Retry(_ context.Context, after time.Duration, handles ...string) error {
	for i, h := range handles {
		if i%10 == 0 {
			s.requests.Add(1)
			time.Sleep(queueTime)
		}
		if err := s.queue.Hide(h, after); err != nil {
			return err
		}
	}
	return nil
}

// slowStreams and slowSubscribers are the table. Their requests take as long as those of
// DynamoDB.
type (
	slowStreams struct {
		channel.Streams
		*function
	}
	slowSubscribers struct {
		channel.Subscribers
		*function
	}
)

func (s slowStreams) Open(ctx context.Context, name string, fresh channel.Stream, now time.Time) (channel.Stream, error) {
	time.Sleep(tableTime)
	s.units.Add(1)
	return s.Streams.Open(ctx, name, fresh, now)
}

func (s slowStreams) Append(ctx context.Context, name, epoch string, b channel.Batch) error {
	time.Sleep(tableTime)
	return s.Streams.Append(ctx, name, epoch, b)
}

func (s slowStreams) Raise(ctx context.Context, name string, raised channel.Stream) (channel.Stream, error) {
	time.Sleep(tableTime)
	return s.Streams.Raise(ctx, name, raised)
}

func (s slowStreams) Batches(ctx context.Context, name, epoch string, first, last uint64, descending bool) iter.Seq2[channel.Batch, error] {
	time.Sleep(tableTime)
	s.units.Add(1)
	return s.Streams.Batches(ctx, name, epoch, first, last, descending)
}

func (s slowSubscribers) InShard(ctx context.Context, name string, shard int) iter.Seq2[channel.Subscriber, error] {
	time.Sleep(2 * tableTime)
	return func(yield func(channel.Subscriber, error) bool) {
		n := 0
		for sub, err := range s.Subscribers.InShard(ctx, name, shard) {
			n++
			if !yield(sub, err) {
				break
			}
		}
		s.units.Add(int64(n/rowsOfUnit + 1))
	}
}

// rowsOfUnit is the number of rows of subscribers that one read unit of 4 KB returns.
const rowsOfUnit = 4096 / 250
