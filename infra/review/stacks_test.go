package review

import (
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

func TestOutputsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range committed {
		for name := range readPlan(t, path).Outputs {
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%s: docs/operations.md does not describe the output %s", path, name)
			}
		}
	}
}

// An account and region can have all stacks at the same time: no name is in two plans.
func TestStacksShareNoNames(t *testing.T) {
	owner := map[string]string{}
	for _, path := range committed {
		p := readPlan(t, path)
		for _, r := range p.Resources {
			key, ok := uniqueNames[r.Type]
			if !ok {
				continue
			}
			name := r.Type + " " + r.Text(key)
			if other, taken := owner[name]; taken && other != p.Stack {
				t.Errorf("%s is in the stacks %s and %s", name, other, p.Stack)
			}
			owner[name] = p.Stack
		}
	}
	if len(owner) < 20 {
		t.Errorf("got %d names, want the names of all stacks", len(owner))
	}
}

// The list of types without tags agrees with the provider: their arguments have no
// field Tags.
func TestUntaggable(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6").Output()
	if err != nil {
		t.Fatal(err)
	}
	provider := os.DirFS(strings.TrimSpace(string(out)))
	seen := map[string]bool{}
	for _, path := range committed {
		for _, r := range readPlan(t, path).Resources {
			if r.ID == "" || seen[r.Type] || r.Type == plan.TypeProvider { // a provider is not a resource of AWS
				continue
			}
			seen[r.Type] = true
			// aws:sns/topic:Topic is in go/aws/sns/topic.go.
			parts := strings.Split(r.Type, ":")
			source, err := fs.ReadFile(provider, "go/aws/"+parts[1]+".go")
			if err != nil {
				t.Fatal(err)
			}
			_, args, _ := strings.Cut(string(source), "type "+parts[2]+"Args struct {")
			args, _, _ = strings.Cut(args, "\n}")
			taggable := strings.Contains(args, "\n\tTags ")
			if taggable == slices.Contains(untaggable, r.Type) {
				t.Errorf("%s: the provider accepts tags: %v, but the list says the opposite", r.Type, taggable)
			}
		}
	}
	for _, typ := range untaggable {
		if !seen[typ] && typ != plan.TypeProvider {
			t.Errorf("%s is in the list, but in no plan", typ)
		}
	}
}
