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
	Statement []Statement
}

// Statement is one statement of a Policy.
type Statement struct {
	Sid       string
	Effect    string
	Principal any `json:",omitempty"` // "*", or a map; nil in a policy of a user or role
	Action    []string
	Resource  []string
	Condition map[string]map[string]any `json:",omitempty"`
}

// DeployerPolicy returns the IAM policy that a user or role needs to deploy, change and
// destroy the plans. It returns an error if the permissions for a type of resource are
// unknown.
//
// The names of most resources begin with the project's name, and the policy is limited
// to these names. This is not possible where AWS chooses the ID of a resource.
func DeployerPolicy(plans ...plan.Plan) (Policy, error) {
	merged := map[string]Statement{}
	for _, p := range plans {
		for _, r := range p.Resources {
			if r.ID == "" {
				continue
			}
			permissions, ok := permissionsFor(r)
			if !ok {
				return Policy{}, fmt.Errorf("find permissions for %s: the table has no entry for this type; add one to infra/review/permissions.go", r.Type)
			}
			for _, permission := range permissions {
				extend(merged, permission, p.Project)
			}
		}
	}
	policy := Policy{Version: "2012-10-17", Statement: slices.Collect(maps.Values(merged))}
	slices.SortFunc(policy.Statement, func(a, b Statement) int { return cmp.Compare(a.Sid, b.Sid) })
	return policy, nil
}

// Beyond returns the statements of p that core does not have, or has in another form.
// The result and core together allow the same as p, which is too long for one IAM
// policy.
func (p Policy) Beyond(core Policy) Policy {
	more := Policy{Version: p.Version}
	for _, s := range p.Statement {
		if !slices.ContainsFunc(core.Statement, func(c Statement) bool { return reflect.DeepEqual(c, s) }) {
			more.Statement = append(more.Statement, s)
		}
	}
	return more
}

// extend adds a permission to the statement with its sid.
func extend(merged map[string]Statement, p permission, project string) {
	s := merged[p.sid]
	s.Sid, s.Effect = p.sid, "Allow"
	for operator, values := range p.condition {
		of := map[string]any{}
		for key, value := range values {
			of[key] = strings.ReplaceAll(value, "{project}", project)
		}
		s.Condition = map[string]map[string]any{operator: of}
	}
	for _, action := range strings.Fields(p.actions) {
		s.Action = append(s.Action, p.service+":"+action)
	}
	for _, resource := range p.resources {
		s.Resource = append(s.Resource, strings.ReplaceAll(resource, "{project}", project))
	}
	slices.Sort(s.Action)
	slices.Sort(s.Resource)
	s.Action, s.Resource = slices.Compact(s.Action), slices.Compact(s.Resource)
	merged[p.sid] = s
}
