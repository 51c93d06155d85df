package regions

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"sallyport/test/channels"
)

// runs is the number of runs of the model.
var runs = flag.Uint64("runs", 200, "number of runs of the model, each with its own seed")

// event is a publication that crosses. It is on the bus of its own region, and then on the
// bus of the other one.
type event struct {
	message message
	key     string // region, epoch and offset
	arrived bool   // it is on the bus of the other region
}

// model is two regions and the publications that cross between them.
type model struct {
	t       *testing.T
	rng     *rand.Rand
	regions [2]*region
	down    bool // the first region has failed
	clients []*client
	events  []event
	sent    map[string]bool // keys of the events that were put on a bus

	number   int
	accepted map[int]string // the region that accepted each message
	crossed  map[int]bool   // messages that reached the bus of the other region
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), sent: map[string]bool{},
		accepted: map[int]string{}, crossed: map[int]bool{},
	}
	for i, name := range []string{"a", "b"} {
		memory := channels.NewMemory()
		m.regions[i] = newRegion(t, name, memory, memory)
	}
	for i := range 4 {
		c := &client{name: fmt.Sprintf("c%d-", i), got: map[int]int{}}
		c.connect(t, m.regions[i%2])
		m.clients = append(m.clients, c)
	}
	return m
}

// step runs one random operation.
func (m *model) step() {
	r := m.regions[m.rng.IntN(2)]
	if m.down {
		r = m.regions[1]
	}
	switch n := m.rng.IntN(100); {
	case n < 30:
		m.number++
		r.publish(m.t, m.number)
		m.accepted[m.number] = r.name
	case n < 60:
		r.work(m.t, 1+m.rng.IntN(10), m.rng.IntN(10) == 0)
	case n < 70:
		m.put(r)
	case n < 90:
		m.cross()
	default:
		m.clients[m.rng.IntN(len(m.clients))].drop()
	}
	for _, c := range m.clients {
		if c.region == nil && m.rng.IntN(3) == 0 {
			m.connect(c)
		}
	}
}

// connect connects a client to a random region that works, so that clients also move without a
// failure.
func (m *model) connect(c *client) {
	r := m.regions[1]
	if !m.down && m.rng.IntN(4) > 0 {
		r = m.regions[0]
	}
	c.connect(m.t, r)
}

// put puts the publications that a region accepted on the bus of this region.
func (m *model) put(r *region) {
	h := r.history(m.t)
	for _, p := range h.Publications {
		if e := (event{message: decode(p), key: fmt.Sprintf("%s/%s/%d", r.name, h.Epoch, p.Offset)}); e.message.Region == r.name && !m.sent[e.key] {
			m.sent[e.key] = true
			m.events = append(m.events, e)
		}
	}
}

// cross moves a random event to the bus of the other region, or from there to its function. It
// repeats some events.
func (m *model) cross() {
	if len(m.events) == 0 {
		return
	}
	i := m.rng.IntN(len(m.events))
	e := &m.events[i]
	if !e.arrived {
		e.arrived = true
		m.crossed[e.message.ID] = true
		return
	}
	to := m.regions[0]
	if e.message.Region == to.name {
		to = m.regions[1]
	}
	if m.down && to == m.regions[0] {
		return // it waits on the bus
	}
	to.receive(m.t, *e)
	if m.rng.IntN(5) > 0 {
		m.events = slices.Delete(m.events, i, i+1)
	}
}

// fail stops the first region. The events on its bus and the tasks in its queue are lost.
func (m *model) fail() {
	m.down = true
	m.events = slices.DeleteFunc(m.events, func(e event) bool { return e.message.Region == "a" && !e.arrived })
	for _, c := range m.clients {
		if c.region == m.regions[0] {
			c.drop()
		}
	}
}

// deliverAll delivers all tasks and events.
func (m *model) deliverAll() {
	for range 3 { // a publication that crossed is in the queue of the other region
		for i, r := range m.regions {
			if i == 0 && m.down {
				continue
			}
			for len(r.queue.messages) > 0 {
				r.work(m.t, 10, false)
			}
			m.put(r)
		}
		for _, e := range m.events {
			i := 1
			if e.message.Region == "b" {
				i = 0
			}
			if i == 1 || !m.down {
				m.crossed[e.message.ID] = true
				m.regions[i].receive(m.t, e)
			}
		}
		m.events = nil
	}
	for _, c := range m.clients {
		if c.region == nil {
			m.connect(c)
		}
	}
}

// inHistory returns the messages of a region's channel. Each must be there once.
func (m *model) inHistory(r *region) map[int]bool {
	found := map[int]bool{}
	for i, p := range r.history(m.t).Publications {
		id := decode(p).ID
		if p.Offset != uint64(i)+1 {
			m.t.Errorf("region %s: got offset %d, want %d", r.name, p.Offset, i+1)
		}
		if found[id] {
			m.t.Errorf("region %s: got message %d twice", r.name, id)
		}
		found[id] = true
	}
	return found
}

// check checks the histories, and that every client received all messages of its region. It
// returns the number of messages that the failure lost.
func (m *model) check() (lost int) {
	want := map[int]bool{}
	for id, region := range m.accepted {
		switch {
		case region == "b" || !m.down || m.crossed[id]:
			want[id] = true
		default:
			lost++
		}
	}
	for i, r := range m.regions {
		if i == 0 && m.down {
			continue
		}
		if found := m.inHistory(r); !maps.Equal(found, want) {
			m.t.Errorf("region %s: got the messages %v, want %v", r.name, keys(found), keys(want))
		}
	}
	for _, c := range m.clients {
		for id := range want {
			if c.got[id] == 0 {
				m.t.Errorf("client %s with %d incomplete recoveries: got no message %d", c.name, c.incompleteRecoveries, id)
			}
		}
	}
	return lost
}

func keys(set map[int]bool) []int { return slices.Sorted(maps.Keys(set)) }

// TestModel checks that a failure loses only publications that had not crossed. It also checks
// that no client misses a publication without the report of an incomplete recovery. Half of the
// runs have no failure.
func TestModel(t *testing.T) {
	var lost, repeated, incomplete, published int
	for seed := range *runs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newModel(t, seed)
			failure := 200
			if seed%2 == 1 {
				failure = m.rng.IntN(150)
			}
			for i := range 200 {
				if i == failure {
					m.fail()
				}
				m.step()
			}
			m.deliverAll()
			lost += m.check()
			published += len(m.accepted)
			for _, c := range m.clients {
				repeated += c.repeated
				incomplete += c.incompleteRecoveries
			}
		})
	}
	t.Logf("%d publications, %d lost, %d repeated at one of 4 clients, %d incomplete recoveries", published, lost, repeated, incomplete)
	if lost == 0 || incomplete == 0 {
		t.Errorf("got %d lost publications and %d incomplete recoveries, want some of each, otherwise the runs prove nothing", lost, incomplete)
	}
}

// TestRecoveryInAnotherRegion checks that the recovery of a client that moves is always
// incomplete, also if the other region has all publications.
func TestRecoveryInAnotherRegion(t *testing.T) {
	m := newModel(t, 1)
	c := m.clients[0]
	for id := range 3 {
		m.regions[0].publish(t, id)
		m.accepted[id] = "a"
	}
	m.deliverAll()
	c.connect(t, m.regions[1])
	if c.incompleteRecoveries != 1 || len(c.got) != 3 || c.repeated != 3 {
		t.Errorf("got %d incomplete recoveries, %d messages, %d repeated; want 1, 3, 3", c.incompleteRecoveries, len(c.got), c.repeated)
	}
	c.connect(t, m.regions[1])
	if c.incompleteRecoveries != 1 {
		t.Errorf("in the same region: got %d incomplete recoveries, want 1", c.incompleteRecoveries)
	}
}
