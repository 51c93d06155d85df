package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/rs/zerolog"

	"sallyport/lambda/handler"
)

// The connection and the token of the events in testdata.
const (
	connectionID = "WhHAe-TROkECC5w="
	token        = "HEADER.PAYLOAD.SIGNATURE"
)

// expires is when the token does.
var expires = time.Unix(1708330500, 0)

// refusal is a Verifier's error for a token that must not open a connection.
type refusal struct {
	reason  string
	genuine bool
}

func (r refusal) Error() string { return r.reason }
func (r refusal) Genuine() bool { return r.genuine }

// world is what surrounds the Mux in a test.
type world struct {
	verify verifier
	table  *table
	posts  *postbox
	query  bool // allow the token in the query
	log    bytes.Buffer
	// For the metrics; nothing by default.
	metrics string
	level   zerolog.Level
}

func newWorld() *world {
	return &world{
		verify: func(string) (string, error) { return "alice", nil },
		table:  &table{rows: map[string]handler.Connection{}},
		posts:  &postbox{got: map[string][]string{}},
	}
}

func (w *world) mux() *handler.Mux {
	return handler.New(handler.Config{
		Verifier:     w.verify,
		Store:        w.table,
		Finder:       w.table,
		Poster:       w.posts,
		TokenInQuery: w.query,
		Log:          zerolog.New(zerolog.SyncWriter(&w.log)).Level(w.level),
		Metrics:      w.metrics,
	})
}

func (w *world) invoke(ctx context.Context, payload []byte) (string, error) {
	answer, err := w.mux().Invoke(lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: "request-1"}), payload)
	return string(answer), err
}

// lines returns what was logged.
func (w *world) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range bytes.Lines(w.log.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}

// readEvent returns an event from testdata, changed by edit unless that is nil.
func readEvent(tb testing.TB, name string, edit func(e map[string]any)) []byte {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "event", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	if edit == nil {
		return raw
	}
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		tb.Fatal(err)
	}
	edit(e)
	if raw, err = json.Marshal(e); err != nil {
		tb.Fatal(err)
	}
	return raw
}

// object returns the object at key of m.
func object(m map[string]any, key string) map[string]any {
	return m[key].(map[string]any)
}

// verifier is a Verifier of one token's user.
type verifier func(token string) (user string, err error)

func (v verifier) Verify(_ context.Context, token string) (string, time.Time, error) {
	user, err := v(token)
	return user, expires, err
}

// table is a Store and a Finder in memory.
type table struct {
	mu    sync.Mutex
	rows  map[string]handler.Connection
	fault error // of every call
}

func (s *table) Put(_ context.Context, c handler.Connection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[c.ID] = c
	return s.fault
}

func (s *table) Delete(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, id)
	return s.fault
}

func (s *table) ByUser(_ context.Context, user string) iter.Seq2[string, error] {
	return s.list(func(c handler.Connection) bool { return c.User == user })
}

func (s *table) All(context.Context) iter.Seq2[string, error] {
	return s.list(func(handler.Connection) bool { return true })
}

// list yields the ids in order, and then the fault.
func (s *table) list(want func(handler.Connection) bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, id := range s.ids() {
			s.mu.Lock()
			row, ok := s.rows[id]
			s.mu.Unlock()
			if ok && want(row) && !yield(id, nil) {
				return
			}
		}
		if s.fault != nil {
			yield("", s.fault)
		}
	}
}

func (s *table) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.rows))
}

// postbox is a Poster that keeps what is sent.
type postbox struct {
	mu   sync.Mutex
	got  map[string][]string
	post func(ctx context.Context, id string) error // nil: every post succeeds
}

func (b *postbox) Post(ctx context.Context, id string, message []byte) error {
	if b.post != nil {
		if err := b.post(ctx, id); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[id] = append(b.got[id], string(message))
	return nil
}
