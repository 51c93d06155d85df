package infra

import (
	"fmt"
	"strings"

	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// The functions of this file refuse a stack that exceeds a limit of AWS. Otherwise, a deployment
// would fail after it has created other resources.

const (
	// maxPolicy is Lambda's limit for the policy of a function, in bytes (its guide, "Lambda
	// quotas").
	maxPolicy = 20 << 10
	// maxStatementID is the limit for the ID of a statement of this policy (API reference of
	// Lambda, AddPermission).
	maxStatementID = 100
	// maxContentPolicy is the limit for the header Content-Security-Policy in a policy of
	// CloudFront, in characters. AWS documents an error for a longer value
	// (TooLongCSPInResponseHeadersPolicy). The number is from a list of the quotas
	// (https://awsfundamentals.com/limits/cloudfront).
	maxContentPolicy = 1783
	// ownOrigins are the longest origins of the stack itself: of both APIs, and of Cognito.
	ownOrigins = "wss://abcdefghij.execute-api.ap-southeast-1.amazonaws.com https://abcdefghij.execute-api.ap-southeast-1.amazonaws.com " +
		"https://cognito-idp.ap-southeast-1.amazonaws.com https://abcdefghijklmnopqrst-0123456789abcdef.auth.ap-southeast-1.amazoncognito.com "
)

// checkPolicy refuses routes whose permissions exceed a limit of the function's policy. The
// policy has one statement for each permission.
func (s *stack) checkPolicy() error {
	size := len(`{"Version":"2012-10-17","Id":"default","Statement":[]}`)
	names := []string{"authorizer", "sweep"}
	for _, r := range s.routes {
		if r.Mock() == "" {
			names = append(names, resourceName(r.Key))
		}
	}
	for _, e := range route.Endpoints(s.SessionCookie) {
		names = append(names, endpointName(e))
	}
	for _, name := range names {
		if id := s.physical(name); len(id) > maxStatementID {
			return fmt.Errorf("route %s: the ID of its permission, such as %s, has %d characters, want at most %d: shorten the name of the route or of the stack", name, id, len(id), maxStatementID)
		}
		size += s.statementSize(name)
	}
	if size > maxPolicy {
		return fmt.Errorf("the app has %d routes: their permissions need %d bytes of the function's policy, which may have %d: shorten the names of the routes, the stack or the stage, or let messages share a route and differ in a field", len(s.routes), size, maxPolicy)
	}
	return nil
}

// statementSize returns an upper bound for the size of the statement of a permission, in bytes.
func (s *stack) statementSize(name string) int {
	return len(fmt.Sprintf(`{"Sid":%q,"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction",`+
		`"Resource":"arn:aws:lambda:%s:111122223333:function:%s:%s","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:%s:111122223333:abcdefghij/%s/%s"}}},`,
		s.physical(name), s.region, s.physical("function"), liveAlias, s.region, s.StageName+defaultStage, name))
}

// physical returns a name of the form that Pulumi.yaml has for the names of resources.
func (s *stack) physical(name string) string { return s.name + "-" + s.named(name) + "-1234567" }

// checkContentPolicy refuses origins that exceed the limit of the Content-Security-Policy.
func (s *stack) checkContentPolicy() error {
	signIn, regions := strings.Join(s.SignInOrigins, " "), strings.Join(s.otherOrigins(), " ")
	size := len(contentSecurityPolicy(ownOrigins+signIn+" "+regions)) + len(s.APIDomain)
	if size <= maxContentPolicy {
		return nil
	}
	field, origins := &s.SignInOrigins, signIn
	if len(regions) > len(signIn) {
		field, origins = &s.OtherRegions, regions
	}
	return s.Refuse(field, fmt.Sprintf("%d items with origins of %d characters in all", len(*field), len(origins)),
		fmt.Sprintf("shorter: the site's Content-Security-Policy may have %d characters, and with all origins it could have %d", maxContentPolicy, size), setting.Fewer)
}
