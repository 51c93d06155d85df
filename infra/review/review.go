// Package review judges a plan before it is deployed, as nobody can try it on
// an account of AWS here: by the rules of a security review, by AWS's own API
// models, and by what the one who deploys it must be allowed to do.
//
// A rule is a pure function of the plan. Each has a test that breaks it.
package review

import (
	"fmt"
	"strings"

	"sallyport/infra/plan"
)

// Rule is something that every plan must keep to.
type Rule struct {
	Name string
	// Broken tells where a plan does not; nil if it does throughout.
	Broken func(plan.Plan) []string
}

// Rules returns all rules.
func Rules() []Rule {
	return []Rule{
		{"grants name what they are for", openGrants},
		{"callers are named exactly", openCallers},
		{"$connect is guarded", unguarded},
		{"every route can call the function", uncallable},
		{"no secret is in clear text", secrets},
		{"no log can hold a token", talkativeLogs},
		{"buckets are private", publicBuckets},
		{"data is encrypted at rest", unencrypted},
		{"data is encrypted on its way", plaintext},
		{"stages are throttled", unthrottled},
		{"logs do not grow for ever", endlessLogs},
		{"rows expire", endlessRows},
		{"the function is told the callback address that works", wrongCallback},
		{"the console is told the addresses that it may call", wrongConsole},
		{"the function alone decides on origins", openOrigins},
		{"tickets are given and taken, never looked at", readableTickets},
		{"the sweep does not pile up", repeatedSweeps},
		{"the dashboard is free", costlyDashboards},
		{"everything that can be is tagged", untagged},
		{"stacks do not share names", sharedNames},
		{"destroy leaves only what it says", leftovers},
		{"everything waits for what is there", dangling},
		{"protected resources have the protection of AWS and of Pulumi", halfProtected},
		{"every role has the same permissions boundary", differentBoundaries},
		{"every endpoint has IPv6", ipv4Only},
		{"index.html is uploaded last", earlyPage},
		{"no update removes an access log", removedAccessLogs},
	}
}

// The types that several rules look at.
const (
	typeAPI          = "aws:apigatewayv2/api:Api"
	typeAPIDomain    = "aws:apigatewayv2/domainName:DomainName"
	typeAuthorizer   = "aws:apigatewayv2/authorizer:Authorizer"
	typeIntegration  = "aws:apigatewayv2/integration:Integration"
	typeRoute        = "aws:apigatewayv2/route:Route"
	typeStage        = "aws:apigatewayv2/stage:Stage"
	typeDistribution = "aws:cloudfront/distribution:Distribution"
	typeHeaders      = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
	typeDashboard    = "aws:cloudwatch/dashboard:Dashboard"
	typeRule         = "aws:cloudwatch/eventRule:EventRule"
	typeTarget       = "aws:cloudwatch/eventTarget:EventTarget"
	typeLogGroup     = "aws:cloudwatch/logGroup:LogGroup"
	typeClient       = "aws:cognito/userPoolClient:UserPoolClient"
	typeTable        = "aws:dynamodb/table:Table"
	typeRole         = "aws:iam/role:Role"
	typeAttachment   = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	typeFunction     = "aws:lambda/function:Function"
	typePermission   = "aws:lambda/permission:Permission"
	typeBucket       = "aws:s3/bucketV2:BucketV2"
	typeBucketPolicy = "aws:s3/bucketPolicy:BucketPolicy"
	typeBucketBlock  = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	typeEncryption   = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	typeObject       = "aws:s3/bucketObjectv2:BucketObjectv2"
)

// found collects what is wrong.
type found []string

// add notes that something is wrong with a resource.
func (f *found) add(r plan.Resource, format string, args ...any) {
	*f = append(*f, r.Type+" "+r.Name+": "+fmt.Sprintf(format, args...))
}

// at returns what stands at a path such as "ttl.enabled" in a resource; an
// index is a number. It is nil if there is nothing.
func at(r plan.Resource, path string) any {
	first, rest, deep := strings.Cut(path, ".")
	v := r.Get(first)
	for deep {
		first, rest, deep = strings.Cut(rest, ".")
		switch parent := v.(type) {
		case map[string]any:
			v = parent[first]
		case []any:
			i := -1
			if _, err := fmt.Sscanf(first, "%d", &i); err != nil || i < 0 || i >= len(parent) {
				return nil
			}
			v = parent[i]
		default:
			return nil
		}
	}
	return v
}

// text is at for what should be a string.
func text(r plan.Resource, path string) string {
	s, _ := at(r, path).(string)
	return s
}

// texts calls do for every string in v, with the path to it.
func texts(path string, v any, do func(path, text string)) {
	switch v := v.(type) {
	case string:
		do(path, v)
	case []any:
		for i, e := range v {
			texts(fmt.Sprintf("%s.%d", path, i), e, do)
		}
	case map[string]any:
		for k, e := range v {
			texts(strings.TrimPrefix(path+"."+k, "."), e, do)
		}
	}
}
