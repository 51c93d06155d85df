package workflow

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"gopkg.in/yaml.v3"

	"sallyport/test/support"
)

// root is the root of the repository.
const root = "../.."

// onAWS is the workflow that has credentials of AWS.
const onAWS = ".github/workflows/aws.yml"

// workflow is a workflow or a composite action, as far as the tests read it.
type workflow struct {
	On          any
	Permissions map[string]string
	Env         map[string]string
	Jobs        map[string]job
	Runs        struct{ Steps []step }
}

type job struct {
	If          string
	Environment string
	Container   string
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Concurrency struct {
		Group  string
		Cancel *bool `yaml:"cancel-in-progress"`
	}
	Env   map[string]string
	Steps []step
}

type step struct {
	Uses, Run, If string
	With          map[string]string
}

// files returns the workflows and composite actions, by path.
func files(t *testing.T) map[string]string {
	t.Helper()
	t.Chdir(root)
	support.DependOn(t, ".github")
	found := map[string]string{}
	for _, pattern := range []string{".github/workflows/*.yml", ".github/workflows/*.yaml", ".github/actions/*/action.yml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found[path] = string(text)
		}
	}
	if len(found) < 3 {
		t.Fatalf("got %d files, want the workflows and the actions", len(found))
	}
	return found
}

func parse(t *testing.T, text string) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// steps returns all steps of a workflow or an action.
func (w workflow) steps() []step {
	all := slices.Clone(w.Runs.Steps)
	for _, j := range w.Jobs {
		all = append(all, j.Steps...)
	}
	return all
}

func TestActionlint(t *testing.T) {
	for path := range files(t) {
		if filepath.Base(path) == "action.yml" {
			continue // the linter reads it for the workflow that uses it
		}
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: "shellcheck"})
		if err != nil {
			t.Fatal(err)
		}
		problems, err := linter.LintFile(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Error(p)
		}
	}
}

// A tag of an action can be moved to other code. A commit cannot.
func TestActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	version := regexp.MustCompile(`(?m)uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for path, text := range files(t) {
		used := 0
		for _, s := range parse(t, text).steps() {
			if s.Uses == "" || strings.HasPrefix(s.Uses, "./") {
				continue
			}
			used++
			if !pinned.MatchString(s.Uses) {
				t.Errorf("%s uses %s: name its commit", path, s.Uses)
			}
		}
		if named := len(version.FindAllString(text, -1)); named != used {
			t.Errorf("%s names the versions of %d actions in comments, want %d", path, named, used)
		}
	}
}

// An expression in a script becomes a part of the script, so its value can be a command.
func TestNoScriptHasExpressions(t *testing.T) {
	for path, text := range files(t) {
		for _, s := range parse(t, text).steps() {
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s has an expression in the script %q: pass the value by env", path, s.Run)
			}
		}
	}
}

func TestWorkflowsHaveFewPermissions(t *testing.T) {
	for path, text := range files(t) {
		if regexp.MustCompile(`\$\{\{[^}]*\bsecrets\b|secrets: inherit|pull_request_target`).MatchString(text) {
			t.Errorf("%s uses secrets or pull_request_target", path)
		}
		w := parse(t, text)
		if path == onAWS && (w.Permissions == nil || len(w.Permissions) > 0) {
			t.Errorf("%s has the permissions %v, want {}: each job has its own", path, w.Permissions)
		}
		for name, j := range w.Jobs {
			if j.Timeout == 0 {
				t.Errorf("%s: the job %s has no timeout-minutes", path, name)
			}
			usesAWS := false
			for _, s := range j.Steps {
				usesAWS = usesAWS || s.Uses == "./.github/actions/aws"
				if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
					t.Errorf("%s: the job %s keeps the token of its checkout", path, name)
				}
			}
			for _, permissions := range []map[string]string{w.Permissions, j.Permissions} {
				for permission, value := range permissions {
					allowed := permission == "contents" && value == "read" || permission == "id-token" && value == "write" && usesAWS
					if !allowed {
						t.Errorf("%s: the job %s has the permission %s: %s", path, name, permission, value)
					}
				}
			}
		}
	}
}

// Each job on AWS runs only if a repository variable has its role, so a fork without an
// account stays green.
func TestJobsOnAWS(t *testing.T) {
	want := map[string]struct{ condition, environment, group string }{
		"preview": {"vars.AWS_PREVIEW_ROLE != '' && vars.AWS_STACK != '' && github.event_name == 'pull_request' && " +
			"github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]'", "", "aws-preview-${{ github.event.pull_request.number }}"},
		"deploy": {"vars.AWS_DEPLOY_ROLE != '' && vars.AWS_STACK != '' && github.event_name == 'push' && github.ref == 'refs/heads/main'", "aws", "aws-deploy"},
		"nightly": {"vars.AWS_NIGHTLY_ROLE != '' && github.ref == 'refs/heads/main' && " +
			"(github.event_name == 'schedule' || github.event_name == 'workflow_dispatch')", "aws-nightly", "aws-nightly"},
	}
	jobs := parse(t, files(t)[onAWS]).Jobs
	if len(jobs) != len(want) {
		t.Errorf("got %d jobs, want %d", len(jobs), len(want))
	}
	for name, w := range want {
		j := jobs[name]
		if j.If != w.condition || j.Environment != w.environment || j.Concurrency.Group != w.group {
			t.Errorf("job %s: got if %q, environment %q, group %q; want %q, %q, %q", name, j.If, j.Environment, j.Concurrency.Group, w.condition, w.environment, w.group)
		}
		if cancel := j.Concurrency.Cancel; cancel == nil || *cancel != (name == "preview") {
			t.Errorf("job %s: an update that is cancelled leaves a lock and unknown resources; only previews are cancelled", name)
		}
	}
}

// The tools have the versions of the project.
func TestToolsOfTheWorkflow(t *testing.T) {
	action := files(t)[".github/actions/aws/action.yml"]
	for file, pattern := range map[string]string{
		"go.mod":                      `github\.com/pulumi/pulumi/sdk/v3 v(\S+)`,
		".github/workflows/check.yml": `node-version: (\S+)`,
		".devcontainer/Dockerfile":    `--version (\S+)`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindStringSubmatch(string(text))
		if m == nil || !strings.Contains(action, "version: "+m[1]+"\n") {
			t.Errorf("the action does not have the version %q of %s", m, file)
		}
	}
}

// The linter is for tests only.
func TestDeployedCodeHasNoLinter(t *testing.T) {
	t.Chdir(root)
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".", "./lambda", "./local").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "rhysd") {
		t.Error("deployed code imports actionlint")
	}
}
