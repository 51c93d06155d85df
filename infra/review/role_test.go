package review

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
)

const (
	roleFile     = "../../.github/aws-role.yaml"
	roleTemplate = "testdata/aws-role.yaml"
	project      = "sallyport"
)

// managedPolicy is a managed policy of the template of the workflow's roles.
type managedPolicy struct {
	Name, Physical, Description string
	policy                      Policy
}

// Statements returns the statements as JSON, one a line.
func (m managedPolicy) Statements() ([]string, error) { return lines(m.policy) }

func lines(p Policy) ([]string, error) {
	var all []string
	for _, s := range p.Statement {
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		all = append(all, string(text))
	}
	return all, nil
}

// needBoundary are the actions that give permissions to a role. The workflow may use them only
// for roles with the permissions boundary of the template (docs/operations.md).
var needBoundary = []string{"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}

// bounded returns p without the actions that give permissions, and the statements that allow
// these actions for roles with the boundary.
func bounded(p Policy) (rest, withBoundary Policy) {
	rest, withBoundary = Policy{Version: p.Version}, Policy{Version: p.Version}
	for _, s := range p.Statement {
		gives, other := s, s
		gives.Action = filter(s.Action, func(a string) bool { return slices.Contains(needBoundary, a) })
		other.Action = filter(s.Action, func(a string) bool { return !slices.Contains(needBoundary, a) })
		if len(gives.Action) > 0 {
			gives.Sid = "Bounded" + s.Sid
			gives.Condition = map[string]map[string]any{"StringEquals": {"iam:PermissionsBoundary": map[string]string{"Ref": "Boundary"}}}
			for operator, values := range s.Condition {
				gives.Condition[operator] = values
			}
			withBoundary.Statement = append(withBoundary.Statement, gives)
		}
		if len(other.Action) > 0 {
			rest.Statement = append(rest.Statement, other)
		}
	}
	return rest, withBoundary
}

func filter(all []string, keep func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !keep(s) })
}

// reading matches actions that change nothing.
var reading = regexp.MustCompile(`^[a-z0-9-]+:(Get|List|Describe|View)\w*$|^apigateway:GET$`)

// readOnly returns the part of p that changes nothing.
func readOnly(p Policy) Policy {
	reads := Policy{Version: p.Version}
	for _, s := range p.Statement {
		if s.Action = filter(s.Action, reading.MatchString); len(s.Action) > 0 {
			reads.Statement = append(reads.Statement, s)
		}
	}
	return reads
}

// temporary returns p for the stacks whose names begin with nightly-.
func temporary(t *testing.T, p Policy) Policy {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var limited Policy
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(project+"-*"), []byte(project+"-nightly-*")), &limited); err != nil {
		t.Fatal(err)
	}
	return limited
}

// preflightFile has the permissions that the preflight needs.
const preflightFile = "../../docs/preflight-policy.json"

// proof returns the permissions that make preflight, make verify and the search for leftovers
// need in addition to those of the deployer. It leaves out the simulation of the deployer's
// permissions: the role of the nightly run has them for temporary stacks only, so IAM would deny
// them.
func proof(t *testing.T) Policy {
	t.Helper()
	text, err := os.ReadFile(preflightFile)
	if err != nil {
		t.Fatal(err)
	}
	var p Policy
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	p.Statement = slices.DeleteFunc(p.Statement, func(s Statement) bool { return slices.Contains(s.Action, "iam:SimulatePrincipalPolicy") })
	p.Statement = append(p.Statement,
		allowed("CallFunction", "lambda:InvokeFunction", function),
		allowed("Connections", "execute-api:ManageConnections", "arn:aws:execute-api:*:*:*/*/*/@connections/*"),
		allowed("FindFirewall", "cloudfront:ListDistributionsByWebACLId wafv2:ListWebACLs", "*"),
		allowed("Leftovers", "cloudwatch:DescribeAlarms cloudwatch:ListDashboards iam:ListRoles logs:DescribeLogGroups tag:GetResources", "*"),
		allowed("Rows", "dynamodb:BatchWriteItem dynamodb:Query", table),
		allowed("TestUsers", "cognito-idp:AdminCreateUser cognito-idp:AdminDeleteUser cognito-idp:AdminInitiateAuth cognito-idp:AdminSetUserPassword", pool),
	)
	return temporary(t, p)
}

// allowed returns a statement about resources of the project.
func allowed(sid, actions string, resources ...string) Statement {
	for i, r := range resources {
		resources[i] = strings.ReplaceAll(r, "{project}", project)
	}
	return Statement{Sid: sid, Effect: "Allow", Action: strings.Fields(actions), Resource: resources}
}

// boundary returns the most that a role of a stack can do: more than the permissions of today's
// roles, so that a route can use more of the same services.
func boundary() Policy {
	return Policy{Version: "2012-10-17", Statement: []Statement{
		allowed("Logs", "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:FilterLogEvents logs:GetLogEvents logs:PutLogEvents", "*"),
		allowed("Tables", "dynamodb:*Item dynamodb:Query dynamodb:Scan", table),
		allowed("Queues", "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage sqs:SendMessage", queue),
		allowed("Push", "execute-api:ManageConnections", "*"),
		allowed("Functions", "lambda:InvokeFunction", function),
		allowed("Traces", "xray:PutTelemetryRecords xray:PutTraceSegments", "*"),
	}}
}

// managedPolicies returns the managed policies of the template.
func managedPolicies(t *testing.T) []managedPolicy {
	t.Helper()
	policies := deployerPolicies(t)
	core, coreBounded := bounded(policies[0])
	options, optionsBounded := bounded(policies[1])
	options.Statement = slices.Concat(options.Statement, coreBounded.Statement, optionsBounded.Statement)
	return []managedPolicy{
		{"Deploy", "deploy", "Deploys the default stack", core},
		{"DeployOptions", "deploy-options", "Deploys the options, and creates roles with the boundary", options},
		{"Nightly", "nightly", "Deploys temporary stacks", temporary(t, core)},
		{"NightlyOptions", "nightly-options", "Deploys the options of temporary stacks", temporary(t, options)},
		{"NightlyProof", "nightly-proof", "Verifies temporary stacks", proof(t)},
		{"PreviewRead", "preview-read", "Reads the resources of the deployed stack", readOnly(deployerPolicy(t))},
	}
}

// TestRoleTemplate compares the template of the workflow's roles with the policies of the
// deployer.
func TestRoleTemplate(t *testing.T) {
	text, err := template.ParseFiles(roleTemplate)
	if err != nil {
		t.Fatal(err)
	}
	most, err := lines(boundary())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := text.Execute(&got, map[string]any{"Project": project, "Policies": managedPolicies(t), "Boundary": most}); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(roleFile, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(roleFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-committed +derived):\n%s\nrenew it with `make plan`", roleFile, diff)
	}
	if n := len(want); n > 51200 {
		t.Errorf("%s has %d bytes, want at most 51200: CloudFormation refuses more in a request", roleFile, n)
	}
}

// IAM refuses a managed policy with more than 6,144 characters without white space.
func TestRolePoliciesFit(t *testing.T) {
	for _, m := range managedPolicies(t) {
		text, err := json.Marshal(m.policy)
		if err != nil {
			t.Fatal(err)
		}
		n := len(strings.ReplaceAll(string(text), `{"Ref":"Boundary"}`, `"arn:aws:iam::111122223333:policy/ci-`+project+`-boundary"`))
		if n > 6144 {
			t.Errorf("%s has %d characters, want at most 6144", m.Name, n)
		}
		seen := map[string]bool{}
		for _, s := range m.policy.Statement {
			if seen[s.Sid] {
				t.Errorf("%s has the Sid %s twice, which IAM refuses", m.Name, s.Sid)
			}
			seen[s.Sid] = true
		}
	}
}

// Together, the policies of a role allow what the deployer's allow. The actions that give
// permissions need the boundary.
func TestRolePoliciesAreComplete(t *testing.T) {
	granted := map[string]bool{}
	for _, m := range managedPolicies(t)[:2] {
		for _, s := range m.policy.Statement {
			for _, action := range s.Action {
				if _, limited := s.Condition["StringEquals"]["iam:PermissionsBoundary"]; limited != slices.Contains(needBoundary, action) {
					t.Errorf("%s: %s needs the boundary: %v", m.Name, action, limited)
				}
				for _, resource := range s.Resource {
					granted[action+" on "+resource] = true
				}
			}
		}
	}
	for _, s := range deployerPolicy(t).Statement {
		for _, action := range s.Action {
			for _, resource := range s.Resource {
				if !granted[action+" on "+resource] {
					t.Errorf("no policy grants %s on %s", action, resource)
				}
			}
		}
	}
}

// covers reports whether an IAM pattern matches text.
func covers(pattern, text string) bool {
	return regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`).MatchString(text)
}

// The boundary must not remove a permission of a role that a plan declares.
func TestBoundaryAllowsTheRoles(t *testing.T) {
	checked := 0
	for _, path := range committed {
		for _, r := range readPlan(t, path).Resources {
			if r.Type != plan.TypeRolePolicy {
				continue
			}
			var p Policy
			if err := json.Unmarshal([]byte(r.Text("policy")), &p); err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Statement {
				for _, action := range s.Action {
					for _, resource := range s.Resource {
						checked++
						if !slices.ContainsFunc(boundary().Statement, func(b Statement) bool {
							return slices.ContainsFunc(b.Action, func(a string) bool { return covers(a, action) }) &&
								slices.ContainsFunc(b.Resource, func(on string) bool { return covers(on, resource) })
						}) {
							t.Errorf("%s: the boundary does not allow %s on %s, which the role %s needs: extend boundary in role_test.go", path, action, resource, r.Name)
						}
					}
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("got %d permissions of roles, want those of all plans", checked)
	}
}

// The preview runs code of a pull request, so its role only reads.
func TestPreviewOnlyReads(t *testing.T) {
	for _, s := range readOnly(deployerPolicy(t)).Statement {
		for _, action := range s.Action {
			if _, name, _ := strings.Cut(action, ":"); regexp.MustCompile(`^(Put|Create|Delete|Update|Tag|Untag|Add|Remove|Pass|Set|Attach|Detach|Modify|POST|PATCH|PUT|DELETE)`).MatchString(name) {
				t.Errorf("%s changes something", action)
			}
		}
	}
}

// The parameter Repository accepts the names of GitHub, also those of managed users, which end
// in an underscore and a short name.
func TestRepositoryOfRoleTemplate(t *testing.T) {
	text, err := os.ReadFile(roleFile)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`AllowedPattern: "(.*)"`).FindSubmatch(text) // the first parameter is Repository
	if found == nil {
		t.Fatal("the parameter Repository has no pattern")
	}
	pattern := regexp.MustCompile("^(?:" + string(found[1]) + ")$") // CloudFormation compares the whole value
	for name, want := range map[string]bool{
		"octo/sallyport": true, "octo-org/a.b_c-d": true, "octo_acme/sallyport": true, "octo@1/sallyport@2": true,
		"octo": false, "octo/sallyport:ref:*": false, "octo/*": false, "*/sallyport": false, "octo/sallyport/x": false, "": false,
	} {
		if got := pattern.MatchString(name); got != want {
			t.Errorf("%s: got %t, want %t", name, got, want)
		}
	}
}
