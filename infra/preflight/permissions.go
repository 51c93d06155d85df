package main

import (
	"context"
	"encoding/json"
	"fmt"
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
	source, err := p.principal(ctx)
	if err != nil {
		return failedResult(err, want)
	}
	statements, unchecked, err := neededStatements(p.config)
	if err != nil {
		return unknown(err.Error(), want, "")
	}
	// The first call shows whether the caller may simulate policies. The other calls then run at
	// the same time.
	groups := merge(statements)
	deniedActions, err := p.simulate(ctx, source, groups[0])
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
			deniedActions = append(deniedActions, more...)
			if failure != nil {
				err = failure
			}
		})
	}
	group.Wait()
	if err != nil && len(deniedActions) == 0 {
		return failedResult(err, want)
	}
	return permissionsResult(source, deniedActions, unchecked)
}

// mostResults is the maximum number of results on a page of SimulatePrincipalPolicy (IAM API
// reference).
const mostResults = 1000

// merge joins statements without a condition, so that fewer calls are necessary. A call
// simulates each action on each resource, and deniedActions needs one allowed resource for each action.
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
func permissionsResult(source string, deniedActions, unchecked []string) result {
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
	return change(source+" may not "+strings.Join(deniedActions, ", "), want, "attach the policies in docs/deployer.md, or ask the administrator for these actions")
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

// optionNeeded returns whether the settings need a statement of docs/deployer-options.json. known
// is false if the function does not know the statement.
func optionNeeded(sid string, c configuration.Config) (needed, known bool) {
	switch sid {
	case "Alarms", "FindAlarms", "Watch":
		return c.AlarmEmail != "", true
	case "Attach", "DeliverLogs", "FindRoles", "PassToGateway":
		return c.AccessLogs, true
	case "Boundary":
		return c.PermissionsBoundary != "", true
	case "Budget":
		return c.MonthlyBudget > 0, true
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
		EvalActionName, EvalDecision string
		ResourceSpecificResults      []struct{ EvalResourceDecision string }
	}
}

// simulate returns the actions of a statement that IAM denies to source on all resources of the
// statement.
func (p *preflight) simulate(ctx context.Context, source string, s review.Statement) ([]string, error) {
	args := append([]string{"--page-size", strconv.Itoa(mostResults), "--policy-source-arn", source, "--action-names"}, s.Action...)
	args = append(args, "--resource-arns")
	for _, r := range s.Resource {
		args = append(args, p.example(r))
	}
	var entries []string
	for _, values := range s.Condition {
		for key, value := range values {
			entries = append(entries, fmt.Sprintf("ContextKeyName=%s,ContextKeyValues=%s,ContextKeyType=string", key, p.example(fmt.Sprint(value))))
		}
	}
	if entries != nil {
		args = append(append(args, "--context-entries"), entries...)
	}
	var answer simulation
	if err := p.aws.call(ctx, configuration.CloudFrontRegion, callPermissions, &answer, args...); err != nil {
		return nil, err
	}
	return deniedActions(answer), nil
}

// deniedActions returns the actions that the simulation allows on no resource.
func deniedActions(s simulation) []string {
	allowed := map[string]bool{}
	for _, r := range s.EvaluationResults {
		allow := r.EvalDecision == "allowed"
		for _, one := range r.ResourceSpecificResults {
			allow = allow || one.EvalResourceDecision == "allowed"
		}
		allowed[r.EvalActionName] = allowed[r.EvalActionName] || allow
	}
	var denied []string
	for action, allow := range allowed {
		if !allow {
			denied = append(denied, action)
		}
	}
	return denied
}

// example returns an ARN of the account and region that matches a pattern of a policy.
func (p *preflight) example(pattern string) string {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		return pattern // "*", or a value that is not an ARN
	}
	for i, value := range map[int]string{3: p.region, 4: p.caller.Account} {
		if parts[i] == "*" {
			parts[i] = value
		}
	}
	parts[5] = strings.ReplaceAll(parts[5], "*", "preflight")
	return strings.Join(parts, ":")
}
