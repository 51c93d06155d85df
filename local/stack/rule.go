package stack

import (
	"fmt"

	"sallyport/infra/plan"
	"sallyport/local/eventbridge"
)

// readRules reads the rules whose target is the function.
func readRules(p plan.Plan, function string) ([]eventbridge.Rule, error) {
	var rules []eventbridge.Rule
	for _, r := range p.OfType(plan.TypeRule) {
		if targets := where(p, plan.TypeTarget, "rule", r.Text("name")); len(targets) != 1 || targets[0].Text("arn") != function {
			return nil, fmt.Errorf("the rule %s has %d targets: want one, the stack's function", r.Name, len(targets))
		}
		every, err := eventbridge.ParseRate(r.Text("scheduleExpression"))
		if err != nil {
			return nil, fmt.Errorf("the rule %s: %w", r.Name, err)
		}
		rules = append(rules, eventbridge.Rule{Name: r.Name, ARN: r.Text("arn"), Every: every})
	}
	return rules, nil
}
