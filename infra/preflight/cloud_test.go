package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sallyport/test/support"
)

// answer is an answer of AWS. An answer with a code is an error.
type answer struct {
	status        int // of an error
	code, message string
	body          string
}

// goodAccount has the answers of an account without problems. The shapes are those of botocore's
// service models: JSON for the protocols json and rest-json, XML for query and rest-xml.
var goodAccount = map[string]answer{
	"GetCallerIdentity": {body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
		<Arn>arn:aws:sts::111122223333:assumed-role/Deployer/ann</Arn><UserId>AROAEXAMPLE:ann</UserId><Account>111122223333</Account>
		</GetCallerIdentityResult></GetCallerIdentityResponse>`},
	"GetAccountSettings": {body: `{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,
		"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000},"AccountUsage":{"TotalCodeSize":0,"FunctionCount":0}}`},
	"GetAccount":             {body: `{"cloudwatchRoleArn":null,"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"features":["UsagePlans"],"apiKeyVersion":"4"}`},
	"ListDistributions":      distributions(1),
	"DescribeUserPoolDomain": {body: `{"DomainDescription":{}}`},
	"GetRole": {body: `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/teams/</Path>
		<Arn>arn:aws:iam::111122223333:role/teams/Deployer</Arn><RoleName>Deployer</RoleName><RoleId>AROAEXAMPLE</RoleId><CreateDate>2026-01-01T00:00:00Z</CreateDate>
		<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument>
		</Role></GetRoleResult></GetRoleResponse>`},
	"GetRole AWSServiceRoleForAPIGateway": {status: 404, code: "NoSuchEntity", message: "The role with name AWSServiceRoleForAPIGateway cannot be found."},
	"GetRole sallyport-gateway-logs":      {status: 404, code: "NoSuchEntity", message: "The role with name sallyport-gateway-logs cannot be found."},
	"DescribeBudget":                      {status: 400, code: "NotFoundException", message: "Unable to get budget: sallyport-preflight - the budget doesn't exist."},
	"DescribeCertificate":                 certificateAnswer("ISSUED", "*.example.com", "RSA-2048"),
}

func distributions(n int) answer {
	return answer{body: fmt.Sprintf(`<DistributionList xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated><Quantity>%d</Quantity></DistributionList>`, n)}
}

func certificateAnswer(status, name, key string) answer {
	return answer{body: fmt.Sprintf(`{"Certificate":{"CertificateArn":"arn:aws:acm:us-east-1:111122223333:certificate/1","DomainName":%[2]q,
		"SubjectAlternativeNames":[%[2]q],"Status":%[1]q,"KeyAlgorithm":%[3]q,"NotAfter":4102444799,"Type":"AMAZON_ISSUED","RenewalEligibility":"ELIGIBLE"}}`, status, name, key)}
}

// cloud emulates the services of AWS that the preflight calls.
type cloud struct {
	proxy, authority string
	mu               sync.Mutex
	answers          map[string]answer // by operation, or by operation and host or name of a role
	denied           string            // an action that SimulatePrincipalPolicy denies
	onlyNames        string            // SimulatePrincipalPolicy denies other names of the project; empty: no limit
	calls            []string          // OPERATION HOST
}

var hosts = []string{
	"sts.eu-west-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "lambda.eu-west-1.amazonaws.com", "apigateway.eu-west-1.amazonaws.com",
	"cloudfront.amazonaws.com", "cognito-idp.eu-west-1.amazonaws.com", "acm.eu-west-1.amazonaws.com", "acm.us-east-1.amazonaws.com",
	"budgets.amazonaws.com", "iam.amazonaws.com", "sts.me-central-1.amazonaws.com",
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{answers: maps.Clone(goodAccount)}
	c.proxy, c.authority = support.NewProxy(t, http.HandlerFunc(c.serve), hosts...)
	return c
}

// seen returns the calls so far.
func (c *cloud) seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	operation := operationOf(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, operation+" "+r.Host)
	a, found := c.answers[operation+" "+r.Host]
	if !found {
		a, found = c.answers[operation+" "+r.Form.Get("RoleName")]
	}
	if !found {
		a, found = c.answers[operation]
	}
	if operation == "SimulatePrincipalPolicy" && !found {
		a = simulationAnswer(r.Form, c.denied, c.onlyNames)
	}
	w.Header().Set("X-Amzn-RequestId", "11112222-3333-4444-5555-666677778888")
	xml := strings.HasPrefix(r.Host, "sts.") || strings.HasPrefix(r.Host, "iam.") || strings.HasPrefix(r.Host, "cloudfront.")
	if a.code != "" {
		w.Header().Set("X-Amzn-ErrorType", a.code)
		w.WriteHeader(a.status)
		a.body = fmt.Sprintf(`{"__type":%q,"message":%q}`, a.code, a.message)
		if xml {
			a.body = "<ErrorResponse><Error><Type>Sender</Type><Code>" + a.code + "</Code><Message>" + a.message + "</Message></Error><RequestId>1</RequestId></ErrorResponse>"
		}
	}
	_, _ = w.Write([]byte(a.body)) // the client may have ended
}

// operationOf returns the operation of a request, by the protocol of the service.
func operationOf(r *http.Request) string {
	if _, operation, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found {
		return operation
	}
	switch path := r.URL.Path; {
	case strings.Contains(path, "/account-settings"):
		return "GetAccountSettings"
	case strings.HasSuffix(path, "/concurrency"):
		return "GetFunctionConcurrency"
	case path == "/account":
		return "GetAccount"
	case strings.HasSuffix(path, "/distribution"):
		return "ListDistributions"
	}
	return r.Form.Get("Action")
}

// simulationAnswer allows all actions but one, on all resources but those whose name begins with
// that of the project and not with onlyNames.
func simulationAnswer(form url.Values, denied, onlyNames string) answer {
	list := func(name string) (values []string) {
		for i := 1; form.Get(fmt.Sprintf("%s.member.%d", name, i)) != ""; i++ {
			values = append(values, form.Get(fmt.Sprintf("%s.member.%d", name, i)))
		}
		return values
	}
	var b strings.Builder
	for _, action := range list("ActionNames") {
		for _, resource := range list("ResourceArns") {
			decision := "allowed"
			if action == denied || strings.Contains(resource, "sallyport-") && !strings.Contains(resource, onlyNames) {
				decision = "implicitDeny"
			}
			fmt.Fprintf(&b, "<member><EvalActionName>%s</EvalActionName><EvalResourceName>%s</EvalResourceName><EvalDecision>%s</EvalDecision></member>", action, resource, decision)
		}
	}
	return answer{body: "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>" + b.String() +
		"</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"}
}

// pulumiStub is a stub of the Pulumi CLI. For each command, it prints a file. If a file with the
// suffix .error exists, it prints that file to standard error and fails.
const pulumiStub = `#!/bin/sh
case "$*" in
  version*) name=version ;; whoami*) name=whoami ;; "stack --show-name"*) name=name ;;
  "stack output --json"*) name=outputs ;; "config --json"*) name=config ;; *) echo "unexpected: $*" >&2; exit 9 ;;
esac
here=$(dirname "$0")
[ ! -e "$here/$name.error" ] || { cat "$here/$name.error" >&2; exit 255; }
cat "$here/$name"
`

// machine is a machine with the real AWS CLI, emulated services and a stub of Pulumi.
type machine struct {
	*cloud
	stubs   string
	environ map[string]string
	caa     []caaRecord // of each domain
}

func newMachine(t *testing.T) machine {
	t.Helper()
	return newMachineWith(t, support.AWSCLI(t))
}

// newMachineWith returns a machine with the AWS CLI in a folder.
func newMachineWith(t *testing.T, aws string) machine {
	t.Helper()
	support.DependOn(t, "../../Pulumi.yaml", "../../docs/deployer-policy.json", "../../docs/deployer-options.json")
	m := machine{cloud: newCloud(t), stubs: t.TempDir()}
	m.environ = map[string]string{
		"HOME": t.TempDir(), "HTTPS_PROXY": m.proxy, "AWS_CA_BUNDLE": m.authority, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"PATH": m.stubs + ":" + aws + ":" + os.Getenv("PATH"),
	}
	for name, text := range map[string]string{
		"pulumi": pulumiStub, "version": "v3.200.0\n", "whoami": "ann\n", "name": "dev\n", "outputs": "{}",
		"config": `{"aws:region":{"value":"eu-west-1","secret":false}}`,
	} {
		m.write(t, name, text)
	}
	t.Setenv("PATH", m.environ["PATH"]) // exec.Command looks for commands there
	t.Chdir("../..")
	return m
}

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.stubs, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// run runs the preflight and returns its standard output and exit code.
func (m machine) run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	deps := dependencies{
		lookup:  func(context.Context, string) (string, error) { return "", &net.DNSError{IsNotFound: true} },
		caa:     func(context.Context, string) ([]caaRecord, error) { return m.caa, nil },
		origins: func(context.Context, string) ([]string, error) { return nil, errors.New("connection refused") },
	}
	for name, value := range m.environ {
		deps.environ = append(deps.environ, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	code := run(context.WithoutCancel(t.Context()), append([]string{"-timeout", "1h"}, args...), deps, &stdout, &stderr)
	for line := range strings.Lines(stderr.String()) {
		if !strings.Contains(line, "still checking: ") {
			t.Errorf("got on standard error: %s", line)
		}
	}
	if text := stdout.String(); strings.Contains(text, "An error occurred") || strings.Contains(text, "Traceback") {
		t.Errorf("got an error of the AWS CLI or a stack trace of Python: %s", text)
	}
	return stdout.String(), code
}

// wantLines checks that the output has lines. The first text of each is the status and the check
// at the beginning of the line, the second one a part of the line.
func wantLines(t *testing.T, out string, lines ...[2]string) {
	t.Helper()
	for _, want := range lines {
		found := false
		for line := range strings.Lines(out) {
			if strings.HasPrefix(strings.Join(strings.Fields(line), " "), want[0]+":") && strings.Contains(line, want[1]) {
				found = true
			}
		}
		if !found {
			t.Errorf("got\n%s\nwant a line %q with %q", out, want[0], want[1])
		}
	}
}
