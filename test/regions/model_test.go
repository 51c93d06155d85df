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

// model is two regions and what crosses between them.
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

// step does one random thing.
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

// connect connects a client to one of the regions that work. It prefers none, so that clients
// also move without a failure.
func (m *model) connect(c *client) {
	r := m.regions[1]
	if !m.down && m.rng.IntN(4) > 0 {
		r = m.regions[0]
	}
	c.connect(m.t, r)
}

// put puts the publications that a region itself accepted on its bus.
func (m *model) put(r *region) {
	h := r.history(m.t)
	for _, p := range h.Publications {
		if e := (event{message: decode(p), key: fmt.Sprintf("%s/%s/%d", r.name, h.Epoch, p.Offset)}); e.message.Region == r.name && !m.sent[e.key] {
			m.sent[e.key] = true
			m.events = append(m.events, e)
		}
	}
}

// cross moves a random event: to the bus of the other region, and then to its function. Some
// events come again.
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

// fail ends the first region, and everything that is on its bus or in its queue.
func (m *model) fail() {
	m.down = true
	m.events = slices.DeleteFunc(m.events, func(e event) bool { return e.message.Region == "a" && !e.arrived })
	for _, c := range m.clients {
		if c.region == m.regions[0] {
			c.drop()
		}
	}
}

// settle lets everything arrive.
func (m *model) settle() {
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

// check checks the histories, and that every client has everything that its region has.
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
				m.t.Errorf("client %s was told %d times that publications are missing, and did not get message %d", c.name, c.told, id)
			}
		}
	}
	return lost
}

func keys(set map[int]bool) []int { return slices.Sorted(maps.Keys(set)) }

// TestModel checks that nothing is lost but what had not crossed when a region failed, and
// that no client misses a publication without being told. Half of the runs have no failure.
func TestModel(t *testing.T) {
	var lost, repeated, told, published int
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
			m.settle()
			lost += m.check()
			published += len(m.accepted)
			for _, c := range m.clients {
				repeated += c.repeated
				told += c.told
			}
		})
	}
	t.Logf("%d publications, %d lost, %d repeated at one of 4 clients, %d times told that publications are missing", published, lost, repeated, told)
	if lost == 0 || told == 0 {
		t.Errorf("got %d lost publications and %d incomplete recoveries, want some: the runs prove nothing", lost, told)
	}
}

// TestRecoveryInAnotherRegion checks that a client that moves is always told so, also if the
// other region has everything.
func TestRecoveryInAnotherRegion(t *testing.T) {
	m := newModel(t, 1)
	c := m.clients[0]
	for id := range 3 {
		m.regions[0].publish(t, id)
		m.accepted[id] = "a"
	}
	m.settle()
	c.connect(t, m.regions[1])
	if c.told != 1 || len(c.got) != 3 || c.repeated != 3 {
		t.Errorf("got %d times told, %d messages, %d repeated; want 1, 3, 3", c.told, len(c.got), c.repeated)
	}
	c.connect(t, m.regions[1])
	if c.told != 1 {
		t.Errorf("in the same region: got %d times told, want 1", c.told)
	}
}
