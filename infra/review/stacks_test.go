package review

import (
	"os"
	"slices"
	"testing"

	"sallyport/infra/plan"
)

func TestOutputsAreDescribed(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		if got := Undescribed(readPlan(t, path), string(readme)); got != nil {
			t.Errorf("%s: the README says nothing of the outputs %q", path, got)
		}
	}
	p := plan.Plan{Outputs: map[string]any{"siteUrl": "", "moon": ""}}
	if got := Undescribed(p, string(readme)); !slices.Equal(got, []string{"moon"}) {
		t.Errorf("got %q, want what nobody describes", got)
	}
}

// Stacks live side by side in one account and region: no name is in two plans.
func TestStacksShareNoNames(t *testing.T) {
	owner := map[string]string{}
	for _, path := range kept {
		p := readPlan(t, path)
		for _, r := range p.Resources {
			key, ok := namedAlone[r.Type]
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
		t.Errorf("got %d names, want those of four stacks", len(owner))
	}
}
