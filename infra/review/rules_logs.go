package review

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// defaultStage is the stage of an HTTP API. A WebSocket API cannot have it.
const defaultStage = "$default"

// loggable are the variables of API Gateway that a log may have. They are not headers,
// query strings or addresses with query strings. A client cannot influence their values,
// which API Gateway does not escape.
var loggable = strings.Fields(`requestId requestTime eventType routeKey status connectionId
	authorizer.status authorizer.requestId identity.sourceIp integrationLatency error.responseType`)

// unknownToHTTP are the loggable variables that an HTTP API does not have, or that are
// always empty in the one of this stack.
var unknownToHTTP = strings.Fields("eventType connectionId authorizer.status authorizer.requestId")

var variable = regexp.MustCompile(`\$context\.([\w.]+)`)

// tokensInLogs finds logs of API Gateway that can contain a token.
func tokensInLogs(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeStage) {
		for _, m := range variable.FindAllStringSubmatch(lookupText(r, "accessLogSettings.format"), -1) {
			if !slices.Contains(loggable, m[1]) {
				f.add(r, "logs $context.%s", m[1])
			}
			if r.Text("name") == defaultStage && slices.Contains(unknownToHTTP, m[1]) {
				f.add(r, "logs $context.%s, which an HTTP API does not know", m[1])
			}
		}
		if lookup(r, "defaultRouteSettings.dataTraceEnabled") == true || lookupText(r, "defaultRouteSettings.loggingLevel") == "INFO" {
			f.add(r, "logs whole requests")
		}
	}
}

// crowdedLogs finds access logs of HTTP APIs that need an entry in the account's resource policy
// of CloudWatch Logs. The policy is limited in size, and AWS never removes an entry
// (api-gateway.md 13.3).
func crowdedLogs(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeStage) {
		arn := lookupText(r, "accessLogSettings.destinationArn")
		if r.Text("name") == defaultStage && arn != "" && !strings.Contains(arn, ":log-group:"+vendedLogs) {
			f.add(r, "logs to %s, whose name does not begin with %s", arn, vendedLogs)
		}
	}
}

// lambdaLogs finds functions whose log group is not in the plan: Lambda would create one
// that keeps logs forever.
func lambdaLogs(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeFunction) {
		if !anyHas(p.OfType(plan.TypeLogGroup), "name", lookupText(r, "loggingConfig.logGroup")) {
			f.add(r, "logs to a group that Lambda creates")
		}
	}
}

// removedAccessLogs finds stages whose access log the provider would remove by an update
// with empty settings, whose effect AWS does not document.
func removedAccessLogs(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeStage) {
		if r.Get("accessLogSettings") == nil && !slices.Contains(r.Ignores, "accessLogSettings") {
			f.add(r, "would get empty access log settings")
		}
	}
}

// wrongQueryLogs finds saved queries that do not read exactly the log of the function. Without a
// log group, a query reads the groups that its user selects, and AWS bills each of them.
func wrongQueryLogs(p plan.Plan, f *findings) {
	var logs []any
	for _, r := range p.OfType(plan.TypeFunction) {
		logs = append(logs, lookup(r, "loggingConfig.logGroup"))
	}
	for _, r := range p.OfType(plan.TypeQuery) {
		groups := values(r, "logGroupNames")
		if len(groups) != 1 || !slices.Contains(logs, groups[0]) {
			f.add(r, "reads the log groups %v, want the one of the function", groups)
		}
	}
}
