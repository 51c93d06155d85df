package channel

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"sallyport/lambda/centrifuge"
)

// Stream is the state of a channel. Its publications have the offsets 1 to Top.
type Stream struct {
	// Epoch is a random text. A stream that was forgotten begins again, with another one.
	Epoch string
	Top   uint64
	// Shards is the number of shards, the parts of the list of subscribers.
	Shards    int
	ExpiresAt time.Time
	// Newest are the last publications up to Top, at most 10, in the order of their offsets.
	Newest []Placed
	// JoinLeave means that a subscriber has asked for joins and leaves. Otherwise the worker
	// posts none, because a job for each shard would cost more than the subscription.
	JoinLeave bool
}

// Placed identifies a publication that has its place in a stream.
type Placed struct {
	ID     string `json:"id"`
	Time   int64  `json:"time"`
	Offset uint64 `json:"offset"`
}

// newestKnown reports whether Newest ends at Top. It does not if an older version of the
// function, which does not write Newest, has raised Top.
func (s Stream) newestKnown() bool {
	return s.Top == 0 || len(s.Newest) > 0 && s.Newest[len(s.Newest)-1].Offset == s.Top
}

// Publication is a message in a channel.
type Publication struct {
	Offset uint64          `json:"-"`
	ID     string          `json:"id"` // the same for each attempt to publish it
	Data   json.RawMessage `json:"data"`
	Client string          `json:"client,omitempty"` // connection of the publisher; empty: a backend
	User   string          `json:"user,omitempty"`   // name of the publisher
	Time   int64           `json:"time"`             // when it was accepted, in Unix milliseconds
}

// Batch is a row of a stream: publications with consecutive offsets, from First on.
type Batch struct {
	First        uint64
	Publications []Publication
	ExpiresAt    time.Time
}

// Streams keeps the streams of the channels. Reads are strongly consistent. It must be safe
// for concurrent use.
type Streams interface {
	// Open returns the stream of a channel. If there is none, or if it has expired before
	// now, Open atomically stores and returns fresh. If less than half of the time of the stream
	// is left, Open sets its ExpiresAt to that of fresh.
	Open(ctx context.Context, channel string, fresh Stream, now time.Time) (Stream, error)
	// Append writes b on the condition that no batch has the same First. Otherwise it returns
	// ErrTaken.
	Append(ctx context.Context, channel, epoch string, b Batch) error
	// Raise sets Top, Newest and ExpiresAt of the stream with the Epoch of s, unless its Top is
	// higher. It returns the stream as it is after that, and ErrEpoch if the channel has
	// another stream now.
	Raise(ctx context.Context, channel string, s Stream) (Stream, error)
	// Batches lists the batches with First from first to last, in ascending order or in
	// descending order.
	Batches(ctx context.Context, channel, epoch string, first, last uint64, descending bool) iter.Seq2[Batch, error]
	// Grow raises Shards of a stream to shards.
	Grow(ctx context.Context, channel string, shards int) error
	// SetJoinLeave sets JoinLeave of a stream.
	SetJoinLeave(ctx context.Context, channel string) error
}

// The errors of Streams.
var (
	ErrTaken = errors.New("another batch has this offset")
	ErrEpoch = errors.New("the stream expired, and another one began")
)

// State is the state of a subscription.
type State string

// The states of a subscription.
const (
	Joining State = "joining" // the reply to the client was not posted yet
	Active  State = "active"
	Broken  State = "broken" // a post failed: a repair job is under way
)

// Subscriber is a connection that has subscribed to a channel.
type Subscriber struct {
	Channel      string
	ConnectionID string
	Shard        int
	Token        string // another one for each subscription
	Command      uint32 // ID of the command that made the subscription
	UserID       string
	User         string // the name
	State        State
	JoinLeave    bool      // the client asked for pushes about joins and leaves
	Own          bool      // the server made the subscription, and the client cannot make it again
	JoinUntil    time.Time // a subscription that is Joining after this time never becomes Active
	ExpiresAt    time.Time
}

// info describes a subscriber to others.
func (s Subscriber) info() centrifuge.ClientInfo {
	return centrifuge.ClientInfo{User: s.User, Client: s.ConnectionID}
}

// subscription returns the entry of a subscriber in the list of its connection.
func (s Subscriber) subscription() Subscription {
	return Subscription{s.Channel, s.Shard, s.Token, s.User}
}

// Subscribers keeps the subscriptions. Reads are strongly consistent. Expired subscriptions
// are not returned. It must be safe for concurrent use.
type Subscribers interface {
	// Join writes a subscription that is Joining, in place of an older one, and returns it,
	// and whether there was an older one. A connection keeps the shard of its first
	// subscription to a channel. Join returns ErrLate if the subscription was made or ended
	// by a later command. A failure may leave a subscription that OfConnection lists, and
	// never one that it does not list.
	Join(ctx context.Context, s Subscriber) (Subscriber, bool, error)
	// Activate makes a subscription Active that is Joining. If NoteMissed was called for it,
	// Activate forgets that, leaves the subscription as it is, and returns false. If the
	// subscription is Broken, or not there any more, it does nothing and returns true.
	Activate(ctx context.Context, s Subscriber) (bool, error)
	// NoteMissed notes that a subscription that is Joining missed a publication.
	NoteMissed(ctx context.Context, s Subscriber) (Missed, error)
	// Break makes a subscription Broken. It does nothing if the subscription is not there
	// any more.
	Break(ctx context.Context, s Subscriber) error
	// End ends a subscription that OfConnection lists, unless a later command made it. It
	// returns the subscription, false if there was none. Join returns ErrLate for earlier
	// commands afterwards.
	End(ctx context.Context, connectionID string, s Subscription, command uint32) (Subscriber, bool, error)
	// EndUnlisted makes Join return ErrLate for earlier commands about a channel that
	// OfConnection does not list. It returns false if OfConnection lists the channel now.
	EndUnlisted(ctx context.Context, connectionID, channel string, command uint32) (bool, error)
	// Remove deletes subscriptions of a connection. OfConnection lists them until Forget.
	Remove(ctx context.Context, connectionID string, all []Subscription) error
	// Forget removes subscriptions from the list of OfConnection.
	Forget(ctx context.Context, connectionID string, all []Subscription) error

	// Count counts one more publication of a connection in a namespace, in the minute of
	// now. It returns their number in that minute.
	Count(ctx context.Context, connectionID, namespace string, now time.Time) (int, error)

	// Get returns a subscription. It returns false if there is none.
	Get(ctx context.Context, channel string, shard int, connectionID string) (Subscriber, bool, error)
	// InShard lists the subscribers of a shard.
	InShard(ctx context.Context, channel string, shard int) iter.Seq2[Subscriber, error]
	// OfConnection returns the subscriptions of a connection.
	OfConnection(ctx context.Context, connectionID string) ([]Subscription, error)
}

// ErrLate is the error of Join for a command that arrives after a later one: API Gateway does not
// keep the order of the messages of a connection.
var ErrLate = errors.New("a later command has made or ended the subscription")

// Subscription names a subscription of a connection. Token and User are those of its
// Subscriber.
type Subscription struct {
	Channel     string
	Shard       int
	Token, User string
}

// Missed is the result of NoteMissed.
type Missed int

// The results of NoteMissed.
const (
	Other    Missed = iota // the subscription is Broken, or was replaced or removed
	Noted                  // it is Joining
	IsActive               // nothing was noted
)

// Message is a message of the queue.
type Message struct {
	Group string // messages of a group are delivered in order
	ID    string // messages with the same ID are one message, for five minutes
	Body  []byte
}

// Queue is a FIFO queue. It must be safe for concurrent use.
type Queue interface {
	// Send adds messages. After an error some of them may have been added.
	Send(ctx context.Context, messages ...Message) error
	// Retry makes the queue give messages out again after a time. handles are the handles of
	// their records.
	Retry(ctx context.Context, after time.Duration, handles ...string) error
}

// Poster sends messages to connections, and ends connections. It must be safe for
// concurrent use.
type Poster interface {
	// Post sends a frame. It returns ErrGone if the connection does not exist any more, and
	// ErrThrottled if the rate limit refused the frame.
	Post(ctx context.Context, connectionID string, frame []byte) error
	// Disconnect ends a connection. It returns ErrGone if the connection does not exist any more.
	Disconnect(ctx context.Context, connectionID string) error
}

// The errors of a Poster.
var (
	ErrGone      = errors.New("connection is gone")
	ErrThrottled = errors.New("too many requests")
)
