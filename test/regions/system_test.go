package regions

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/centrifugal/centrifuge-go"
	"github.com/google/uuid"
)

var (
	clients = flag.Int("clients", 4, "number of clients of the region that fails; more than 100 run without the race detector")
	output  = flag.String("report", "", "`file` for the result of TestRegionFails, as JSON")
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
	moving   []*subscriber
	resident *subscriber    // a client of region b
	accepted [2][]string    // by region
	writers  [2]*subscriber // clients that publish and do not move
}

// TestRegionFails stops one of two regions while clients are connected. It checks that all clients
// move to the other region, and that the server reports an incomplete recovery to each. Only
// publications that had not crossed may be missing.
func TestRegionFails(t *testing.T) {
	regions := startRegions(t, *clients > 100)
	var groups []*group
	for first := 0; first < *clients; first += clientsPerChannel {
		groups = append(groups, newGroup(t, regions, first))
	}
	for _, g := range groups {
		for range 10 {
			g.publish(t, 0)
			g.publish(t, 1)
		}
	}
	for _, g := range groups {
		g.awaitDelivery(t)
		g.bridges[0].fail()
		for range 3 { // accepted, but they do not cross
			g.publish(t, 0)
		}
		for _, s := range g.moving {
			s.awaitAll(t, g.accepted[0])
		}
	}
	for _, g := range groups {
		g.bridges[1].fail() // region a no longer receives events
		g.writers[0].client.Close()
	}
	ended := time.Now()
	if err := regions[0].stop(); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, s := range g.moving {
			s.await(t, "the move to the other region", func() bool { return s.historyReads > 0 })
		}
		g.publish(t, 1)
	}
	report(t, groups, ended)
	for _, g := range groups {
		g.check(t)
	}
}

func newGroup(t *testing.T, regions [2]*localRegion, first int) *group {
	t.Helper()
	a, b := regions[0], regions[1]
	g := &group{channel: "chat:" + uuid.NewString()}
	for i := first; i < min(first+clientsPerChannel, *clients); i++ {
		user := fmt.Sprintf("user%d", i/clientsPerUser)
		if _, err := b.credential(t.Context(), user); err != nil { // an app has one issuer for both regions
			t.Fatal(err)
		}
		g.moving = append(g.moving, subscribe(t, user, g.channel, a, b))
	}
	g.resident = subscribe(t, fmt.Sprintf("resident%d", first/clientsPerChannel/clientsPerUser), g.channel, b, a)
	for i, p := range regions {
		g.writers[i] = subscribe(t, fmt.Sprintf("writer%d", first/clientsPerChannel/clientsPerUser), g.channel, p)
	}
	for _, s := range append(slices.Clone(g.moving), g.resident, g.writers[0], g.writers[1]) {
		s.await(t, "the subscription", func() bool { return s.subscriptions > 0 })
	}
	g.bridges = [2]*bridge{startBridge(t, a, b, g.channel, *delay), startBridge(t, b, a, g.channel, *delay)}
	return g
}

// publish publishes a new message in a region.
func (g *group) publish(t *testing.T, region int) {
	t.Helper()
	n := len(g.accepted[0]) + len(g.accepted[1])
	data, _ := json.Marshal(message{n, []string{"a", "b"}[region]}) // always encodes
	if _, err := g.writers[region].sub.Publish(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	g.accepted[region] = append(g.accepted[region], string(data))
}

// awaitDelivery waits until every client of both regions has received all messages.
func (g *group) awaitDelivery(t *testing.T) {
	t.Helper()
	for _, s := range append(slices.Clone(g.moving), g.resident) {
		s.awaitAll(t, slices.Concat(g.accepted[0], g.accepted[1]))
	}
}

// check checks the history of the region that works, and that every client received all of it.
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
	for _, s := range append(slices.Clone(g.moving), g.resident) {
		s.awaitAll(t, history)
		s.mu.Lock()
		if moved := s != g.resident; (s.incompleteRecoveries == 1) != moved || s.incompleteRecoveries > 1 {
			t.Errorf("client of %s: got %d incomplete recoveries, moved %t; want one if it moved, else none", s.user, s.incompleteRecoveries, moved)
		}
		s.mu.Unlock()
	}
}

// lost returns the accepted publications that had not crossed.
func (g *group) lost() []string {
	return slices.DeleteFunc(slices.Clone(g.accepted[0]), func(data string) bool { return g.bridges[0].crossed[data] })
}

// report logs the durations of the moves, and the numbers of lost and repeated publications.
func report(t *testing.T, groups []*group, ended time.Time) {
	t.Helper()
	var times []time.Duration
	accepted, lost, repeated := 0, 0, 0
	for _, g := range groups {
		accepted += len(g.accepted[0]) + len(g.accepted[1])
		lost += len(g.lost())
		for _, s := range g.moving {
			s.mu.Lock()
			times = append(times, s.ready.Sub(ended).Round(10*time.Millisecond))
			for _, n := range s.got {
				repeated += n - 1
			}
			s.mu.Unlock()
		}
	}
	slices.Sort(times)
	if *output != "" {
		text, _ := json.Marshal(map[string]any{ // always encodes
			"clients": len(times), "accepted": accepted, "lost": lost, "repeated": repeated,
			"half": times[len(times)/2].Seconds(), "all": times[len(times)-1].Seconds(),
		})
		if err := os.WriteFile(*output, text, 0o600); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d clients moved: median %v, 95%% in %v, all in %v; %d publications accepted in %d channels, %d lost, %d received again by the clients together",
		len(times), times[len(times)/2], times[len(times)*95/100], times[len(times)-1], accepted, len(groups), lost, repeated)
}
