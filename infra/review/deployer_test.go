package review

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
)

var update = flag.Bool("update", false, "write the files under testdata and docs instead of comparing them")

// policyFiles are the policies in the docs: the permissions to deploy the defaults, and the
// additional permissions to deploy every option.
var policyFiles = []string{"../../docs/deployer-policy.json", "../../docs/deployer-options.json"}

// deployerPolicy returns the policy to deploy all plans.
func deployerPolicy(t *testing.T) Policy {
	t.Helper()
	return policyFor(t, committed...)
}

func policyFor(t *testing.T, paths ...string) Policy {
	t.Helper()
	var plans []plan.Plan
	for _, path := range paths {
		plans = append(plans, readPlan(t, path))
	}
	policy, err := DeployerPolicy(plans...)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// deployerPolicies returns the two policies that together allow the same as deployerPolicy.
func deployerPolicies(t *testing.T) []Policy {
	t.Helper()
	core := policyFor(t, "../testdata/dev.json")
	return []Policy{core, deployerPolicy(t).Beyond(core)}
}

// The policies in the docs are those of the plans.
func TestDeployerPolicy(t *testing.T) {
	for i, policy := range deployerPolicies(t) {
		got, err := json.MarshalIndent(policy, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		if *update {
			if err := os.WriteFile(policyFiles[i], got, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(policyFiles[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-committed +derived):\n%s\nrenew it with `make plan`", policyFiles[i], diff)
		}
	}
}

// Together the two policies allow everything that the deployment of all plans needs. The
// second policy has no statement of the first.
func TestDeployerPoliciesAreComplete(t *testing.T) {
	granted := map[string]bool{}
	pairs := func(p Policy, do func(pair string)) {
		for _, g := range p.Statement {
			for _, action := range g.Action {
				for _, resource := range g.Resource {
					do(action + " on " + resource)
				}
			}
		}
	}
	policies := deployerPolicies(t)
	for _, p := range policies {
		pairs(p, func(pair string) { granted[pair] = true })
	}
	pairs(deployerPolicy(t), func(pair string) {
		if !granted[pair] {
			t.Errorf("no policy grants %s", pair)
		}
	})
	if len(policies[1].Beyond(policies[0]).Statement) != len(policies[1].Statement) {
		t.Error("the second policy repeats the first")
	}
}

func TestDeployerPolicyOfUnknownType(t *testing.T) {
	_, err := DeployerPolicy(plan.Plan{Resources: []plan.Resource{{Type: "aws:lex/bot:Bot", ID: "1"}}})
	if err == nil || !strings.Contains(err.Error(), "find permissions for aws:lex/bot:Bot") {
		t.Errorf("got %v, want an error that names the unknown type", err)
	}
}

// To create a resource with tags, the deployer also needs the permission to tag it. Without
// this permission, AWS refuses to create the resource.
func TestDeployerMayTag(t *testing.T) {
	for _, path := range committed {
		for _, r := range readPlan(t, path).Resources {
			tags := slices.ContainsFunc(permissionsOf[r.Type], func(p permission) bool {
				return regexp.MustCompile(`\b(Tag|PutBucketTag|PutObjectTag)`).MatchString(p.actions)
			})
			if r.Get("tags") != nil && !tags {
				t.Errorf("%s: the policy does not allow tagging %s %s", path, r.Type, r.Name)
			}
		}
	}
}

// IAM refuses a managed policy with more than 6,144 characters, not counting white space
// (its guide, "IAM and AWS STS quotas").
func TestDeployerPolicyFits(t *testing.T) {
	for i, policy := range deployerPolicies(t) {
		text, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		if n, most := len(bytes.Join(bytes.Fields(text), nil)), 6144; n > most {
			t.Errorf("%s has %d characters, want at most %d", policyFiles[i], n, most)
		}
	}
}

// notOperations are actions without an API operation of the same name, by service. Nil
// means all actions of the service.
var notOperations = map[string][]string{
	"apigateway": nil, // the actions are HTTP methods
	"budgets":    {"ModifyBudget", "ViewBudget", "ListTagsForResource", "TagResource", "UntagResource"},
	"iam":        {"PassRole"},
	"kms":        {"DescribeKey"}, // the program declares no resource of this service
	"logs":       {"CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"},
	"s3":         nil, // most actions have other names
}

const operationsFile = "testdata/operations.json"

// operations returns the names of AWS's API operations, by service. With -update,
// operations.py writes the file anew, from the botocore that python3 imports.
func operations(t *testing.T, services []string) map[string][]string {
	t.Helper()
	if *update {
		text, err := exec.CommandContext(t.Context(), "python3", append([]string{"testdata/operations.py"}, services...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(operationsFile, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(operationsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string][]string }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services
}

// IAM accepts an action that AWS does not know, and the action grants nothing.
func TestDeployerActionsExist(t *testing.T) {
	checked := map[string][]string{}
	for _, s := range deployerPolicy(t).Statement {
		for _, action := range s.Action {
			service, name, _ := strings.Cut(action, ":")
			other, special := notOperations[service]
			if !special || other != nil && !slices.Contains(other, name) {
				checked[service] = append(checked[service], name)
			}
		}
	}
	known := operations(t, slices.Sorted(maps.Keys(checked)))
	for service, names := range checked {
		for _, name := range names {
			if !slices.Contains(known[service], name) {
				t.Errorf("%s:%s is not an operation in %s; if AWS has it: go test ./infra/review -run '^TestDeployerActionsExist$' -update", service, name, operationsFile)
			}
		}
	}
}

// Every statement is limited to names that begin with the project's, except those in
// this list, which has the reasons.
func TestDeployerPolicyIsLimited(t *testing.T) {
	unlimited := map[string]string{
		"Consume":       "AWS chooses the ids of event source mappings; the condition limits the function",
		"CreateUsers":   "the pool has no id yet, and the lookup of a domain has no pool",
		"DeliverLogs":   "AWS chooses the ids of deliveries",
		"FindConsumer":  "AWS chooses the ids of event source mappings",
		"FindAlarms":    "AWS has no resource-level permission to list alarms",
		"FindLogs":      "the provider lists the groups",
		"FindRoles":     "AWS has no resource-level permission to list roles",
		"Keys":          "AWS chooses the id of the account's key for DynamoDB",
		"Gateway":       "AWS chooses the ids of APIs",
		"FirewallRules": "AWS maintains the groups of rules",
		"GatewayRole":   "the service has one role in the account",
		"Queries":       "AWS has no resource-level permission for saved queries",
		"Site":          "AWS chooses the ids of distributions",
		"Users":         "AWS chooses the ids of pools",
	}
	for _, g := range deployerPolicy(t).Statement {
		limited := !slices.ContainsFunc(g.Resource, func(r string) bool { return !strings.Contains(r, "sallyport-") })
		if _, listed := unlimited[g.Sid]; limited == listed {
			t.Errorf("%s: limited to names of the project: %v, in the list of exceptions: %v", g.Sid, limited, listed)
		}
		if slices.ContainsFunc(g.Action, func(a string) bool { return strings.Contains(a, "*") }) {
			t.Errorf("%s grants %v", g.Sid, g.Action)
		}
		for operator, values := range g.Condition {
			for key, value := range values {
				if strings.Contains(text(value), "{") {
					t.Errorf("%s has the condition %s %s %v, want the project's name in it", g.Sid, operator, key, value)
				}
			}
		}
	}
}
