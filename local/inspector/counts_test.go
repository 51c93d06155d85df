package inspector

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := []Connection{{ID: "1", User: "alice"}, {ID: "2", User: "alice"}, {ID: "3", User: "bob"}}
		var open atomic.Int64
		open.Store(3)
		i := New(Config{Host: host, Connections: func() []Connection { return all[:open.Load()] }})
		f := &fixture{Inspector: i}
		if got := f.ask(t, http.MethodGet, "/inspector/counts", "").Body.String(); got != "{\"counts\":[],\"every\":2000}\n" {
			t.Errorf("at the start: got %s", got)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		began := time.Now()
		go func() {
			defer close(done)
			i.Count(ctx)
		}()
		time.Sleep(countTime + time.Second)
		open.Store(1)
		time.Sleep(countTime)
		want := []connectionCount{
			{At: began.Add(countTime).UnixMilli(), Connections: 3, Users: 2},
			{At: began.Add(2 * countTime).UnixMilli(), Connections: 1, Users: 1},
		}
		if diff := cmp.Diff(want, f.counts(t)); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		time.Sleep(maxCounts * countTime)
		if got := f.counts(t); len(got) != maxCounts || got[0].Connections != 1 {
			t.Errorf("after a long time: got %d counts, the first %+v, want %d, the first with 1 connection", len(got), got[0], maxCounts)
		}
		stop()
		<-done
	})
}

// counts returns the answer to GET /inspector/counts.
func (f *fixture) counts(t *testing.T) []connectionCount {
	t.Helper()
	var answer struct{ Counts []connectionCount }
	if err := json.Unmarshal(f.ask(t, http.MethodGet, "/inspector/counts", "").Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Counts
}
