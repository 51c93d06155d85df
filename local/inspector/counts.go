package inspector

import (
	"context"
	"net/http"
	"slices"
	"time"
)

const (
	// countTime is the time between two counts.
	countTime = 2 * time.Second
	// maxCounts is the number of counts that are kept: those of ten minutes.
	maxCounts = 300
)

// census is the number of open connections, and of their users, at a time.
type census struct {
	At          int64 `json:"at"` // Unix milliseconds
	Connections int   `json:"connections"`
	Users       int   `json:"users"`
}

// Count counts the connections every two seconds until ctx ends.
func (i *Inspector) Count(ctx context.Context) {
	ticker := time.NewTicker(countTime)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			i.keepCount(countOf(now, i.config.Connections()))
		case <-ctx.Done():
			return
		}
	}
}

// countOf counts connections and users. Connections whose user is unknown count as one user.
func countOf(now time.Time, connections []Connection) census {
	users := map[string]bool{}
	for _, c := range connections {
		users[c.User] = true
	}
	return census{At: now.UnixMilli(), Connections: len(connections), Users: len(users)}
}

func (i *Inspector) keepCount(c census) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts = append(i.counts, c)
	if len(i.counts) > maxCounts {
		i.counts = slices.Delete(i.counts, 0, len(i.counts)-maxCounts)
	}
}

func (i *Inspector) serveCounts(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	counts := append([]census{}, i.counts...) // never null
	i.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"every": countTime.Milliseconds(), "counts": counts})
}
