package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func TestParseRate(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"rate(1 minute)":     time.Minute,
		"rate(5 minutes)":    5 * time.Minute,
		"rate(1 hour)":       time.Hour,
		"rate(2 days)":       48 * time.Hour,
		"rate(1 minutes)":    0, // EventBridge refuses both
		"rate(5 minute)":     0,
		"rate(0 minutes)":    0,
		"rate(-1 minutes)":   0,
		"rate(5 seconds)":    0,
		"cron(0 * * * ? *)":  0,
		"rate(5 minutes) ":   0,
		"rate(9999999 days)": 0,
		"":                   0,
	} {
		got, err := ParseRate(expression)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: got %v, %v, want %v", expression, got, err, want)
		}
	}
}

// scheduled is a function that a rule calls. It keeps the events, and fails once for each
// of failures.
type scheduled struct {
	events   chan []byte
	failures chan error
}

func (f scheduled) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	f.events <- payload
	select {
	case err := <-f.failures:
		return nil, err
	default:
		return []byte("{}"), nil
	}
}

func TestRule(t *testing.T) {
	var log strings.Builder
	f := scheduled{events: make(chan []byte, 1), failures: make(chan error, 2)}
	for range cap(f.failures) {
		f.failures <- errors.New("secret")
	}
	rule := Rule{Name: "sweep", ARN: "arn:aws:events:eu-west-1:111122223333:rule/sweep"}
	c := Config{Account: "111122223333", Region: "eu-west-1", Function: f, Log: zerolog.New(&log)}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(ended)
		c.run(ctx, rule, ticks)
	}()
	var ids []any
	for range 2 { // the rule continues after a failure
		ticks <- time.Date(2026, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))
		var got map[string]any
		if err := json.Unmarshal(<-f.events, &got); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, got["id"])
		delete(got, "id")
		want := map[string]any{
			"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "account": "111122223333", "time": "2026-02-03T03:05:06Z",
			"region": "eu-west-1", "resources": []any{"arn:aws:events:eu-west-1:111122223333:rule/sweep"}, "detail": map[string]any{},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error("want -, got +:\n" + d)
		}
	}
	ticks <- time.Time{} // received after the second failure has been logged
	cancel()
	<-ended
	if ids[0] == ids[1] || len(ids[0].(string)) != 36 {
		t.Errorf("got the ids %v, want two UUIDs", ids)
	}
	if got := log.String(); strings.Count(got, `"rule":"sweep"`) != 2 || strings.Contains(got, "secret") {
		t.Errorf("got the log %s, want both failures without the error of the function", got)
	}
}
