package main

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/infra/review"
)

// withARNs returns statements with ARNs of the stack in place of patterns.
func (p *preflight) withARNs(statements []review.Statement) []review.Statement {
	var all []review.Statement
	for _, s := range statements {
		s.Resource = slices.Clone(s.Resource)
		for i, r := range s.Resource {
			s.Resource[i] = p.example(s.Sid, r)
		}
		conditions := map[string]map[string]any{}
		for operator, values := range s.Condition {
			conditions[operator] = map[string]any{}
			for key, value := range values {
				conditions[operator][key] = p.example(s.Sid, fmt.Sprint(value))
			}
		}
		if s.Condition != nil {
			s.Condition = conditions
		}
		all = append(all, s)
	}
	return all
}

// exampleNames are the ends of the names that Pulumi gives the resources of a service, after
// PROJECT-STACK- (Pulumi.yaml, pulumi:autonaming). The digits are an example: they differ for each
// resource.
var exampleNames = map[string]string{
	"budgets": "month-0123abc", "cloudwatch": "errors-0123abc", "dynamodb": "connections-0123abc", "events": "sweep-0123abc",
	"iam": "function-0123abc", "lambda": "function-0123abc", "logs": "function-0123abc", "s3": "site-0123abc",
	"sns": "alarms-0123abc", "sqs": "channels-a1b2c3d4e5.fifo", "wafv2": "firewall-0123abc",
}

// stackName returns the name of the stack without its organization.
func (p *preflight) stackName() string { return p.stack[strings.LastIndex(p.stack, "/")+1:] }

// physicalName returns a name that the stack gives a resource of a service, such as s3.
func (p *preflight) physicalName(service string) string {
	return p.project + "-" + p.stackName() + "-" + exampleNames[service]
}

// logRole returns the name of the role for access logs. All stacks of an account share it.
func (p *preflight) logRole() string { return p.project + "-gateway-logs" }

// example returns an ARN of the account, the region and the stack that matches a pattern of a
// statement. So a deployer may be limited to the names of one stack.
func (p *preflight) example(sid, pattern string) string {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		return pattern // "*", or a value that is not an ARN
	}
	for i, value := range map[int]string{3: p.region, 4: p.caller.Account} {
		if parts[i] == "*" {
			parts[i] = value
		}
	}
	name := p.physicalName(parts[2])
	if sid == "Attach" || sid == "PassToGateway" {
		name = p.logRole()
	}
	parts[5] = strings.ReplaceAll(strings.ReplaceAll(parts[5], p.project+"-*", name), "*", "preflight")
	return strings.Join(parts, ":")
}
