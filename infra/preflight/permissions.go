package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sallyport/infra/configuration"
	"sallyport/infra/review"
)

// policyFiles are the policies that the deployer needs. The second one has permissions that only
// some settings need.
var policyFiles = []string{"docs/deployer-policy.json", "docs/deployer-options.json"}

func (p *preflight) checkPermissions(ctx context.Context) result {
	const want = "the actions of docs/deployer-policy.json"
	if strings.HasSuffix(p.caller.Arn, ":root") {
		return ok("the root user may do everything", want)
	}
	if p.stack == "" {
		return unknown("not checked, because the name of the stack is not known", want, `name the stack (make preflight ARGS="-stack dev")`)
	}
	source, err := p.principal(ctx)
	if err != nil {
		return failedResult(err, want)
	}
	statements, unchecked, err := neededStatements(p.config)
	if err != nil {
		return unknown(err.Error(), want, "")
	}
	statements = p.withARNs(statements)
	// The first call shows whether the caller may simulate policies. The other calls then run at
	// the same time.
	groups := merge(statements)
	found, err := p.simulate(ctx, source, groups[0])
	if err != nil {
		return failedResult(err, want)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, s := range groups[1:] {
		group.Go(func() {
			more, failure := p.simulate(ctx, source, s)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(found, more)
			if failure != nil {
				err = failure
			}
		})
	}
	group.Wait()
	deniedActions, missing := denials(statements, found)
	switch {
	case err != nil && len(deniedActions) == 0:
		return failedResult(err, want)
	case len(missing) > 0 && len(deniedActions) == 0:
		return unknown("the simulation of IAM has no result for "+strings.Join(missing, ", "), want, "")
	}
	return p.permissionsResult(source, deniedActions, unchecked)
}

// mostResults is the maximum number of results on a page of SimulatePrincipalPolicy (IAM API
// reference).
const mostResults = 1000

// merge joins statements without a condition, so that fewer calls are necessary. A call
// simulates each action on each resource.
func merge(statements []review.Statement) []review.Statement {
	var merged []review.Statement
	target := -1
	for _, s := range statements {
		if target >= 0 && s.Condition == nil {
			last := &merged[target]
			if (len(last.Action)+len(s.Action))*(len(last.Resource)+len(s.Resource)) <= mostResults {
				last.Action, last.Resource = slices.Concat(last.Action, s.Action), slices.Concat(last.Resource, s.Resource)
				continue
			}
		}
		merged = append(merged, s)
		if s.Condition == nil {
			target = len(merged) - 1
		}
	}
	return merged
}

// permissionsResult returns the result for the actions that IAM denies to source. unchecked names
// statements that were not simulated.
func (p *preflight) permissionsResult(source string, deniedActions, unchecked []string) result {
	const want = "the actions of docs/deployer-policy.json"
	if len(deniedActions) == 0 {
		r := ok(source+" has them, by the simulation of IAM", want)
		if unchecked != nil {
			r.Remedy = "the statements " + strings.Join(unchecked, ", ") + " of docs/deployer-options.json were not checked"
		}
		return r
	}
	slices.Sort(deniedActions)
	deniedActions = slices.Compact(deniedActions)
	return change(fmt.Sprintf("%s may not %s, by the simulation of IAM for the names of the stack %s", source, strings.Join(deniedActions, ", "), p.stackName()), want, "attach the policies in docs/deployer.md, or ask the administrator for these actions")
}

// sessionPattern matches the ARN of a session of a role. It has the name of the role, but not its path.
var sessionPattern = regexp.MustCompile(`^arn:aws:sts::(\d+):assumed-role/([^/]+)/`)

// principal returns the ARN of the user or the role of the credentials.
func (p *preflight) principal(ctx context.Context) (string, error) {
	session := sessionPattern.FindStringSubmatch(p.caller.Arn)
	if session == nil {
		return p.caller.Arn, nil
	}
	var found role
	if err := p.aws.call(ctx, p.region, callRole, &found, "--role-name", session[2]); err != nil {
		return "", err
	}
	return found.Role.Arn, nil
}

// neededStatements returns the statements of the deployer's policies that the settings need. It
// also returns the names of the statements that optionNeeded does not know.
func neededStatements(c configuration.Config) (needed []review.Statement, unchecked []string, err error) {
	for i, name := range policyFiles {
		text, err := os.ReadFile(name) //nolint:gosec // one of policyFiles
		if err != nil {
			return nil, nil, fmt.Errorf("read the policy of the deployer: %w", err)
		}
		var policy review.Policy
		if err := json.Unmarshal(text, &policy); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, s := range policy.Statement {
			switch isNeeded, known := optionNeeded(s.Sid, c); {
			case i == 0 || isNeeded:
				needed = append(needed, s)
			case !known:
				unchecked = append(unchecked, s.Sid)
			}
		}
	}
	return needed, unchecked, nil
}

// optionNeeded reports whether the settings need a statement of docs/deployer-options.json. known
// is false if the function does not know the statement.
func optionNeeded(sid string, c configuration.Config) (needed, known bool) {
	switch sid {
	case "Alarms", "FindAlarms", "Watch":
		return c.AlarmEmail != "", true
	case "AccessLog":
		return c.AccessLogs && c.Tickets, true // the log group of the HTTP API
	case "Attach", "DeliverLogs", "FindRoles", "PassToGateway":
		return c.AccessLogs, true
	case "Boundary":
		return c.PermissionsBoundary != "", true
	case "Budget":
		return c.MonthlyBudget > 0, true
	case "Firewall", "FirewallRules":
		return c.Firewall, true
	case "Release":
		return c.ReleaseByAlias, true
	case "GatewayRole":
		return c.APIDomain != "", true
	case "Gateway":
		return c.APIDomain != "" || c.AccessLogs, true
	}
	return false, false
}

// simulation is the answer of SimulatePrincipalPolicy (IAM API reference).
type simulation struct {
	EvaluationResults []struct {
		EvalActionName, EvalResourceName, EvalDecision string
		ResourceSpecificResults                        []struct{ EvalResourceName, EvalResourceDecision string }
	}
}

// decision names a decision of a simulation. Without a resource, it is that of any resource.
type decision struct{ action, resource, condition string }

// decisions reports whether each decision of an answer is "allowed".
func (s simulation) decisions(condition string) map[decision]bool {
	found := map[decision]bool{}
	add := func(action, resource, text string) {
		for _, d := range []decision{{action, resource, condition}, {action, "", condition}} {
			found[d] = found[d] || text == "allowed"
		}
	}
	for _, r := range s.EvaluationResults {
		for _, one := range r.ResourceSpecificResults {
			add(r.EvalActionName, one.EvalResourceName, one.EvalResourceDecision)
		}
		if r.ResourceSpecificResults == nil {
			add(r.EvalActionName, r.EvalResourceName, r.EvalDecision)
		}
	}
	return found
}

// simulate simulates the actions of a statement on its resources.
func (p *preflight) simulate(ctx context.Context, source string, s review.Statement) (map[decision]bool, error) {
	args := append([]string{"--page-size", strconv.Itoa(mostResults), "--policy-source-arn", source, "--action-names"}, s.Action...)
	args = append(append(args, "--resource-arns"), s.Resource...)
	entries := contextEntries(s)
	if entries != nil {
		args = append(append(args, "--context-entries"), entries...)
	}
	var answer simulation
	if err := p.aws.call(ctx, configuration.CloudFrontRegion, callPermissions, &answer, args...); err != nil {
		return nil, err
	}
	return answer.decisions(strings.Join(entries, " ")), nil
}

// contextEntries returns the conditions of a statement as arguments of the AWS CLI.
func contextEntries(s review.Statement) []string {
	var entries []string
	for _, values := range s.Condition {
		for key, value := range values {
			entries = append(entries, fmt.Sprintf("ContextKeyName=%s,ContextKeyValues=%s,ContextKeyType=string", key, value))
		}
	}
	slices.Sort(entries)
	return entries
}

// denials returns the actions that the simulation allows on no resource of their statement, and
// those without a result. An action without a result for these resources, such as one whose
// resource is always "*", counts as allowed if any resource allows it.
func denials(statements []review.Statement, found map[decision]bool) (deniedActions, missing []string) {
	for _, s := range statements {
		condition := strings.Join(contextEntries(s), " ")
		for _, action := range s.Action {
			allowed, known := false, false
			for _, r := range s.Resource {
				yes, ok := found[decision{action, r, condition}]
				allowed, known = allowed || yes, known || ok
			}
			if !known {
				if allowed, known = found[decision{action: action, condition: condition}]; !known {
					missing = append(missing, action)
					continue
				}
			}
			if !allowed {
				deniedActions = append(deniedActions, action)
			}
		}
	}
	return deniedActions, missing
}
