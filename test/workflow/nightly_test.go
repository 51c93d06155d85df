package workflow

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"sallyport/infra/configuration"
)

// A temporary stack is destroyed, and its resources are searched for, also after a failure.
func TestNightlyDestroysItsStack(t *testing.T) {
	nightly := parse(t, files(t)[onAWS]).Jobs["nightly"]
	always := []string{`scripts/ci.sh report`, `scripts/ci.sh destroy "$STACK"`, `scripts/ci.sh leftovers "$STACK"`}
	for _, run := range always {
		if !slices.ContainsFunc(nightly.Steps, func(s step) bool { return s.Run == run && s.If == "always()" }) {
			t.Errorf("no step runs %q always", run)
		}
	}
}

// settings returns the settings of the temporary stack, and the defaults of the others.
func settings(t *testing.T) map[string]string {
	t.Helper()
	var project struct {
		Config map[string]struct{ Default any }
	}
	var stack struct{ Config map[string]any }
	for file, into := range map[string]any{"Pulumi.yaml": &project, "Pulumi.nightly.yaml": &stack} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{}
	add := func(name string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = strings.Trim(string(text), `"`)
	}
	for name, c := range project.Config {
		add(name, c.Default)
	}
	for name, value := range stack.Config {
		if _, ok := project.Config[name]; !ok {
			t.Errorf("Pulumi.nightly.yaml has the unknown setting %s", name)
		}
		add(name, value)
	}
	return all
}

// The settings of the temporary stack are valid, and so are its names.
func TestSettingsOfTheTemporaryStack(t *testing.T) {
	t.Chdir(root)
	values := settings(t)
	c, err := configuration.Read("eu-west-1", func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	})
	if err != nil {
		t.Error(err)
	}
	if c.LogRetentionDays != 1 || c.ThrottleRate >= 100 {
		t.Errorf("got logs for %d days and %v messages a second, want little cost", c.LogRetentionDays, c.ThrottleRate)
	}
	if err := configuration.CheckStack(strings.Repeat("p", 20), "nightly-123456789012-10"); err != nil {
		t.Error(err)
	}
}

// The workflow runs targets that the Makefile has.
func TestTargetsExist(t *testing.T) {
	all := files(t)
	text, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for path, workflow := range all {
		for _, s := range parse(t, workflow).steps() {
			target, isMake := strings.CutPrefix(s.Run, "make ")
			if target, _, _ = strings.Cut(target, " "); isMake && !strings.Contains(string(text), "\n"+target+":") {
				t.Errorf("%s runs make %s, which the Makefile does not have", path, target)
			}
		}
	}
}
