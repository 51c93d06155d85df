package review

import (
	"slices"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// Every row has a value in a plan, and finds another value in its place.
func TestAcceptedRowsFindOtherValues(t *testing.T) {
	for _, row := range accepted {
		t.Run(row.typ+"/"+row.path, func(t *testing.T) {
			p := everything(t)
			path := strings.Split(row.path, ".")
			changed := 0
			for _, r := range p.OfType(row.typ) {
				for _, attributes := range []map[string]any{r.Inputs, r.Outputs} {
					changed += change(attributes, path)
				}
			}
			if changed == 0 {
				t.Fatal("no value in the plan")
			}
			if got := strings.Join(unaccepted(p), "\n"); !strings.Contains(got, row.typ) || !strings.Contains(got, row.path+" is ") {
				t.Errorf("got %q, want %s of %s in it", got, row.path, row.typ)
			}
		})
	}
}

// change replaces every value at a path by one that AWS accepts nowhere. It returns the
// number of values.
func change(v any, path []string) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += change(e, path)
		}
	case map[string]any:
		child, ok := v[path[0]]
		if !ok {
			return 0
		}
		if len(path) > 1 {
			return change(child, path[1:])
		}
		v[path[0]] = unacceptable
		return 1
	}
	return n
}

// unacceptable is too long for a name, and has characters that no name may have.
var unacceptable = "\n:\\" + strings.Repeat("x ", 2000)

// A member that AWS requires is missing, in an object that is not.
func TestAcceptedFindsMissingMembers(t *testing.T) {
	p := everything(t)
	for _, r := range p.OfType(plan.TypeTable) {
		r.Inputs["pointInTimeRecovery"] = map[string]any{}
	}
	for _, r := range p.OfType(plan.TypeBudget) {
		delete(r.Inputs["notifications"].([]any)[1].(map[string]any), "threshold")
	}
	got := unaccepted(p)
	for _, want := range []string{`Table connections: pointInTimeRecovery.enabled is "", want true|false`, `Budget month: notifications.threshold is "", want`} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

// An object that AWS does not require may be missing with all its members.
func TestAcceptedIgnoresMissingObjects(t *testing.T) {
	p := everything(t)
	for _, r := range p.OfType(plan.TypeTable) {
		delete(r.Inputs, "pointInTimeRecovery")
		delete(r.Inputs, "globalSecondaryIndexes")
	}
	if got := unaccepted(p); got != nil {
		t.Errorf("got %q, want nothing", got)
	}
}
