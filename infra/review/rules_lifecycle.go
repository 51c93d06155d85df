package review

import (
	"slices"

	"sallyport/infra/plan"
)

// retained are the types of resources that may remain when the stack is destroyed:
// the setting of the account, which other APIs may use, and the role in that setting
// with its policy. They cost nothing.
var retained = []string{plan.TypeAccount, plan.TypeRole, plan.TypeAttachment}

// leftovers finds resources that would remain without need, or would prevent the
// deletion of the stack.
func leftovers(p plan.Plan, f *findings) {
	for _, r := range p.Resources {
		if r.Stays && !slices.Contains(retained, r.Type) {
			f.add(r, "remains when the stack is destroyed")
		}
		if r.Type == plan.TypeAccount && !r.Stays {
			f.add(r, "is deleted, but other APIs of the account may use it")
		}
		if r.Get("skipDestroy") == true {
			f.add(r, "is not destroyed")
		}
	}
}

// unconnectedSweeps finds schedules without a target, and targets that do not exist.
func unconnectedSweeps(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeTarget) {
		if !anyHas(callees(p), "arn", r.Text("arn")) {
			f.add(r, "calls %s, which does not exist", r.Text("arn"))
		}
	}
	for _, r := range p.OfType(plan.TypeRule) {
		if !anyHas(p.OfType(plan.TypeTarget), "rule", r.Text("name")) {
			f.add(r, "calls nothing")
		}
	}
}

// brokenDependencies finds resources that depend on a resource that the plan does not
// have, or on themselves. It checks explicit dependencies only, because a program
// whose inputs and outputs form a cycle has no plan.
func brokenDependencies(p plan.Plan, f *findings) {
	after := map[string][]string{}
	for _, r := range p.Resources {
		after[r.Type+" "+r.Name] = r.After
	}
	for _, r := range p.Resources {
		for _, name := range r.After {
			if _, ok := after[name]; !ok {
				f.add(r, "depends on %s, which does not exist", name)
			}
			if slices.Contains(allDependencies(after, name, nil), r.Type+" "+r.Name) {
				f.add(r, "depends on %s, which depends on it", name)
			}
		}
	}
}

// allDependencies returns seen and all dependencies of name, direct and indirect.
func allDependencies(after map[string][]string, name string, seen []string) []string {
	for _, next := range after[name] {
		if !slices.Contains(seen, next) {
			seen = allDependencies(after, next, append(seen, next))
		}
	}
	return seen
}

// halfProtected finds resources that only AWS or only Pulumi protects against deletion.
// If only AWS does, pulumi destroy deletes all other resources and then fails. If only
// Pulumi does, other tools can delete the resource.
func halfProtected(p plan.Plan, f *findings) {
	for _, r := range p.Resources {
		byAWS := r.Get("deletionProtectionEnabled") == true || r.Get("deletionProtection") == "ACTIVE"
		if byAWS != r.Protected {
			f.add(r, "has deletion protection of AWS: %v, of Pulumi: %v", byAWS, r.Protected)
		}
	}
}

// earlyPage finds an index.html that is uploaded before another file.
func earlyPage(p plan.Plan, f *findings) {
	files := p.OfType(plan.TypeObject)
	for _, page := range files {
		if page.Text("key") != "index.html" {
			continue
		}
		for _, r := range files {
			if r.Name != page.Name && !slices.Contains(page.After, r.Type+" "+r.Name) {
				f.add(page, "does not depend on %s", r.Name)
			}
		}
	}
}
