package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the limit of everything that must happen. Only a hang reaches it, however
// busy the machine is.
const hangLimit = support.HangLimit

// The local runs under attack. Each starts when a subject needs it.
var (
	// open accepts every kind of credential. The issuer of the tests is its second one. It
	// has no throttles, which would refuse requests before the system does.
	open = &lazyRun{flags: []string{"-throttle=false"}, identitySources: []any{}, variables: map[string]string{
		"TOKEN_IN_QUERY": "true", "TICKET_IN_QUERY": "true", "SECOND_AUDIENCE": secondAudience, "METRICS": "Attack",
	}, secondIssuer: true}
	// plain has the committed plan: the defaults, with the throttles.
	plain = &lazyRun{}
	// strict has low limits.
	strict = &lazyRun{flags: []string{"-throttle=false"}, variables: map[string]string{
		"OVER_CAP": "newest", "CONNECTIONS_PER_USER": "20", "MESSAGE_BYTES": "1000", "MESSAGES_PER_MINUTE": "20",
		"MISSING_ORIGIN": "refuse",
	}}
	// oneDomain has the APIs behind the site, and the session cookie.
	oneDomain = &lazyRun{flags: []string{"-throttle=false", "-one-domain"}}
)

// lazyRun is a local run that starts at its first use.
type lazyRun struct {
	flags           []string
	variables       map[string]string // of the function, instead of those of the plan
	identitySources []any             // of the authorizer; nil: those of the plan
	secondIssuer    bool              // trust the issuer of the tests too

	once   sync.Once
	victim *victim
	dir    string
	err    error
}

// victim is a local run under attack.
type victim struct {
	*target.Local
	socket, connections *url.URL
	http                string // address of the HTTP API
	site                string // the allowed origin
	tables              string // address of the tables
	connectionTable     string
	ticketTable         string
	dir, planFile       string
	directHTTP          string // address of the HTTP API behind the site
}

func (l *lazyRun) get(t *testing.T) *victim {
	t.Helper()
	l.once.Do(func() { l.victim, l.err = l.start() })
	if l.err != nil {
		t.Fatal(l.err)
	}
	return l.victim
}

func (l *lazyRun) start() (*victim, error) {
	var err error
	if l.dir, err = os.MkdirTemp("", "attack"); err != nil {
		return nil, err
	}
	planFile, flags := filepath.Join(l.dir, "plan.json"), l.flags
	if l != oneDomain {
		if err := l.writePlan(planFile); err != nil {
			return nil, err
		}
		flags = append([]string{"-plan", planFile}, flags...)
	}
	local, err := target.Start(context.Background(), "../..", l.dir, flags...)
	if err != nil {
		return nil, err
	}
	v := &victim{Local: local, dir: l.dir, planFile: planFile}
	return v, v.readOutputs()
}

// stop ends the run, if it was started.
func (l *lazyRun) stop() error {
	if l.dir == "" {
		return nil
	}
	defer os.RemoveAll(l.dir) //nolint:errcheck // it is temporary
	if l.victim == nil {
		return nil
	}
	return l.victim.Stop()
}

// writePlan writes the committed plan with the settings of the run.
func (l *lazyRun) writePlan(file string) error {
	plan, err := readPlan()
	if err != nil {
		return err
	}
	variables := plannedVariables(plan)
	for name, value := range l.variables {
		variables[name] = value
	}
	if l.secondIssuer {
		variables["SECOND_ISSUER"] = ownIssuer().url
	}
	if l.identitySources != nil {
		planned(plan, "aws:apigatewayv2/authorizer:Authorizer")["identitySources"] = l.identitySources
	}
	return os.WriteFile(file, []byte(encode(plan)), 0o600)
}

// planned returns the inputs of the first resource of a type in the plan.
func planned(plan map[string]any, kind string) map[string]any {
	resources, _ := plan["resources"].([]any)
	for _, r := range resources {
		r, _ := r.(map[string]any)
		inputs, _ := r["inputs"].(map[string]any)
		if r["type"] == kind && inputs != nil {
			return inputs
		}
	}
	return map[string]any{}
}

// plannedVariables returns the environment of the function in the plan.
func plannedVariables(plan map[string]any) map[string]any {
	environment, _ := planned(plan, "aws:lambda/function:Function")["environment"].(map[string]any)
	variables, _ := environment["variables"].(map[string]any)
	return variables
}

var directPattern = regexp.MustCompile(`(?m)^ +HTTP API +(http://\S+)`)

var tablesPattern = regexp.MustCompile(`(?m)^ +tables? +(http://\S+)`)

func (v *victim) readOutputs() error {
	text, err := os.ReadFile(v.OutputsFile)
	if err != nil {
		return err
	}
	var o struct{ HTTPURL, SiteURL, TableName, TicketTableName string }
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("read outputs: %w", err)
	}
	m := tablesPattern.FindStringSubmatch(v.Log())
	if m == nil {
		return fmt.Errorf("the run prints no address of its tables:\n%s", v.Log())
	}
	v.http, v.site, v.connectionTable, v.ticketTable = o.HTTPURL, strings.TrimSuffix(o.SiteURL, "/"), o.TableName, o.TicketTableName
	v.tables = m[1]
	if m := directPattern.FindStringSubmatch(v.Log()); m != nil {
		v.directHTTP = m[1]
	}
	if v.socket, err = url.Parse(v.WebSocketURL); err != nil {
		return err
	}
	v.connections, err = url.Parse(v.ConnectionsURL)
	return err
}

// token returns a good token of a user.
func (v *victim) token(t *testing.T, user string) string {
	t.Helper()
	return v.tokenFor(t, target.TokenRequest{User: user})
}

func (v *victim) tokenFor(t *testing.T, r target.TokenRequest) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	token, err := v.Token(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
