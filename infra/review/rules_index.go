package review

import (
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// wrongIndexes finds policies that name a missing index of a table. It also finds indexes that
// no policy allows to query, because each row costs writes for them.
func wrongIndexes(p plan.Plan, f *findings) {
	var queried []string
	for _, r := range p.OfType(plan.TypeRolePolicy) {
		for _, s := range statements(r) {
			for _, arn := range s.Resource {
				if !strings.Contains(arn, ":table/") || !strings.Contains(arn, "/index/") {
					continue
				}
				if !slices.Contains(indexesOf(p), arn) {
					f.add(r, "grants %v on %s, which does not exist", s.Action, arn)
				}
				if s.Effect == "Allow" && slices.Contains(s.Action, "dynamodb:Query") {
					queried = append(queried, arn)
				}
			}
		}
	}
	for _, table := range p.OfType(plan.TypeTable) {
		for _, arn := range indexesOf(plan.Plan{Resources: []plan.Resource{table}}) {
			if !slices.Contains(queried, arn) {
				f.add(table, "has %s, which no policy allows to query", arn)
			}
		}
	}
}

// indexesOf returns the ARNs of the indexes of all tables.
func indexesOf(p plan.Plan) []string {
	var arns []string
	for _, table := range p.OfType(plan.TypeTable) {
		all, _ := table.Get("globalSecondaryIndexes").([]any)
		for _, one := range all {
			index, _ := one.(map[string]any)
			name, _ := index["name"].(string)
			arns = append(arns, table.Text("arn")+"/index/"+name)
		}
	}
	return arns
}
