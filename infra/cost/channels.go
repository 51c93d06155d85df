package cost

import (
	"math"
	"time"
)

// channelUsage is the monthly usage of channels.
type channelUsage struct {
	on                               bool // the app has namespaces
	subscribed, published, delivered float64
	events, seconds                  float64 // of the function
	writes, reads                    float64 // units of the table
	requests                         float64 // of the queue
	alarms                           float64
}

// The costs of the steps of package channel.
const (
	overhead      = 250  // bytes of a row or a publication, in addition to the data
	deliveredRows = 10   // rows that a worker reads to deliver a publication to a shard
	writeBytes    = 1024 // of a write unit
	readBytes     = 4096 // of a read unit
	joinWrites    = 5    // to subscribe: two rows and their state; later to delete them
	joinReads     = 5    // to subscribe and leave: the stream, and the rows of the connection
	appendSeconds = 0.030
	postSeconds   = 0.015 / 32 // 32 posts at the same time
	shardSize     = 250        // subscribers

	// Lambda polls the queue with at least five pollers, for 20 seconds each. AWS documents this
	// for standard queues
	// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
	pollers = 5
	poll    = 20 * time.Second
)

// channels returns the usage of channels. It assumes that a publication waits for no other
// one, so that each is an event of its own. A busy channel costs less: up to ten
// publications share an event, a row and the requests to the queue.
func (u Usage) channels(connects float64) channelUsage {
	if u.Channels <= 0 {
		return channelUsage{}
	}
	row := float64(u.Bytes) + overhead
	c := channelUsage{on: true, subscribed: connects * u.Channels, published: u.Users * u.Published * daysOfMonth, alarms: channelAlarms}
	c.delivered = c.published * u.Subscribers
	// A large channel has a message of the queue for each shard.
	var shards float64
	if u.Subscribers > shardSize {
		shards = math.Ceil(u.Subscribers / shardSize)
	}
	listed := max(1, shards, math.Ceil(u.Subscribers*overhead/readBytes))
	shown := shards * units(deliveredRows*row, readBytes)
	c.events = c.subscribed + c.published*(2+shards)
	c.seconds = c.subscribed*connectSeconds + c.published*(messageSeconds+appendSeconds) + c.delivered*postSeconds
	c.writes = c.subscribed*joinWrites + c.published*(units(row, writeBytes)+1)
	c.reads = c.subscribed*joinReads + c.published*(1+shown+listed)
	c.requests = c.published*(3+2*shards+math.Ceil(shards/10)) + pollers*daysOfMonth*24*time.Hour.Seconds()/poll.Seconds()
	return c
}

// units returns the number of units that a number of bytes needs. unit is the bytes of a unit.
func units(bytes, unit float64) float64 { return math.Ceil(bytes / unit) }
