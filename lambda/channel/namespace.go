package channel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Namespace declares the channels whose names begin with Name and a colon. The zero value
// of a field is the value that allows least.
type Namespace struct {
	Name string

	// Subscribe, Publish, Presence and History decide whether a user may subscribe, publish,
	// read the list of subscribers, or read the history. Nil: no user may.
	Subscribe, Publish, Presence, History Access

	// HistorySize is the number of publications that are kept. 0: no history, and no
	// recovery. Publications then go directly to the subscribers, and one that cannot be
	// delivered is lost.
	HistorySize int
	// HistoryTime is the time for which publications are kept.
	HistoryTime time.Duration
	// Cache gives each new subscriber the newest publication.
	Cache bool
	// Own subscribes each connection to its user's own channel. Subscribe must be Owner, or
	// allow at least the owner.
	Own bool
	// JoinLeave sends joins and leaves to the subscribers that ask for them.
	JoinLeave bool
	// MaxBytes is the size of the largest publication. 0: 32 KB.
	MaxBytes int
	// PublicationsPerMinute limits each connection. 0: no limit.
	PublicationsPerMinute int
}

// The limits of a namespace.
const (
	DefaultBytes   = 32 << 10
	LargestBytes   = 64 << 10 // two of them and their frame fit into a message of 128 KB
	MaxHistory     = 1000
	MaxHistoryTime = 7 * 24 * time.Hour
	maxName        = 200
)

// Durable reports whether the channels have a history.
func (n Namespace) Durable() bool { return n.HistorySize > 0 }

// maxBytes returns the size of the largest publication.
func (n Namespace) maxBytes() int {
	if n.MaxBytes == 0 {
		return DefaultBytes
	}
	return n.MaxBytes
}

// Table has the namespaces of an app. It is immutable.
type Table struct{ all []Namespace }

// NewTable returns a table. Its error names every namespace that cannot be used.
func NewTable(all ...Namespace) (Table, error) {
	var errs []error
	seen := map[string]bool{}
	for _, n := range all {
		for _, c := range []struct {
			wrong bool
			text  string
		}{
			{!isNamespace(n.Name), "is not a name: want a lower-case letter, then lower-case letters, digits and -, 32 characters at most"},
			{seen[n.Name], "is declared twice: give one of the declarations another name"},
			{n.HistorySize < 0 || n.HistorySize > MaxHistory, fmt.Sprintf("has HistorySize %d: want 0 to %d", n.HistorySize, MaxHistory)},
			{n.HistoryTime < 0 || n.HistoryTime > MaxHistoryTime, fmt.Sprintf("has HistoryTime %s: want at most %s", n.HistoryTime, MaxHistoryTime)},
			{n.Durable() != (n.HistoryTime > 0), "has only one of HistorySize and HistoryTime: set both or neither"},
			{n.Cache && !n.Durable(), "has Cache without a history: set HistorySize and HistoryTime"},
			{n.History != nil && !n.Durable(), "lets clients read a history that it does not have: set HistorySize and HistoryTime"},
			{n.MaxBytes < 0 || n.MaxBytes > LargestBytes, fmt.Sprintf("has MaxBytes %d: want 0 to %d", n.MaxBytes, LargestBytes)},
			{n.PublicationsPerMinute < 0, fmt.Sprintf("has PublicationsPerMinute %d: want 0 or more", n.PublicationsPerMinute)},
		} {
			if c.wrong {
				errs = append(errs, fmt.Errorf("namespace %q %s", n.Name, c.text))
			}
		}
		seen[n.Name] = true
	}
	return Table{slices.Clone(all)}, errors.Join(errs...)
}

// All returns the namespaces.
func (t Table) All() []Namespace { return slices.Clone(t.all) }

// Lookup returns the namespace of a channel. It returns false if the channel has no valid
// name, or if its namespace is not declared.
func (t Table) Lookup(channel string) (Namespace, bool) {
	name, rest, ok := strings.Cut(channel, ":")
	if !ok || rest == "" || len(channel) > maxName || strings.Trim(channel, nameBytes) != "" {
		return Namespace{}, false
	}
	i := slices.IndexFunc(t.all, func(n Namespace) bool { return n.Name == name })
	if i < 0 {
		return Namespace{}, false
	}
	return t.all[i], true
}

const (
	lower     = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
	nameBytes = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + digits + "-_.:@~/="
)

func isNamespace(name string) bool {
	return name != "" && len(name) <= 32 && strings.Contains(lower, name[:1]) && strings.Trim(name, lower+digits+"-") == ""
}
