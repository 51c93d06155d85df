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
var runs = flag.Uint64("runs", 100, "number of runs of the model for each kind of failure, each with its own seed")

// event is a publication that crosses. It is on the bus of its own region, and then on the
// bus of the other one.
type event struct {
	message   message
	key       string // region, epoch and offset
	arrived   bool   // it is on the bus of the other region
	delivered bool   // the function of the other region got it
}

// model is two regions and the publications that cross between them.
type model struct {
	t       *testing.T
	rng     *rand.Rand
	regions [2]*region
	down    bool // the first region has failed
	clients []*client
	events  []event
	waiting []event         // on the bus of the first region while it is down
	sent    map[string]bool // keys of the events that were put on a bus

	number   int
	accepted map[int]string // the region that accepted each message
	crossed  map[int]bool   // messages that reached the bus of the other region, and did not expire there
	expired  map[int]bool   // messages of events that EventBridge no longer retries
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), sent: map[string]bool{},
		accepted: map[int]string{}, crossed: map[int]bool{}, expired: map[int]bool{},
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
	to := m.target(*e)
	if m.down && to == m.regions[0] {
		return // EventBridge repeats the attempt
	}
	if !e.arrived {
		e.arrived = true
		m.crossed[e.message.ID] = true
		return
	}
	to.receive(m.t, *e)
	e.delivered = true
	if m.rng.IntN(5) > 0 {
		m.events = slices.Delete(m.events, i, i+1)
	}
}

// target returns the region to which an event crosses.
func (m *model) target(e event) *region {
	if e.message.Region == "a" {
		return m.regions[1]
	}
	return m.regions[0]
}

// fail stops the first region: its tables, its queue and its bus.
func (m *model) fail() {
	m.down = true
	stopped := func(e event) bool { return e.message.Region == "a" && !e.arrived }
	for _, e := range m.events {
		if stopped(e) {
			m.waiting = append(m.waiting, e)
		}
	}
	m.events = slices.DeleteFunc(m.events, stopped)
	for _, c := range m.clients {
		if c.region == m.regions[0] {
			c.drop()
		}
	}
}

// comeBack starts the first region again, with its tables, its queue and its bus. The queues have
// forgotten the message IDs, because SQS keeps them for five minutes. late: the outage was longer
// than the 24 hours for which EventBridge retries. The events that waited are lost.
func (m *model) comeBack(late bool) {
	m.down = false
	for _, r := range m.regions {
		r.queue.forget()
	}
	if late {
		m.put(m.regions[1])
		m.events = slices.DeleteFunc(m.events, func(e event) bool {
			if m.target(e) == m.regions[0] {
				m.waiting = append(m.waiting, e)
				return true
			}
			return false
		})
		for _, e := range m.waiting {
			if !e.delivered {
				m.expired[e.message.ID] = true
				delete(m.crossed, e.message.ID)
			}
		}
		m.waiting = nil
	}
	m.events, m.waiting = append(m.events, m.waiting...), nil
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
			if to := m.target(e); !m.down || to == m.regions[1] {
				m.crossed[e.message.ID] = true
				to.receive(m.t, e)
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

// inHistory returns the number of times that a region's channel has each message.
func (m *model) inHistory(r *region) map[int]int {
	found := map[int]int{}
	for i, p := range r.history(m.t).Publications {
		if p.Offset != uint64(i)+1 {
			m.t.Errorf("region %s: got offset %d, want %d", r.name, p.Offset, i+1)
		}
		found[decode(p).ID]++
	}
	return found
}

// result has the numbers of publications of runs.
type result struct {
	accepted   int
	lost       int // missing in the region that did not accept them
	twice      int // more than once in the history of a region
	repeated   int // received again by one of the clients
	incomplete int // incomplete recoveries
}

func (r *result) add(other result) {
	r.accepted += other.accepted
	r.lost += other.lost
	r.twice += other.twice
	r.repeated += other.repeated
	r.incomplete += other.incomplete
}

// check checks that the history of each region has all messages of this region, and all that
// crossed. It also checks that each client received all messages of its region.
func (m *model) check() (got result) {
	got.accepted = len(m.accepted)
	for id, region := range m.accepted {
		if !m.crossed[id] && (region == "a" || !m.down) {
			got.lost++
			m.mustBeLost(id)
		}
	}
	histories := map[*region]map[int]int{}
	for i, r := range m.regions {
		if i == 0 && m.down {
			continue
		}
		want, found := map[int]bool{}, m.inHistory(r)
		for id, region := range m.accepted {
			if region == r.name || m.crossed[id] {
				want[id] = true
			}
		}
		if !slices.Equal(keys(found), keys(want)) {
			m.t.Errorf("region %s: got the messages %v, want %v", r.name, keys(found), keys(want))
		}
		for _, n := range found {
			got.twice += n - 1
		}
		histories[r] = found
	}
	for _, c := range m.clients {
		for id := range histories[c.region] {
			if c.got[id] == 0 {
				m.t.Errorf("client %s with %d incomplete recoveries: got no message %d", c.name, c.incompleteRecoveries, id)
			}
		}
		got.repeated += c.repeated
		got.incomplete += c.incompleteRecoveries
	}
	return got
}

// mustBeLost fails the test unless a message that did not cross could not cross.
func (m *model) mustBeLost(id int) {
	if !m.down && !m.expired[id] {
		m.t.Errorf("message %d of region %s did not cross, and its event did not expire", id, m.accepted[id])
	}
}

func keys[V any](set map[int]V) []int { return slices.Sorted(maps.Keys(set)) }

// TestModel checks that a failure loses only publications that had not crossed, and that nothing is
// lost if the region comes back in time. It also checks that no client misses a publication without
// the report of an incomplete recovery. The figures are those of docs/regions-channels.md.
func TestModel(t *testing.T) {
	for _, test := range []struct {
		name                 string
		fails, returns, late bool
		lost, twice          bool // some publications
	}{
		{name: "no failure"},
		{name: "a region fails", fails: true, lost: true},
		{name: "it comes back", fails: true, returns: true, twice: true},
		{name: "it comes back after more than 24 hours", fails: true, returns: true, late: true, lost: true, twice: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sum result
			for seed := range *runs {
				m := newModel(t, seed)
				failure, back := m.rng.IntN(100), 100+m.rng.IntN(50)
				for i := range 200 {
					if test.fails && i == failure {
						m.fail()
					}
					if test.returns && i == back {
						m.comeBack(test.late)
					}
					m.step()
				}
				m.deliverAll()
				sum.add(m.check())
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			t.Logf("in %d runs: %d publications accepted, %d lost, %d twice in a history, %d received again by one of 4 clients, %d incomplete recoveries",
				*runs, sum.accepted, sum.lost, sum.twice, sum.repeated, sum.incomplete)
			if (sum.lost > 0) != test.lost || (sum.twice > 0) != test.twice || sum.incomplete == 0 {
				t.Errorf("got %+v; want lost publications: %t, publications that are twice in a history: %t, and incomplete recoveries", sum, test.lost, test.twice)
			}
		})
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
