package conformance

import (
	"fmt"
	"strings"
	"time"

	"sallyport/local/gateway"
)

const (
	apiARN     = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/"
	connectARN = apiARN + "dev/$connect"

	denied   = `403 AccessDeniedException {"Message":"User is not authorized to access this resource with an explicit deny"}`
	noMatch  = `403 AccessDeniedException {"Message":"User is not authorized to access this resource"}`
	unusable = `500 AuthorizerConfigurationException {"message":null}`
)

// withAuthorizer returns the check of a handshake with an API whose authorizer is f.
func withAuthorizer(f func() *function) func(s *env) string {
	return func(s *env) string { return handshakeResult(s, s.serve(api{authorizer: f()}), upgrade{}) }
}

func authorizerAnswers(text string) func(s *env) string {
	return withAuthorizer(func() *function { return answers(text) })
}

// policy returns the check of a handshake whose policy has these statements.
func policy(statements string) func(s *env) string {
	return authorizerAnswers(`{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":` + statements + `}}`)
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Action":%s,"Effect":"Allow","Resource":%s}`, action, resource)
}

// allowing returns the check of a handshake whose policy allows one resource.
func allowing(resource string) func(s *env) string {
	return policy("[" + allow(`"execute-api:Invoke"`, `"`+resource+`"`) + "]")
}

// allowingAction returns the check of a handshake whose policy allows one action.
func allowingAction(action string) func(s *env) string {
	return policy("[" + allow(`"`+action+`"`, `"*"`) + "]")
}

func deny(resource string) string {
	return `{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"` + resource + `"}`
}

// withMembers returns the check of a handshake whose authorizer allows it. The answer has
// more members, and no principalId.
func withMembers(members string) func(s *env) string {
	return authorizerAnswers(strings.TrimSuffix(strings.Replace(allowAll, `"principalId":"ann",`, "", 1), "}") + "," + members + "}")
}

var allowAny = allow(`"execute-api:Invoke"`, `"*"`)

var authorizers = []behaviour{
	{"exact", "2.3", "doc", "the policy allows exactly the methodArn", "101", fixture, allowing(connectARN)},
	{"stageStar", "2.3", "observed", "the policy allows stage/*", "101", fixture, allowing(apiARN + "dev/*")},
	{"apiStar", "2.3", "observed", "the policy allows api/*", "101", fixture, allowing(apiARN + "*")},
	{"star", "2.3", "observed", "the policy allows *", "101", fixture, allowing("*")},
	{"questionMark", "2.3", "doc", "a ? matches one character", "101", fixture, allowing(apiARN + "de?/$connect")},
	{"starInside", "2.3", "doc", "a * matches slashes", "101", fixture, allowing("arn:aws:execute-api:*$connect")},
	{"oneSlashTooMany", "2.3", "observed", "the policy allows stage/*/*", noMatch, fixture, allowing(apiARN + "dev/*/*")},
	{"otherStage", "1.3", "observed", "the policy allows another stage", noMatch, fixture, allowing(apiARN + "prod/$connect")},
	{"otherAPI", "1.3", "observed", "the policy allows another API", noMatch, fixture, allowing("arn:aws:execute-api:eu-west-1:111122223333:other/dev/$connect")},
	{"otherCase", "2.3", "doc", "resources are case-sensitive", noMatch, fixture, allowing(apiARN + "DEV/$connect")},
	{"resourceList", "2.3", "doc", "Resource is a list", "101", fixture, policy("[" + allow(`"execute-api:Invoke"`, `["arn:aws:s3:::x","`+connectARN+`"]`) + "]")},
	{"actionList", "2.3", "doc", "Action is a list", "101", fixture, policy("[" + allow(`["s3:GetObject","execute-api:Invoke"]`, `"*"`) + "]")},
	{"actionStar", "2.3", "doc", "Action is *", "101", fixture, allowingAction("*")},
	{"actionServiceStar", "2.3", "doc", "Action is execute-api:*", "101", fixture, allowingAction("execute-api:*")},
	{"actionCase", "2.3", "doc", "actions are not case-sensitive", "101", fixture, allowingAction("Execute-API:invoke")},
	{"otherAction", "2.3", "doc", "the policy allows another action", noMatch, fixture, allowingAction("execute-api:ManageConnections")},
	{"noStatement", "2.3", "doc", "a policy without statements", noMatch, fixture, policy("[]")},
	{"statementNoList", "2.3", "unknown", "Statement is an object, not a list", "101", fixture, policy(allowAny)},
	{"deny", "1.3", "doc", "the policy denies", denied, fixture, policy("[" + deny("*") + "]")},
	{"denyWins", "2.3", "doc", "the policy allows and then denies", denied, fixture, policy("[" + allowAny + "," + deny(connectARN) + "]")},
	{"denyFirst", "2.3", "doc", "the policy denies and then allows", denied, fixture, policy("[" + deny(connectARN) + "," + allowAny + "]")},
	{"denyOther", "2.3", "doc", "the policy denies another resource", "101", fixture, policy("[" + deny(apiARN+"prod/*") + "," + allowAny + "]")},
	{"secondStatement", "2.3", "doc", "the second statement allows", "101", fixture, policy("[" + allow(`"execute-api:Invoke"`, `"`+apiARN+`prod/*"`) + "," + allowAny + "]")},
	{"condition", "2.3", "unknown", "the gateway does not support Condition", unusable, fixture, policy(`[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{}}]`)},
	{"longResource", "2.3", "rest", "an ARN of more than 512 characters", unusable, fixture, allowing(strings.Repeat("x", 513))},
	{"noPolicy", "1.3", "observed", "an answer without policyDocument", unusable, fixture, authorizerAnswers(`{"principalId":"ann"}`)},
	{"statusCode", "1.3", "observed", "an answer with only a statusCode", unusable, fixture, authorizerAnswers(`{"statusCode":401}`)},
	{"null", "1.3", "rest", "the answer is null", unusable, fixture, authorizerAnswers("null")},
	{"throwsUnauthorized", "1.3", "doc", "the authorizer returns the error Unauthorized", unauthorized, fixture, withAuthorizer(func() *function { return fails("Unauthorized") })},
	{"throwsLowerCase", "1.3", "doc", "the authorizer returns the error unauthorized", `500 AuthorizerFailureException {"message":null}`, fixture, withAuthorizer(func() *function { return fails("unauthorized") })},
	{"throwsMore", "1.3", "doc", "the authorizer returns an error that begins with Unauthorized", `500 AuthorizerFailureException {"message":null}`, fixture, withAuthorizer(func() *function { return fails("Unauthorized: expired") })},
	{"throws", "1.3", "doc, rest", "the authorizer returns another error", `500 AuthorizerFailureException {"message":null}`, fixture, withAuthorizer(func() *function { return fails("database is down") })},
	{"unreachable", "1.3", "rest", "the authorizer cannot be invoked", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, withAuthorizer(unreachable)},
	{"slow", "1.3", "rest", "the authorizer is slower than its timeout", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, func(s *env) string {
		release := make(chan struct{})
		defer close(release)
		return handshakeResult(s, s.serve(api{authorizer: hangs(release, allowAll), config: func(c *gateway.Config) {
			c.Limits.Authorizer = 50 * time.Millisecond
		}}), upgrade{})
	}},
	{"contextNull", "2.3", "doc, observed", "context is null", "101", fixture, withMembers(`"context":null`)},
	{"contextObject", "2.3", "rest", "a context value is an object", unusable, fixture, withMembers(`"context":{"a":{}}`)},
	{"contextArray", "2.3", "rest", "a context value is a list", unusable, fixture, withMembers(`"context":{"a":[1]}`)},
	{"contextNullValue", "2.3", "unknown", "a context value is null", unusable, fixture, withMembers(`"context":{"a":null}`)},
	{"contextNoObject", "2.3", "unknown", "context is a string", unusable, fixture, withMembers(`"context":"a"`)},
	{"oddPrincipal", "2.3", "unknown", "principalId is a number", unusable, fixture, withMembers(`"principalId":1`)},
	{"usageKey", "2.3", "doc", "usageIdentifierKey is accepted", "101", fixture, withMembers(`"usageIdentifierKey":"k"`)},
	{"large", "6", "doc", "an answer of 8 KB", "101", fixture, withMembers(`"context":{"a":"` + strings.Repeat("x", 7900) + `"}`)},
	{"tooLarge", "2.3", "unknown", "an answer of more than 8 KB", unusable, fixture, withMembers(`"context":{"a":"` + strings.Repeat("x", 8192) + `"}`)},
	{"before$connect", "1.2", "doc", "$connect does not run after a refusal", "not called", fixture, func(s *env) string {
		connect := answers(ok)
		s.serve(api{authorizer: fails("Unauthorized"), connect: connect}).handshake(s.T, upgrade{})
		return connect.calls()
	}},
	{"messages", "2.3", "observed", "the policy has no effect on messages, even if it denies their route", "text hi", fixture, func(s *env) string {
		policy := `{"policyDocument":{"Version":"2012-10-17","Statement":[` + allow(`"execute-api:Invoke"`, `"`+connectARN+`"`) + "," + deny(apiARN+"dev/$default") + `]}}`
		c := s.serve(api{authorizer: answers(policy), byDefault: echoes()}).open(s.T)
		c.send("hi")
		return c.next()
	}},
	{"notCached", "2", "doc", "the authorizer is called for every connection", "called twice", fixture, func(s *env) string {
		f := answers(allowAll)
		e := s.serve(api{authorizer: f, sources: []string{"route.request.querystring.token"}})
		e.openWith(s.T, upgrade{query: "?token=x"})
		e.openWith(s.T, upgrade{query: "?token=x"})
		return f.calls()
	}},
}
