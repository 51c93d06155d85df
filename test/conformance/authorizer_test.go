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

// judged returns the check of a handshake with an API whose authorizer is f.
func judged(f func() *function) func(s *scene) string {
	return func(s *scene) string { return shaken(s, s.serve(api{authorizer: f()}), upgrade{}) }
}

func authorizerAnswers(text string) func(s *scene) string {
	return judged(func() *function { return answers(text) })
}

// policy returns the check for an answer with these statements.
func policy(statements string) func(s *scene) string {
	return authorizerAnswers(`{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":` + statements + `}}`)
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Action":%s,"Effect":"Allow","Resource":%s}`, action, resource)
}

// allowing returns the check for a policy that allows one resource.
func allowing(resource string) func(s *scene) string {
	return policy("[" + allow(`"execute-api:Invoke"`, `"`+resource+`"`) + "]")
}

// allowingAction returns the check for a policy that allows one action.
func allowingAction(action string) func(s *scene) string {
	return policy("[" + allow(`"`+action+`"`, `"*"`) + "]")
}

func deny(resource string) string {
	return `{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"` + resource + `"}`
}

// withContext returns the check for an answer that allows, with more members.
func withMembers(members string) func(s *scene) string {
	return authorizerAnswers(strings.TrimSuffix(strings.Replace(allowAll, `"principalId":"ann",`, "", 1), "}") + "," + members + "}")
}

var any1 = allow(`"execute-api:Invoke"`, `"*"`)

var authorizers = []behaviour{
	{"exact", "2.3", "doc", "the policy allows exactly the methodArn", "101", fixture, allowing(connectARN)},
	{"stageStar", "2.3", "observed", "it allows stage/*", "101", fixture, allowing(apiARN + "dev/*")},
	{"apiStar", "2.3", "observed", "it allows api/*", "101", fixture, allowing(apiARN + "*")},
	{"star", "2.3", "observed", "it allows *", "101", fixture, allowing("*")},
	{"questionMark", "2.3", "doc", "a ? stands for one character", "101", fixture, allowing(apiARN + "de?/$connect")},
	{"starInside", "2.3", "doc", "a * crosses slashes", "101", fixture, allowing("arn:aws:execute-api:*$connect")},
	{"oneSlashTooMany", "2.3", "observed", "it allows stage/*/*", noMatch, fixture, allowing(apiARN + "dev/*/*")},
	{"otherStage", "1.3", "observed", "it allows another stage", noMatch, fixture, allowing(apiARN + "prod/$connect")},
	{"otherAPI", "1.3", "observed", "it allows another API", noMatch, fixture, allowing("arn:aws:execute-api:eu-west-1:111122223333:other/dev/$connect")},
	{"otherCase", "2.3", "doc", "resources are compared with case", noMatch, fixture, allowing(apiARN + "DEV/$connect")},
	{"resourceList", "2.3", "doc", "Resource is a list", "101", fixture, policy("[" + allow(`"execute-api:Invoke"`, `["arn:aws:s3:::x","`+connectARN+`"]`) + "]")},
	{"actionList", "2.3", "doc", "Action is a list", "101", fixture, policy("[" + allow(`["s3:GetObject","execute-api:Invoke"]`, `"*"`) + "]")},
	{"actionStar", "2.3", "doc", "Action is *", "101", fixture, allowingAction("*")},
	{"actionServiceStar", "2.3", "doc", "Action is execute-api:*", "101", fixture, allowingAction("execute-api:*")},
	{"actionCase", "2.3", "doc", "actions are compared without case", "101", fixture, allowingAction("Execute-API:invoke")},
	{"otherAction", "2.3", "doc", "another action is allowed", noMatch, fixture, allowingAction("execute-api:ManageConnections")},
	{"noStatement", "2.3", "doc", "no statement", noMatch, fixture, policy("[]")},
	{"statementNoList", "2.3", "unknown", "the statement stands in no list", "101", fixture, policy(any1)},
	{"deny", "1.3", "doc", "the policy denies", denied, fixture, policy("[" + deny("*") + "]")},
	{"denyWins", "2.3", "doc", "it allows and denies, in that order", denied, fixture, policy("[" + any1 + "," + deny(connectARN) + "]")},
	{"denyFirst", "2.3", "doc", "it denies and allows, in that order", denied, fixture, policy("[" + deny(connectARN) + "," + any1 + "]")},
	{"denyOther", "2.3", "doc", "it denies something else", "101", fixture, policy("[" + deny(apiARN+"prod/*") + "," + any1 + "]")},
	{"secondStatement", "2.3", "doc", "the second statement allows", "101", fixture, policy("[" + allow(`"execute-api:Invoke"`, `"`+apiARN+`prod/*"`) + "," + any1 + "]")},
	{"condition", "2.3", "unknown", "a policy with Condition is not evaluated here", unusable, fixture, policy(`[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{}}]`)},
	{"longResource", "2.3", "rest", "an ARN of more than 512 characters", unusable, fixture, allowing(strings.Repeat("x", 513))},
	{"noPolicy", "1.3", "observed", "no policyDocument", unusable, fixture, authorizerAnswers(`{"principalId":"ann"}`)},
	{"statusCode", "1.3", "observed", "only a statusCode 401", unusable, fixture, authorizerAnswers(`{"statusCode":401}`)},
	{"null", "1.3", "rest", "null", unusable, fixture, authorizerAnswers("null")},
	{"throwsUnauthorized", "1.3", "doc", "it fails with Unauthorized", unauthorized, fixture, judged(func() *function { return fails("Unauthorized") })},
	{"throwsLowerCase", "1.3", "doc", "it fails with unauthorized", `500 AuthorizerFailureException {"message":null}`, fixture, judged(func() *function { return fails("unauthorized") })},
	{"throwsMore", "1.3", "doc", "it fails with Unauthorized and more", `500 AuthorizerFailureException {"message":null}`, fixture, judged(func() *function { return fails("Unauthorized: expired") })},
	{"throws", "1.3", "doc, rest", "it fails with anything else", `500 AuthorizerFailureException {"message":null}`, fixture, judged(func() *function { return fails("database is down") })},
	{"unreachable", "1.3", "rest", "it cannot be invoked", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, judged(unreachable)},
	{"slow", "1.3", "rest", "it is too slow", `500 InternalServerErrorException {"message":"Internal server error"}`, fixture, func(s *scene) string {
		release := make(chan struct{})
		defer close(release)
		return shaken(s, s.serve(api{authorizer: hangs(release, allowAll), config: func(c *gateway.Config) {
			c.Limits.Authorizer = 50 * time.Millisecond
		}}), upgrade{})
	}},
	{"contextNull", "2.3", "doc, observed", "context is null", "101", fixture, withMembers(`"context":null`)},
	{"contextObject", "2.3", "rest", "a context value is an object", unusable, fixture, withMembers(`"context":{"a":{}}`)},
	{"contextArray", "2.3", "rest", "a context value is a list", unusable, fixture, withMembers(`"context":{"a":[1]}`)},
	{"contextNullValue", "2.3", "unknown", "a context value is null", unusable, fixture, withMembers(`"context":{"a":null}`)},
	{"contextScalars", "2.3", "doc", "context values are text, number and boolean", "101", fixture, withMembers(`"context":{"a":"b","c":1.50,"d":true}`)},
	{"contextNoObject", "2.3", "unknown", "context is text", unusable, fixture, withMembers(`"context":"a"`)},
	{"noPrincipal", "2.3", "observed, rest", "no principalId", "101", fixture, withMembers(`"other":1`)},
	{"oddPrincipal", "2.3", "unknown", "principalId is a number", unusable, fixture, withMembers(`"principalId":1`)},
	{"usageKey", "2.3", "doc", "usageIdentifierKey is accepted", "101", fixture, withMembers(`"usageIdentifierKey":"k"`)},
	{"large", "6", "doc", "an answer of 8 KB", "101", fixture, withMembers(`"context":{"a":"` + strings.Repeat("x", 7900) + `"}`)},
	{"tooLarge", "2.3", "unknown", "an answer of more than 8 KB", unusable, fixture, withMembers(`"context":{"a":"` + strings.Repeat("x", 8192) + `"}`)},
	{"before$connect", "1.2", "doc", "whom it denies does not reach $connect", "not called", fixture, func(s *scene) string {
		connect := answers(ok)
		s.serve(api{authorizer: fails("Unauthorized"), connect: connect}).shake(s.T, upgrade{})
		return connect.called()
	}},
	{"messages", "2.3", "observed", "messages are not authorized again, even if the policy denies their routes", "text hi", fixture, func(s *scene) string {
		policy := `{"policyDocument":{"Version":"2012-10-17","Statement":[` + allow(`"execute-api:Invoke"`, `"`+connectARN+`"`) + "," + deny(apiARN+"dev/$default") + `]}}`
		c := s.serve(api{authorizer: answers(policy), byDefault: echoes()}).open(s.T)
		c.send("hi")
		return c.next()
	}},
	{"notCached", "2", "doc", "it is called for every connection", "called twice", fixture, func(s *scene) string {
		f := answers(allowAll)
		e := s.serve(api{authorizer: f, sources: []string{"route.request.querystring.token"}})
		e.opened(s.T, upgrade{query: "?token=x"})
		e.opened(s.T, upgrade{query: "?token=x"})
		return f.called()
	}},
}
