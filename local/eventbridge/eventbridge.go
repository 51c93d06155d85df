// Package eventbridge emulates EventBridge: it calls a function at the rate of each rule,
// from the start of the run, one event at a time. It does not retry a failed event.
package eventbridge

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// Rule is a rule of EventBridge that calls the function at a rate.
type Rule struct {
	Name, ARN string
	Every     time.Duration
}

// Invoker calls a function. An error means that the event failed.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Config describes the rules and the function that they call.
type Config struct {
	Rules           []Rule
	Account, Region string // as in the events
	Function        Invoker
	// Interval returns the time between two events of a rule that runs every d. Nil means d.
	Interval func(d time.Duration) time.Duration
	// Log gets one line for each failed event, without the error of the function.
	Log zerolog.Logger
}

var rate = regexp.MustCompile(`^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$`)

// ParseRate reads a schedule expression such as rate(5 minutes). EventBridge requires the
// singular for 1 and the plural for larger numbers.
func ParseRate(expression string) (time.Duration, error) {
	m := rate.FindStringSubmatch(expression)
	if m == nil || (m[1] == "1") != (m[3] == "") {
		return 0, fmt.Errorf("its schedule is %q: want rate(N minutes), rate(N hours) or rate(N days), with a singular unit for 1", expression)
	}
	n, _ := strconv.Atoi(m[1]) // the pattern matches digits only
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// Start starts every rule and returns a function that stops them and waits for the events
// that are being processed.
func Start(c Config) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, r := range c.Rules {
		every := r.Every
		if c.Interval != nil {
			every = c.Interval(every)
		}
		running.Go(func() {
			ticker := time.NewTicker(every)
			defer ticker.Stop()
			c.run(ctx, r, ticker.C)
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// run calls the function for r at each tick, until ctx is done. The ticker drops a tick
// that occurs while the function runs.
func (c Config) run(ctx context.Context, r Rule, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks:
			if _, err := c.Function.Invoke(ctx, c.event(r, now)); err != nil && ctx.Err() == nil {
				c.Log.Error().Str("rule", r.Name).Msg("scheduled event failed; see the function's log")
			}
		}
	}
}

// event returns the event that EventBridge sends for a rule with a schedule (EventBridge
// User Guide, "eb-run-lambda-schedule").
func (c Config) event(r Rule, now time.Time) []byte {
	text, _ := json.Marshal(struct { // never fails
		Version    string   `json:"version"`
		ID         string   `json:"id"`
		DetailType string   `json:"detail-type"`
		Source     string   `json:"source"`
		Account    string   `json:"account"`
		Time       string   `json:"time"`
		Region     string   `json:"region"`
		Resources  []string `json:"resources"`
		Detail     struct{} `json:"detail"`
	}{
		Version: "0", ID: uuid.NewString(), DetailType: "Scheduled Event", Source: "aws.events", Account: c.Account,
		Time: now.UTC().Format(time.RFC3339), Region: c.Region, Resources: []string{r.ARN},
	})
	return text
}
