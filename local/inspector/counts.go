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
	// maxCounts is the number of counts of ten minutes. The inspector keeps no more.
	maxCounts = 300
)

// connectionCount is the number of open connections, and of their users, at one time.
type connectionCount struct {
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
func countOf(now time.Time, connections []Connection) connectionCount {
	users := map[string]bool{}
	for _, c := range connections {
		users[c.User] = true
	}
	return connectionCount{At: now.UnixMilli(), Connections: len(connections), Users: len(users)}
}

// keepCount keeps a count, and removes the oldest ones beyond maxCounts.
func (i *Inspector) keepCount(c connectionCount) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts = append(i.counts, c)
	if len(i.counts) > maxCounts {
		i.counts = slices.Delete(i.counts, 0, len(i.counts)-maxCounts)
	}
}

func (i *Inspector) serveCounts(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	counts := append([]connectionCount{}, i.counts...) // never null
	i.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"every": countTime.Milliseconds(), "counts": counts})
}
