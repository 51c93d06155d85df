package regions

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
	"github.com/google/uuid"
)

var (
	clients = flag.Int("clients", 4, "number of clients of the region that fails; above 100, without the race detector")
	delay   = flag.Duration("delay", 100*time.Millisecond, "time that a publication needs to the other region")
)

const (
	clientsPerUser    = 10 // less than the setting connectionsPerUser
	clientsPerChannel = 50
)

// group is a channel with its clients.
type group struct {
	channel  string
	bridges  [2]*bridge // from a, from b
	movers   []*subscriber
	resident *subscriber    // a client of region b
	accepted [2][]string    // by region
	writers  [2]*subscriber // they publish, and do not move
}

// TestRegionFails ends one of two regions while clients are connected. It checks that all
// clients move to the other region, that each learns that publications may be missing, and
// that only those are missing that had not crossed.
func TestRegionFails(t *testing.T) {
	places := startPlaces(t, *clients > 100)
	var groups []*group
	for first := 0; first < *clients; first += clientsPerChannel {
		groups = append(groups, newGroup(t, places, first))
	}
	for _, g := range groups {
		for range 10 {
			g.publish(t, 0)
			g.publish(t, 1)
		}
	}
	for _, g := range groups {
		g.settle(t)
		g.bridges[0].fail()
		for range 3 { // accepted, and never crosses
			g.publish(t, 0)
		}
		for _, s := range g.movers {
			s.awaitAll(t, g.accepted[0])
		}
	}
	for _, g := range groups {
		g.bridges[1].fail() // nothing receives its events any more
		g.writers[0].client.Close()
	}
	ended := time.Now()
	if err := places[0].stop(); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, s := range g.movers {
			s.await(t, "the move to the other region", func() bool { return s.whole > 0 })
		}
		g.publish(t, 1)
	}
	report(t, groups, ended)
	for _, g := range groups {
		g.check(t)
	}
}

func newGroup(t *testing.T, places [2]*place, first int) *group {
	t.Helper()
	a, b := places[0], places[1]
	g := &group{channel: "chat:" + uuid.NewString()}
	for i := first; i < min(first+clientsPerChannel, *clients); i++ {
		user := fmt.Sprintf("user%d", i/clientsPerUser)
		if _, err := b.credential(t.Context(), user); err != nil { // an app has one issuer for both regions
			t.Fatal(err)
		}
		g.movers = append(g.movers, subscribe(t, user, g.channel, a, b))
	}
	g.resident = subscribe(t, fmt.Sprintf("resident%d", first/clientsPerChannel/clientsPerUser), g.channel, b, a)
	for i, p := range places {
		g.writers[i] = subscribe(t, fmt.Sprintf("writer%d", first/clientsPerChannel/clientsPerUser), g.channel, p)
	}
	for _, s := range append(slices.Clone(g.movers), g.resident, g.writers[0], g.writers[1]) {
		s.await(t, "the subscription", func() bool { return s.joined > 0 })
	}
	g.bridges = [2]*bridge{connectPlaces(t, a, b, g.channel, *delay), connectPlaces(t, b, a, g.channel, *delay)}
	return g
}

// publish publishes in a region.
func (g *group) publish(t *testing.T, region int) {
	t.Helper()
	n := len(g.accepted[0]) + len(g.accepted[1])
	data, _ := json.Marshal(message{n, []string{"a", "b"}[region]}) // always encodes
	if _, err := g.writers[region].sub.Publish(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	g.accepted[region] = append(g.accepted[region], string(data))
}

// settle waits until every client of both regions has everything.
func (g *group) settle(t *testing.T) {
	t.Helper()
	for _, s := range append(slices.Clone(g.movers), g.resident) {
		s.awaitAll(t, slices.Concat(g.accepted[0], g.accepted[1]))
	}
}

// check checks the history of the region that works, and that every client has all of it.
func (g *group) check(t *testing.T) {
	t.Helper()
	g.resident.awaitAll(t, g.accepted[1]) // then they are in the history
	result, err := g.writers[1].sub.History(t.Context(), centrifuge.WithHistoryLimit(-1))
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(g.bridges[0].crossed)
	for _, data := range g.accepted[1] {
		want[data] = true
	}
	var history []string
	for _, p := range result.Publications {
		history = append(history, string(p.Data))
	}
	if got := slices.Sorted(slices.Values(history)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("got the history %v, want once each of %v", got, slices.Sorted(maps.Keys(want)))
	}
	if lost := g.lost(); len(lost) < 3 {
		t.Errorf("got the lost publications %v, want at least the last three", lost)
	}
	for _, s := range append(slices.Clone(g.movers), g.resident) {
		s.awaitAll(t, history)
		s.mu.Lock()
		if moved := s != g.resident; (s.told == 1) != moved || s.told > 1 {
			t.Errorf("client of %s: got %d times told that publications are missing, moved %t; want once if it moved", s.user, s.told, moved)
		}
		s.mu.Unlock()
	}
}

// lost returns the accepted publications that had not crossed.
func (g *group) lost() []string {
	return slices.DeleteFunc(slices.Clone(g.accepted[0]), func(data string) bool { return g.bridges[0].crossed[data] })
}

// report logs how long the clients needed, and what they received again.
func report(t *testing.T, groups []*group, ended time.Time) {
	t.Helper()
	var times []time.Duration
	accepted, lost, repeated := 0, 0, 0
	for _, g := range groups {
		accepted += len(g.accepted[0]) + len(g.accepted[1])
		lost += len(g.lost())
		for _, s := range g.movers {
			s.mu.Lock()
			times = append(times, s.ready.Sub(ended).Round(10*time.Millisecond))
			for _, n := range s.got {
				repeated += n - 1
			}
			s.mu.Unlock()
		}
	}
	slices.Sort(times)
	t.Logf("%d clients moved: median %v, 95%% in %v, all in %v; %d publications accepted in %d channels, %d lost, %d received again by the clients together",
		len(times), times[len(times)/2], times[len(times)*95/100], times[len(times)-1], accepted, len(groups), lost, repeated)
}
