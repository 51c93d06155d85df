package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the limit for every wait. Only a hang reaches it.
const hangLimit = support.HangLimit

// system is a local run.
type system struct{ *target.Local }

// start starts a local run. Its queue gives out a message of a killed batch again after a
// second.
func start(t *testing.T) *system {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"-time-scale", "60", "-idle-timeout", "100h", "-max-duration", "100h", "-throttle=false", "-insecure-connections"}
	local, err := target.Start(t.Context(), root, t.TempDir(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(local.Log())
		}
	})
	return &system{local}
}

func (s *system) token(t *testing.T, user string) string {
	t.Helper()
	token, err := s.Token(t.Context(), target.TokenRequest{User: user})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// inject posts an action to the inspector. It may be called by several goroutines.
func (s *system) inject(t *testing.T, action, body string) {
	t.Helper()
	if status, answer := s.request(t, http.MethodPost, s.SiteURL+"/inspector/actions/"+action, body); status != http.StatusNoContent {
		t.Errorf("action %s: got %d %s, want 204", action, status, answer)
	}
}

// publishAs publishes as a backend does, and returns the outcome.
func (s *system) publishAs(t *testing.T, channel, data string) outcome {
	t.Helper()
	api, err := url.Parse(s.ConnectionsURL)
	if err != nil {
		t.Fatal(err)
	}
	event := `{"push":{"target":{"channel":"` + channel + `"},"message":` + data + `}}`
	status, answer := s.request(t, http.MethodPost, api.Scheme+"://"+api.Host+"/2015-03-31/functions/"+s.FunctionName+"/invocations", event)
	switch {
	case status != http.StatusOK || strings.Contains(answer, "errorType"):
		return unknown
	case strings.Contains(answer, `"channel"`):
		return accepted
	}
	t.Fatalf("got %d %s, want the offset of the publication", status, answer)
	return unknown
}

// message is a message of a queue.
type message struct {
	Receives int
	Body     struct{ JSON map[string]any }
	dead     bool // it is a dead letter
}

// messages returns the messages of the queues, at most ten of each group.
func (s *system) messages(t *testing.T) []message {
	t.Helper()
	_, text := s.request(t, http.MethodGet, s.SiteURL+"/inspector/queues", "")
	var answer struct {
		Queues []struct {
			DeadLettersOf string
			Groups        []struct{ Messages []message }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Queues) != 2 {
		t.Fatalf("got queues %s, error %v", text, err)
	}
	var all []message
	for _, q := range answer.Queues {
		for _, g := range q.Groups {
			for _, m := range g.Messages {
				m.dead = q.DeadLettersOf != ""
				all = append(all, m)
			}
		}
	}
	return all
}

// awaitMessages waits until a condition on the messages of the queues is true.
func (s *system) awaitMessages(t *testing.T, condition func([]message) bool) {
	t.Helper()
	for deadline := time.Now().Add(hangLimit); ; time.Sleep(20 * time.Millisecond) { // the inspector has no event for a change of a queue
		all := s.messages(t)
		if condition(all) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got the messages %+v after %v, want another state of the queues", all, hangLimit)
		}
	}
}

// awaitWork waits until the queues have no message except repair jobs. A repair job leads to
// no publication, and waits while a function may be at work on the subscription.
func (s *system) awaitWork(t *testing.T) {
	t.Helper()
	s.awaitMessages(t, func(all []message) bool {
		return !slices.ContainsFunc(all, func(m message) bool { return m.dead || m.Body.JSON["repair"] == nil })
	})
}

// awaitRetry waits until a message is given out for the second time.
func (s *system) awaitRetry(t *testing.T) {
	t.Helper()
	s.awaitMessages(t, func(all []message) bool {
		return slices.ContainsFunc(all, func(m message) bool { return m.Receives > 1 && m.Body.JSON["publish"] != nil })
	})
}

// failedBatches returns the number of events of the queue that failed.
func (s *system) failedBatches(t *testing.T) int {
	t.Helper()
	failed, after := 0, 0
	for {
		_, text := s.request(t, http.MethodGet, s.SiteURL+"/inspector/state?after="+strconv.Itoa(after), "")
		var state struct {
			Events []struct {
				ID          int
				Kind, Error string
			}
			More bool
		}
		if err := json.Unmarshal([]byte(text), &state); err != nil {
			t.Fatalf("got state %s, error %v", text, err)
		}
		for _, e := range state.Events {
			after = e.ID
			if e.Kind == "queue" && e.Error != "" {
				failed++
			}
		}
		if !state.More {
			return failed
		}
	}
}

func (s *system) request(t *testing.T, method, address, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(text)
}
