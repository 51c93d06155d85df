package review

import (
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// untaggable are the types that cannot have tags.
var untaggable = []string{
	plan.TypeAccount, plan.TypeAPIMapping, plan.TypeAuthorizer, plan.TypeIntegration, plan.TypeIntegrationResponse, plan.TypeRoute,
	plan.TypeRouteResponse, plan.TypeOriginAccess, plan.TypeHeadersPolicy, plan.TypeDashboard, plan.TypeClient, plan.TypeUserPoolDomain,
	plan.TypeUserPoolStyle, plan.TypeQuery, plan.TypeAlias, plan.TypeProvider,
	plan.TypeRolePolicy, plan.TypeAttachment, plan.TypePermission, plan.TypeTarget, plan.TypeOwnership, plan.TypeBucketPolicy,
	plan.TypeBucketBlock, plan.TypeEncryption, plan.TypeSubscription,
}

// untagged finds resources without the tags of project and stack.
func untagged(p plan.Plan, f *findings) {
	for _, r := range p.Resources {
		if r.ID == "" || slices.Contains(untaggable, r.Type) {
			continue
		}
		if lookupText(r, "tags.Project") != p.Project || lookupText(r, "tags.Stack") != p.Stack {
			f.add(r, "has tags %v", r.Get("tags"))
		}
	}
}

// uniqueNames maps types whose names must be unique in an account and region, or in
// the world, to the key of the name.
var uniqueNames = map[string]string{
	plan.TypeBudget: "name", plan.TypeOriginAccess: "name", plan.TypeHeadersPolicy: "name", plan.TypeDashboard: "dashboardName",
	plan.TypeLogGroup: "name", plan.TypeAlarm: "name", plan.TypeRule: "name", plan.TypeTable: "name", plan.TypeRole: "name",
	plan.TypeFunction: "name", plan.TypeBucket: "bucket", plan.TypeTopic: "name", plan.TypeQueue: "name",
}

// sharedRole is the type and name of the role that all stacks of an account share:
// the setting of the account names one role for all APIs.
const sharedRole = plan.TypeRole + " gateway-logs"

// vendedLogs is the prefix of the names of log groups that need no entry of their own in the
// account's resource policy of CloudWatch Logs (api-gateway.md 13.3).
const vendedLogs = "/aws/vendedlogs/"

// sharedNames finds names that two stacks of the project, or two resources of this
// stack, could both have. Two people can each have a stack of the same name in one
// account. Therefore a name that the program sets must end with an ID that AWS has
// chosen. Names that Pulumi sets end with random characters.
func sharedNames(p plan.Plan, f *findings) {
	seen := map[string]string{}
	for _, r := range p.Resources {
		key, ok := uniqueNames[r.Type]
		if !ok || r.Type+" "+r.Name == sharedRole {
			continue
		}
		name := strings.TrimPrefix(r.Text(key), vendedLogs)
		if !strings.HasPrefix(name, p.Project+"-"+p.Stack+"-") {
			f.add(r, "has the name %q, which does not begin with project and stack", name)
		}
		if r.Inputs[key] != nil && !hasID(p, name) {
			f.add(r, "has the name %q, as in another stack of the same name", name)
		}
		if other, taken := seen[r.Type+name]; taken {
			f.add(r, "has the name %q, like %s", name, other)
		}
		seen[r.Type+name] = r.Name
	}
	for _, r := range p.OfType(plan.TypeFunction) {
		if namespace := lookupText(r, "environment.variables.METRICS"); namespace != "" && !hasID(p, namespace) {
			f.add(r, "writes metrics into %q, as another stack of the same name does", namespace)
		}
	}
}

// hasID reports whether a name ends with the ID of an API of the plan, or with the ID and
// the ending that the name of a FIFO queue must have.
func hasID(p plan.Plan, name string) bool {
	name = strings.TrimSuffix(name, ".fifo")
	return slices.ContainsFunc(p.OfType(plan.TypeAPI), func(api plan.Resource) bool { return strings.HasSuffix(name, "-"+api.ID) })
}
