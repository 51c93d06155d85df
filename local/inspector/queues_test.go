package inspector

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestQueues(t *testing.T) {
	f := newFixture()
	if got := f.ask(t, http.MethodGet, "/inspector/queues", "").Body.String(); got != "{\"queues\":[]}\n" {
		t.Errorf("without queues: got %s", got)
	}
	sent, later := time.UnixMilli(1_700_000_000_123), time.Now().Add(time.Hour).Truncate(time.Millisecond)
	f.queues = []Queue{
		{Name: "work.fifo", MaxReceives: 50, Messages: []Message{
			{ID: "1", Group: "a", Body: `{"token":"secret","n":1}`, Receives: 2, Sent: sent, HiddenUntil: later},
			{ID: "2", Group: "b", Body: "no JSON", Sent: sent},
			{ID: "3", Group: "a", Body: `{}`, Receives: 1, Sent: sent, HiddenUntil: sent},
		}},
		{Name: "dead.fifo", DeadLettersOf: "work.fifo"},
	}
	var got struct{ Queues []queueState }
	if err := json.Unmarshal(f.ask(t, http.MethodGet, "/inspector/queues", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	at := sent.UnixMilli()
	want := []queueState{
		{Name: "work.fifo", MaxReceives: 50, Waiting: 2, InFlight: 1, Groups: []groupState{
			{Group: "a", Waiting: 1, InFlight: 1, Messages: []messageState{
				{ID: "1", Receives: 2, SentAt: at, VisibleAt: later.UnixMilli(), Body: Part{JSON: []byte(`{"token":"…redacted","n":1}`), Size: 24}},
				{ID: "3", Receives: 1, SentAt: at, Body: Part{JSON: []byte(`{}`), Size: 2}},
			}},
			{Group: "b", Waiting: 1, Messages: []messageState{{ID: "2", SentAt: at, Body: Part{Text: "no JSON", Size: 7}}}},
		}},
		{Name: "dead.fifo", DeadLettersOf: "work.fifo", Groups: []groupState{}},
	}
	if diff := cmp.Diff(want, got.Queues); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	if w := f.ask(t, http.MethodGet, "/inspector/queues", "", "Origin", "http://evil.example"); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "work") {
		t.Errorf("another origin: got %d %s, want 403 without messages", w.Code, w.Body)
	}
}

// A long queue has a short answer with the correct numbers.
func TestLongQueue(t *testing.T) {
	var all []Message
	for n := range 3000 {
		all = append(all, Message{ID: strconv.Itoa(n), Group: strconv.Itoa(n % 150), Body: "{}"})
	}
	s := describeQueue(Queue{Messages: all}, time.Now())
	if s.Waiting != 3000 || len(s.Groups) != maxGroups || s.MoreGroups != 50 || s.Groups[0].Waiting != 20 || len(s.Groups[99].Messages) != maxMessages {
		t.Errorf("got %d waiting, %d groups and %d more, %d waiting in the first, %d messages of the last",
			s.Waiting, len(s.Groups), s.MoreGroups, s.Groups[0].Waiting, len(s.Groups[99].Messages))
	}
}
