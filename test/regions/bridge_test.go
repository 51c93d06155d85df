package regions

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// bridge sends the publications of a channel from one region to another. It replaces the worker
// that puts events on the bus, both buses, and the function that receives the events. It sends the
// publications in order, each one after a delay and twice, because EventBridge may repeat events.
type bridge struct {
	to      *localRegion
	channel string
	delay   time.Duration
	events  chan crossing
	stop    chan struct{}
	stopped sync.WaitGroup

	mu      sync.Mutex // guards crossed
	crossed map[string]bool
}

// crossing is a publication that the bridge has not sent yet.
type crossing struct {
	data, key string
	due       time.Time
}

// startBridge starts a bridge.
func startBridge(t *testing.T, from, to *localRegion, channel string, delay time.Duration) *bridge {
	t.Helper()
	b := &bridge{
		to: to, channel: channel, delay: delay, events: make(chan crossing, 10_000), stop: make(chan struct{}), crossed: map[string]bool{},
	}
	s := subscribe(t, "bridge", channel, from)
	s.sub.OnPublication(func(e centrifuge.PublicationEvent) {
		var m message
		if err := json.Unmarshal(e.Data, &m); err != nil || m.Region != from.name {
			return // the other region accepted it
		}
		b.events <- crossing{string(e.Data), fmt.Sprintf("%s/%d", from.name, e.Offset), time.Now().Add(b.delay)}
	})
	s.await(t, "the subscription of the bridge", func() bool { return s.subscriptions > 0 })
	b.stopped.Go(func() { b.run(t) })
	t.Cleanup(b.fail)
	return b
}

func (b *bridge) run(t *testing.T) {
	t.Helper()
	for {
		var e crossing
		select {
		case <-b.stop:
			return
		case e = <-b.events:
		}
		select {
		case <-b.stop:
			return
		case <-time.After(time.Until(e.due)):
		}
		for range 2 {
			if err := b.to.publishAs(t.Context(), b.channel, e.data, e.key); err != nil {
				t.Errorf("cross to region %s: %v", b.to.name, err)
				return
			}
		}
		b.mu.Lock()
		b.crossed[e.data] = true
		b.mu.Unlock()
	}
}

// fail stops the bridge and drops the publications that it has not sent, as a failure of the region
// does. crossed does not change after it.
func (b *bridge) fail() {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	b.stopped.Wait()
}
