package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"sallyport/infra/plan"
)

// ruleSettings is a rule of EventBridge that calls the function at a rate.
type ruleSettings struct {
	Name, ARN string
	Every     time.Duration
}

// readRules reads the rules whose target is the function.
func readRules(p plan.Plan, function string) ([]ruleSettings, error) {
	var rules []ruleSettings
	for _, r := range p.OfType(typeRule) {
		if targets := where(p, typeTarget, "rule", r.Text("name")); len(targets) != 1 || targets[0].Text("arn") != function {
			return nil, fmt.Errorf("the rule %s has %d targets: want one, the stack's function", r.Name, len(targets))
		}
		every, err := parseRate(r.Text("scheduleExpression"))
		if err != nil {
			return nil, fmt.Errorf("the rule %s: %w", r.Name, err)
		}
		rules = append(rules, ruleSettings{Name: r.Name, ARN: r.Text("arn"), Every: every})
	}
	return rules, nil
}

var rate = regexp.MustCompile(`^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$`)

// parseRate reads a schedule expression such as rate(5 minutes). EventBridge
// wants the singular for one, and the plural for more.
func parseRate(expression string) (time.Duration, error) {
	m := rate.FindStringSubmatch(expression)
	if m == nil || (m[1] == "1") != (m[3] == "") {
		return 0, fmt.Errorf("its schedule is %q: want rate(N minutes), hours or days, or 1 of them in the singular", expression)
	}
	n, _ := strconv.Atoi(m[1]) // the pattern has digits
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// startRules has each rule call f at its rate, until the system stops.
func (s *system) startRules(f invoker) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, r := range s.stack.rules {
		c := ruleCaller{rule: r, account: s.stack.api.AccountID, region: s.stack.api.Region, function: f, log: gatewayLog()}
		running.Go(func() {
			ticker := time.NewTicker(s.settings.scaled(r.Every))
			defer ticker.Stop()
			c.run(ctx, ticker.C)
		})
	}
	s.onStop(func() error {
		cancel()
		running.Wait()
		return nil
	})
}

// invoker calls a function.
type invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// ruleCaller calls a function for a rule.
type ruleCaller struct {
	rule            ruleSettings
	account, region string
	function        invoker
	log             zerolog.Logger
}

// run calls the function at each tick, until ctx is done. A tick that comes
// while the function runs is left out by the ticker.
func (c ruleCaller) run(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks:
			if _, err := c.function.Invoke(ctx, c.event(now)); err != nil && ctx.Err() == nil {
				c.log.Error().Str("rule", c.rule.Name).Msg("scheduled event failed; the function's own log says why")
			}
		}
	}
}

// event is what EventBridge sends for a rule with a schedule (its guide,
// "eb-run-lambda-schedule").
func (c ruleCaller) event(now time.Time) []byte {
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
		Version: "0", ID: newUUID(), DetailType: "Scheduled Event", Source: "aws.events", Account: c.account,
		Time: now.UTC().Format(time.RFC3339), Region: c.region, Resources: []string{c.rule.ARN},
	})
	return text
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
