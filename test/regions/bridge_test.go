package regions

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// bridge lets the publications of a channel that one region accepted cross to another region:
// it stands for the worker that puts events on the bus, for both buses, and for the function
// that receives the events. It sends each publication some time after it was delivered, in
// order. It repeats each one, as EventBridge may.
type bridge struct {
	to      *place
	channel string
	delay   time.Duration
	events  chan crossing
	halt    chan struct{}
	halted  sync.WaitGroup

	mu      sync.Mutex // guards crossed
	crossed map[string]bool
}

// crossing is a publication on its way.
type crossing struct {
	data, key string
	due       time.Time
}

// connectPlaces starts a bridge.
func connectPlaces(t *testing.T, from, to *place, channel string, delay time.Duration) *bridge {
	t.Helper()
	b := &bridge{
		to: to, channel: channel, delay: delay, events: make(chan crossing, 10_000), halt: make(chan struct{}), crossed: map[string]bool{},
	}
	s := subscribe(t, "bridge", channel, from)
	s.sub.OnPublication(func(e centrifuge.PublicationEvent) {
		var m message
		if err := json.Unmarshal(e.Data, &m); err != nil || m.Region != from.name {
			return // it crossed before
		}
		b.events <- crossing{string(e.Data), fmt.Sprintf("%s/%d", from.name, e.Offset), time.Now().Add(b.delay)}
	})
	s.await(t, "the subscription of the bridge", func() bool { return s.joined > 0 })
	b.halted.Go(func() { b.run(t) })
	t.Cleanup(b.fail)
	return b
}

func (b *bridge) run(t *testing.T) {
	t.Helper()
	for {
		var e crossing
		select {
		case <-b.halt:
			return
		case e = <-b.events:
		}
		select {
		case <-b.halt:
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

// fail drops everything that is on its way, as the failure of the region does. After it,
// crossed does not change.
func (b *bridge) fail() {
	select {
	case <-b.halt:
	default:
		close(b.halt)
	}
	b.halted.Wait()
}
