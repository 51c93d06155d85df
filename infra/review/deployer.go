package review

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// Policy is an IAM policy document.
type Policy struct {
	Version   string
	Statement []Grant
}

// Grant is one statement of a Policy.
type Grant struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string]any `json:",omitempty"`
}

// DeployerPolicy returns what whoever deploys, changes and destroys the plans
// must be allowed to do. It is an error if nobody has said what a type of
// resource takes.
//
// Names begin with the project's, so rights are bound to them; where AWS makes
// up an id instead, they cannot be.
func DeployerPolicy(plans ...plan.Plan) (Policy, error) {
	merged := map[string]Grant{}
	for _, p := range plans {
		for _, r := range p.Resources {
			if r.ID == "" {
				continue
			}
			rights, ok := rightsFor(r)
			if !ok {
				return Policy{}, fmt.Errorf("find rights for %s: nobody has said what it takes (add it to review/rights.go)", r.Type)
			}
			for _, right := range rights {
				add(merged, right, p.Project)
			}
		}
	}
	policy := Policy{Version: "2012-10-17", Statement: slices.Collect(maps.Values(merged))}
	slices.SortFunc(policy.Statement, func(a, b Grant) int { return cmp.Compare(a.Sid, b.Sid) })
	return policy, nil
}

// Beyond returns the statements of p that core has not, or not in full. Both
// together allow what p does: IAM takes no policy as long as p.
func (p Policy) Beyond(core Policy) Policy {
	more := Policy{Version: p.Version}
	for _, g := range p.Statement {
		if !slices.ContainsFunc(core.Statement, func(c Grant) bool { return reflect.DeepEqual(c, g) }) {
			more.Statement = append(more.Statement, g)
		}
	}
	return more
}

// add adds a right to the statement of its name.
func add(merged map[string]Grant, r right, project string) {
	g := merged[r.sid]
	g.Sid, g.Effect, g.Condition = r.sid, "Allow", r.condition
	for _, name := range strings.Fields(r.names) {
		g.Action = append(g.Action, r.service+":"+name)
	}
	for _, resource := range r.on {
		g.Resource = append(g.Resource, strings.ReplaceAll(resource, "{project}", project))
	}
	slices.Sort(g.Action)
	slices.Sort(g.Resource)
	g.Action, g.Resource = slices.Compact(g.Action), slices.Compact(g.Resource)
	merged[r.sid] = g
}
