package review

import (
	"slices"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// Every form has a value in the plan of everything, and refuses another value.
func TestAcceptedFormsRefuseOtherValues(t *testing.T) {
	for _, want := range acceptedForms {
		t.Run(want.typ+"/"+want.path, func(t *testing.T) {
			p := everything(t)
			path := strings.Split(want.path, ".")
			changed := 0
			for _, r := range p.OfType(want.typ) {
				for _, attributes := range []map[string]any{r.Inputs, r.Outputs} {
					changed += change(attributes, path)
				}
			}
			if changed == 0 {
				t.Fatal("no value in the plan")
			}
			if got := strings.Join(notAccepted(p), "\n"); !strings.Contains(got, want.typ) || !strings.Contains(got, want.path+" is ") {
				t.Errorf("got %q, want a violation by %s of %s", got, want.path, want.typ)
			}
		})
	}
}

// change replaces every value at a path by unacceptable. It returns the number of values.
func change(v any, path []string) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += change(e, path)
		}
	case map[string]any:
		for key, child := range v {
			switch {
			case path[0] != key && path[0] != "*":
			case len(path) > 1:
				n += change(child, path[1:])
			default:
				v[key] = unacceptable
				n++
			}
		}
	}
	return n
}

// unacceptable is too long for a name, and has characters that no name may have.
var unacceptable = "\n:\\" + strings.Repeat("x ", 2000)

// An existing object lacks a member that AWS requires.
func TestAcceptedFindsMissingMembers(t *testing.T) {
	p := everything(t)
	for _, r := range p.OfType(plan.TypeTable) {
		r.Inputs["pointInTimeRecovery"] = map[string]any{}
	}
	for _, r := range p.OfType(plan.TypeBudget) {
		delete(r.Inputs["notifications"].([]any)[1].(map[string]any), "threshold")
	}
	got := notAccepted(p)
	for _, want := range []string{`Table connections: pointInTimeRecovery.enabled is "", want true|false`, `Budget month: notifications.threshold is "", want`} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

// An object that AWS does not require may be missing.
func TestAcceptedIgnoresMissingObjects(t *testing.T) {
	p := everything(t)
	for _, r := range p.OfType(plan.TypeTable) {
		delete(r.Inputs, "pointInTimeRecovery")
		delete(r.Inputs, "globalSecondaryIndexes")
	}
	if got := notAccepted(p); got != nil {
		t.Errorf("got %q, want no violation", got)
	}
}

// notAccepted returns the values of a plan that AWS does not accept.
func notAccepted(p plan.Plan) []string { return Rule{check: mayBe(acceptedForms...)}.Check(p) }
