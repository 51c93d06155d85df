package scripts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// engine is a stub of the Pulumi CLI. It records its arguments, one call a line. It fails
// while the file of a command has a digit greater than 0, and counts it down. It prints the
// file of a command's output.
const engine = `#!/bin/bash
here=$(dirname "$0")
printf '%s\n' "$*" >>"$here/calls"
name=$1
[[ $1 != stack && $1 != config ]] || name="$1-$2"
if [[ -s $here/$name.fails && $(<"$here/$name.fails") -gt 0 ]]; then
  printf '%s' "$(($(<"$here/$name.fails") - 1))" >"$here/$name.fails"
  cat "$here/$name.error" >&2 2>/dev/null
  exit 255
fi
[[ ! -f $here/$name.out ]] || cat "$here/$name.out"
`

// ci is a copy of the scripts in a folder with the settings of temporary stacks.
type ci struct {
	stage
	folder, summary string
}

func newCI(t *testing.T) ci {
	t.Helper()
	s := oneCLI(t)
	c := ci{stage: s, folder: t.TempDir()}
	c.summary = filepath.Join(c.folder, "summary.md")
	for from, to := range map[string]string{
		"ci.sh": "scripts/ci.sh", "stack.sh": "scripts/stack.sh", "json.mjs": "scripts/json.mjs",
		"../Pulumi.yaml": "Pulumi.yaml", "../Pulumi.nightly.yaml": "Pulumi.nightly.yaml",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		c.file(t, to, string(text))
	}
	s.write(t, "pulumi", engine)
	s.environ["GITHUB_STEP_SUMMARY"] = c.summary
	s.environ["AWS_REGION"] = "eu-west-1"
	s.environ["AWS_PERMISSIONS_BOUNDARY"] = "arn:aws:iam::111122223333:policy/ci-sallyport-boundary"
	s.environ["PULUMI_BACKEND_URL"] = "s3://ci-sallyport-state"
	s.environ["CI_WAIT"] = "0"
	return c
}

// file writes a file into the folder of the project.
func (c ci) file(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(c.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func (c ci) do(t *testing.T, args ...string) result {
	t.Helper()
	return c.run(t, "", filepath.Join(c.folder, "scripts/ci.sh"), args...)
}

// calls returns the calls of Pulumi since the last call.
func (c ci) calls(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(c.stubs, "calls")
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// pulumiRan compares the calls of Pulumi since the last check.
func (c ci) pulumiRan(t *testing.T, want ...string) {
	t.Helper()
	got := c.calls(t)
	for i := range got {
		got[i] = strings.NewReplacer(" --non-interactive", "", " --color never", "").Replace(got[i])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls of pulumi (-want +got):\n%s", diff)
	}
}

// summarized checks that the summary of the job has a text.
func (c ci) summarized(t *testing.T, want string) {
	t.Helper()
	text, err := os.ReadFile(c.summary)
	if err != nil || !strings.Contains(string(text), want) {
		t.Errorf("got the summary %q, error %v; want %q in it", text, err, want)
	}
}

const setBoundary = "config set permissionsBoundary arn:aws:iam::111122223333:policy/ci-sallyport-boundary --stack "

func TestCIPreview(t *testing.T) {
	c := newCI(t)
	c.write(t, "preview.out", "Previewing\n~~~~~~~~\n + aws:s3:Bucket\n")
	if r := c.do(t, "preview", "dev"); r.code != 0 || !strings.Contains(r.stdout, "+ aws:s3:Bucket") {
		t.Errorf("got %+v, want the preview", r)
	}
	c.pulumiRan(t, "stack select dev", "config get permissionsBoundary --stack dev", setBoundary+"dev", "preview --stack dev")
	c.summarized(t, "### Preview of dev\n\n~~~~~~~~\nPreviewing\n ~~~~~~~~\n + aws:s3:Bucket\n~~~~~~~~\n")

	c.write(t, "preview.fails", "1")
	c.write(t, "preview.error", "error: the setting issuer is wrong\n")
	c.do(t, "preview", "dev").check(t, 1, "~~~~~~~~\nerror: the setting issuer is wrong\n~~~~~~~~\n", "pulumi preview failed")

	c.write(t, "stack-select.fails", "1")
	c.write(t, "stack-select.error", "error: no stack named 'dev' found\n")
	c.do(t, "preview", "dev").check(t, 1, "", "the stack dev does not exist in s3://ci-sallyport-state: the first push to main creates it")
}

// A stack that has a boundary keeps it.
func TestCIDeploy(t *testing.T) {
	c := newCI(t)
	c.environ["PULUMI_SECRETS_PROVIDER"] = "awskms://alias/ci-sallyport-state?region=eu-west-1"
	c.write(t, "config-get.out", "arn:aws:iam::111122223333:policy/own\n")
	c.do(t, "deploy", "dev").check(t, 0, "", "")
	c.pulumiRan(t, "stack select dev --create --secrets-provider=awskms://alias/ci-sallyport-state?region=eu-west-1",
		"config get permissionsBoundary --stack dev", "up --stack dev --yes --skip-preview")

	c.write(t, "up.fails", "1")
	if r := c.do(t, "deploy", "dev"); r.code == 0 {
		t.Error("a failed deployment succeeds")
	}
}

// A run first destroys the stacks of cancelled runs, and touches no other stack.
func TestCIBegin(t *testing.T) {
	c := newCI(t)
	c.write(t, "stack-ls.out", `[{"name":"dev","current":true},{"name":"organization/sallyport/nightly-1-1"},{"name":"nightly-7-2"},{"name":"nightly-x"}]`)
	c.do(t, "begin", "nightly-8-1").check(t, 0, "An earlier run left the stack nightly-1-1: it is destroyed now.\n"+
		"An earlier run left the stack nightly-7-2: it is destroyed now.\n", "")
	c.pulumiRan(t, "stack ls --json",
		"stack select nightly-1-1", "cancel nightly-1-1 --yes", "destroy --stack nightly-1-1 --yes --skip-preview --remove",
		"stack select nightly-7-2", "cancel nightly-7-2 --yes", "destroy --stack nightly-7-2 --yes --skip-preview --remove",
		"stack init nightly-8-1", "config set aws:region eu-west-1 --stack nightly-8-1",
		"config get permissionsBoundary --stack nightly-8-1", setBoundary+"nightly-8-1")
	settings, err := os.ReadFile(filepath.Join(c.folder, "Pulumi.nightly-8-1.yaml"))
	if err != nil || !strings.Contains(string(settings), "logRetentionDays: 1") {
		t.Errorf("got the settings %q, error %v; want those of Pulumi.nightly.yaml", settings, err)
	}

	c.do(t, "begin", "dev").check(t, 2, "", `the name "dev" is not that of a temporary stack: use nightly-RUN-ATTEMPT`)
	c.write(t, "stack-ls.fails", "1")
	c.do(t, "begin", "nightly-9-1").check(t, 1, "", "cannot list the stacks of s3://ci-sallyport-state")
	delete(c.environ, "AWS_REGION")
	c.do(t, "begin", "nightly-9-1").check(t, 1, "", "AWS_REGION is not set: set the repository variable, such as eu-west-1")
}

func TestCIDestroy(t *testing.T) {
	c := newCI(t)
	c.write(t, "cancel.fails", "9") // there is no lock
	c.write(t, "destroy.fails", "1")
	if r := c.do(t, "destroy", "nightly-8-1"); r.code != 0 {
		t.Errorf("got %+v, want a second attempt", r)
	}
	const destroy = "destroy --stack nightly-8-1 --yes --skip-preview --remove"
	const refresh = "refresh --stack nightly-8-1 --yes --skip-preview --clear-pending-creates"
	c.pulumiRan(t, "stack select nightly-8-1", "cancel nightly-8-1 --yes", destroy, "cancel nightly-8-1 --yes", refresh, destroy)

	c.write(t, "destroy.fails", "9")
	c.write(t, "destroy.error", "error: DeleteConflict\n")
	if r := c.do(t, "destroy", "nightly-8-1"); r.code != 1 || !strings.Contains(r.stderr, "cannot destroy the stack nightly-8-1: pulumi destroy failed three times") {
		t.Errorf("got %+v, want a failure after three attempts", r)
	}
	c.summarized(t, "**The stack nightly-8-1 is not destroyed.**")

	c.calls(t)
	for _, other := range []string{"dev", "nightly", "nightly-8-1-x", "organization/sallyport/nightly-8-1"} {
		c.do(t, "destroy", other).check(t, 2, "", `the name "`+other+`" is not that of a temporary stack`)
	}
	if got := c.calls(t); got != nil {
		t.Errorf("got the calls %q for other stacks, want none", got)
	}

	// The run ended before it created the stack.
	c.write(t, "stack-select.fails", "2")
	c.write(t, "stack-select.error", "error: no stack named 'nightly-8-1' found\n")
	c.do(t, "destroy", "nightly-8-1").check(t, 0, "The stack nightly-8-1 does not exist: there is nothing to destroy.\n", "")
	c.write(t, "stack-select.error", "error: AccessDenied\n")
	c.do(t, "destroy", "nightly-8-1").check(t, 1, "", "cannot find the stack nightly-8-1: AccessDenied")
}

const noRoles = `<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><IsTruncated>false</IsTruncated><Roles/></ListRolesResult></ListRolesResponse>`

// noDashboards and oneDashboard are answers of CloudWatch to Debian's version of the AWS CLI.
const (
	noDashboards = `<ListDashboardsResponse><ListDashboardsResult><DashboardEntries/></ListDashboardsResult></ListDashboardsResponse>`
	oneDashboard = `<ListDashboardsResponse><ListDashboardsResult><DashboardEntries><member><DashboardArn>arn:dashboard</DashboardArn></member></DashboardEntries></ListDashboardsResult></ListDashboardsResponse>`
)

// nothing are the answers of AWS if nothing is left.
var nothing = []reply{{body: `{"ResourceTagMappingList":[]}`}, {body: `{"ResourceTagMappingList":[]}`}, {body: `{"logGroups":[]}`}, {body: `{"logGroups":[]}`}, {body: `{"logGroups":[]}`}, {body: noDashboards}, {body: noRoles}}

func TestCILeftovers(t *testing.T) {
	c := newCI(t)
	c.give(nothing...)
	c.do(t, "leftovers", "nightly-8-1").check(t, 0, "No resource of the stack nightly-8-1 is left.\n", "")
	asked := strings.Join(c.take(), "\n")
	for _, want := range []string{
		"tagging.eu-west-1.amazonaws.com", "tagging.us-east-1.amazonaws.com", "logs.eu-west-1.amazonaws.com", "iam.amazonaws.com",
		`"Key": "Project", "Values": ["sallyport"]`, `"Key": "Stack", "Values": ["nightly-8-1"]`, `"sallyport-nightly-8-1-"`, `"/aws/lambda/sallyport-nightly-8-1-"`, `"/aws/vendedlogs/sallyport-nightly-8-1-"`,
	} {
		if !strings.Contains(asked, want) {
			t.Errorf("got the requests\n%s\nwant %s in them", asked, want)
		}
	}
}

// AWS may still list resources in the first search. A search that fails fails the run.
func TestCISearchesAgain(t *testing.T) {
	c := newCI(t)
	found, searches := "arn:aws:dynamodb:eu-west-1:1:table/t", 0
	c.stub(t, func(in call) (string, int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if in.operation() != "resourcegroupstaggingapi get-resources" || in.flags["--region"] != "eu-west-1" {
			return "", 0
		}
		searches++
		first := found
		found = ""
		return first, 0
	})
	c.do(t, "leftovers", "nightly-8-1").check(t, 0, "No resource of the stack nightly-8-1 is left.\n", "")
	if searches != 2 {
		t.Errorf("got %d searches, want 2", searches)
	}

	c.stub(t, func(in call) (string, int) { return in.failed("AccessDeniedException", "no") })
	c.do(t, "leftovers", "nightly-8-1").check(t, 1, "", "cannot search for the resources of nightly-8-1: the AWS credentials lack a permission")
}

// Every kind of leftover is reported, and fails the run.
func TestCIReportsLeftovers(t *testing.T) {
	c := newCI(t)
	c.environ["CI_SEARCHES"] = "1"
	role := strings.Replace(noRoles, "<Roles/>", "<Roles><member><RoleName>sallyport-nightly-8-1-function-1</RoleName><Arn>arn:aws:iam::1:role/sallyport-nightly-8-1-function-1</Arn></member>"+
		"<member><RoleName>sallyport-dev-function-1</RoleName><Arn>arn:aws:iam::1:role/sallyport-dev-function-1</Arn></member></Roles>", 1)
	c.give(reply{body: `{"ResourceTagMappingList":[{"ResourceARN":"arn:b"},{"ResourceARN":"arn:a"}]}`}, reply{body: `{"ResourceTagMappingList":[{"ResourceARN":"arn:a"}]}`},
		reply{body: `{"logGroups":[{"logGroupName":"sallyport-nightly-8-1-function"}]}`}, reply{body: `{"logGroups":[]}`}, reply{body: `{"logGroups":[]}`}, reply{body: oneDashboard}, reply{body: role})
	const want = "These resources of the stack nightly-8-1 still exist. Delete them, because they can cost money:\n\n" +
		"~~~~~~~~\narn:a\narn:aws:iam::1:role/sallyport-nightly-8-1-function-1\narn:b\narn:dashboard\nsallyport-nightly-8-1-function\n~~~~~~~~\n"
	c.do(t, "leftovers", "nightly-8-1").check(t, 1, want, "")
	c.summarized(t, "### Leftovers\n\n"+want)
}

func TestCIReport(t *testing.T) {
	c := newCI(t)
	c.do(t, "report").check(t, 0, "There is no report: the run ended before the verification.\n", "")
	c.environ["VERIFY_REPORT"] = "verification/nightly.md"
	c.file(t, "verification/2026-11-29.md", "# An older report\n") // that somebody has added to the repository
	c.do(t, "report").check(t, 0, "There is no report: the run ended before the verification.\n", "")
	c.file(t, "verification/nightly.md", "# Verified\n")
	c.do(t, "report").check(t, 0, "# Verified\n", "")
	c.summarized(t, "# Verified\n")
}

func TestCIMisuse(t *testing.T) {
	c := newCI(t)
	c.do(t).check(t, 2, "", `unknown command ""`)
	c.do(t, "drop", "dev").check(t, 2, "", `unknown command "drop"`)
	c.do(t, "destroy").check(t, 2, "", "destroy needs the name of a stack")
	c.do(t, "report", "dev").check(t, 2, "", "report takes no arguments")
}
