package review

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
)

const policyFile = "../../docs/deployer-policy.json"

func deployerPolicy(t *testing.T) Policy {
	t.Helper()
	var plans []plan.Plan
	for _, path := range kept {
		plans = append(plans, readPlan(t, path))
	}
	policy, err := DeployerPolicy(plans...)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// The policy in the docs is what the plans' types of resources take.
func TestDeployerPolicy(t *testing.T) {
	got, err := json.MarshalIndent(deployerPolicy(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(policyFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-kept +derived):\n%s\nrenew it with go test ./infra/review -run '^TestDeployerPolicy$' -update", policyFile, diff)
	}
}

func TestDeployerPolicyOfUnknownType(t *testing.T) {
	_, err := DeployerPolicy(plan.Plan{Resources: []plan.Resource{{Type: "aws:lex/bot:Bot", ID: "1"}}})
	if err == nil || !strings.Contains(err.Error(), "find rights for aws:lex/bot:Bot") {
		t.Errorf("got %v, want that nobody knows what a bot takes", err)
	}
}

// IAM takes no managed policy with more characters, blanks aside.
func TestDeployerPolicyFits(t *testing.T) {
	text, err := json.Marshal(deployerPolicy(t))
	if err != nil {
		t.Fatal(err)
	}
	if n, most := len(bytes.Join(bytes.Fields(text), nil)), 6144; n > most {
		t.Errorf("got %d characters, IAM takes %d", n, most)
	}
}

// notOperations are actions that are not called like an operation of AWS's
// API, by service; nil means all of the service's.
var notOperations = map[string][]string{
	"apigateway": nil, // the methods of HTTP
	"budgets":    {"ModifyBudget", "ViewBudget"},
	"iam":        {"PassRole"},
	"s3":         nil, // names of its own for most
}

// An action that AWS does not know grants nothing, and IAM does not say so.
func TestDeployerActionsExist(t *testing.T) {
	m := models(t)
	for _, g := range deployerPolicy(t).Statement {
		for _, action := range g.Action {
			service, name, _ := strings.Cut(action, ":")
			other, special := notOperations[service]
			if special && (other == nil || slices.Contains(other, name)) {
				continue
			}
			if m.Services[service] == nil || !slices.Contains(m.Services[service].Known, name) {
				t.Errorf("%s is no operation of AWS's", action)
			}
		}
	}
}

// What cannot be bound to the project's names is listed here, with the reason.
func TestDeployerPolicyIsBound(t *testing.T) {
	unbound := map[string]string{
		"CreateUsers": "the pool has no id yet, and a domain is looked up by its own",
		"FindLogs":    "groups are listed, not asked for by name",
		"Gateway":     "APIs have ids of AWS's",
		"GatewayRole": "the one role that AWS has for the service",
		"Site":        "distributions have ids of AWS's",
		"Users":       "pools have ids of AWS's",
	}
	for _, g := range deployerPolicy(t).Statement {
		bound := !slices.ContainsFunc(g.Resource, func(r string) bool { return !strings.Contains(r, "sallyport-") })
		if _, known := unbound[g.Sid]; bound == known {
			t.Errorf("%s: bound to names of the project %v, and there is a reason not to: %v", g.Sid, bound, known)
		}
		if slices.ContainsFunc(g.Action, func(a string) bool { return strings.Contains(a, "*") }) {
			t.Errorf("%s grants %v", g.Sid, g.Action)
		}
	}
}
