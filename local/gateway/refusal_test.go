package gateway

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refusals has every row of api-gateway.md 1.3 that a gateway can show, and
// those that it chooses itself.
var refusals = []struct {
	name    string
	config  func(*Config)
	path    string // default /dev
	header  string // lines after the usual ones
	status  int
	kind    string
	body    string // with ID for every id
	logged  string
	minutes bool // the answer takes time
}{
	{
		name: "noIdentitySource", config: authorizedBy(answering(allowAll), "route.request.querystring.token"),
		status: 401, kind: "UnauthorizedException", body: `{"message":"Unauthorized"}`,
		logged: "the identity source route.request.querystring.token is missing or empty, so the authorizer was not called",
	},
	{
		name: "emptyIdentitySource", config: authorizedBy(answering(allowAll), "route.request.querystring.token"), path: "/dev?token=",
		status: 401, kind: "UnauthorizedException", body: `{"message":"Unauthorized"}`, logged: "route.request.querystring.token",
	},
	{
		name: "secondIdentitySource", config: authorizedBy(answering(allowAll), "route.request.querystring.token", "route.request.header.X-Tenant"), path: "/dev?token=t",
		status: 401, kind: "UnauthorizedException", body: `{"message":"Unauthorized"}`, logged: "route.request.header.X-Tenant",
	},
	{
		name: "authorizerSaysUnauthorized", config: authorizedBy(failing(reported("Unauthorized"))),
		status: 401, kind: "UnauthorizedException", body: `{"message":"Unauthorized"}`, logged: `the authorizer failed with the text \"Unauthorized\"`,
	},
	{
		name: "authorizerSaysUnauthorizedAndMore", config: authorizedBy(failing(reported("Unauthorized: secret-token"))),
		status: 500, kind: "AuthorizerFailureException", body: `{"message":null}`, logged: "other than exactly",
	},
	{
		name: "authorizerDenies", config: authorizedBy(answering(policy("Deny", "*"))),
		status: 403, kind: "AccessDeniedException", body: `{"Message":"User is not authorized to access this resource with an explicit deny"}`,
		logged: "the authorizer's policy denies " + connectID,
	},
	{
		name: "policyOfAnotherARN", config: authorizedBy(answering(policy("Allow", "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/*/*"))),
		status: 403, kind: "AccessDeniedException", body: `{"Message":"User is not authorized to access this resource"}`,
		logged: "does not allow execute-api:Invoke on " + connectID + "; it names arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/*/*",
	},
	{
		name: "noPolicyDocument", config: authorizedBy(answering(`{"statusCode":401}`)),
		status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`, logged: "its answer has no policyDocument",
	},
	{
		name: "nullAnswer", config: authorizedBy(answering(`null`)),
		status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`, logged: "its answer is not a JSON object",
	},
	{
		name: "listInContext", config: authorizedBy(answering(strings.Replace(allowAll, `{`, `{"context":{"roles":["a"]},`, 1))),
		status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`, logged: `the value of \"roles\" in its context is neither`,
	},
	{
		name: "nullInContext", config: authorizedBy(answering(strings.Replace(allowAll, `{`, `{"context":{"role":null},`, 1))),
		status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`, logged: `the value of \"role\"`,
	},
	{
		name: "answerOver8KB", config: authorizedBy(answering(strings.Replace(allowAll, `ann`, strings.Repeat("a", 8<<10), 1))),
		status: 500, kind: "AuthorizerConfigurationException", body: `{"message":null}`, logged: "more than 8192",
	},
	{
		name: "authorizerNotInvocable", config: authorizedBy(failing(errInvoke)),
		status: 500, kind: "InternalServerErrorException", body: `{"message":"Internal server error"}`, logged: "the authorizer could not be invoked: no such function",
	},
	{
		name: "authorizerSlow", config: authorizedBy(sleeping(time.Minute, allowAll)), minutes: true,
		status: 500, kind: "InternalServerErrorException", body: `{"message":"Internal server error"}`, logged: "the authorizer did not answer in time",
	},
	{
		name: "connectAnswers401", config: connectedBy(answering(`{"statusCode":401,"body":"no"}`)),
		status: 401, kind: "", body: `{"message": "Unauthorized", "connectionId":"ID", "requestId":"ID"}`, logged: "$connect answered with the status 401",
	},
	{
		name: "connectAnswers301", config: connectedBy(answering(`{"statusCode":301,"headers":{"Location":"x"}}`)),
		status: 301, kind: "", body: `{"message": "Moved Permanently", "connectionId":"ID", "requestId":"ID"}`, logged: "301",
	},
	{
		name: "connectAnswers501", config: connectedBy(answering(`{"statusCode":501}`)),
		status: 501, kind: "", body: `{"message": "Not Implemented", "connectionId":"ID", "requestId":"ID"}`, logged: "501",
	},
	{
		name: "connectThrows", config: connectedBy(failing(reported("oops"))),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "$connect failed",
	},
	{
		name: "connectAnswersNull", config: connectedBy(answering(`null`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "not a JSON object",
	},
	{
		name: "connectAnswersWithoutStatus", config: connectedBy(answering(`{}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "no statusCode",
	},
	{
		name: "connectAnswersInOtherCase", config: connectedBy(answering(`{"StatusCode":200}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: `the member \"StatusCode\"`,
	},
	{
		name: "connectAnswersOtherMembers", config: connectedBy(answering(`{"statusCode":200,"ConnectionId":"x","Data":"secret-token"}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: `the member \"ConnectionId\"`,
	},
	{
		name: "connectAnswersCookies", config: connectedBy(answering(`{"statusCode":200,"cookies":["secret-token"]}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: `the member \"cookies\"`,
	},
	{
		name: "connectAnswersObjectBody", config: connectedBy(answering(`{"statusCode":200,"body":{"a":"secret-token"}}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "is not a string",
	},
	{
		name: "connectAnswersListBody", config: connectedBy(answering(`{"statusCode":200,"body":["secret-token"]}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "is not a string",
	},
	{
		name: "connectAnswersNumberBody", config: connectedBy(answering(`{"statusCode":401,"body":1}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "is not a string",
	},
	{
		name: "connectSplitsTheHead", config: connectedBy(answering(`{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a\r\nX: y"}}`)),
		status: 502, kind: "InternalServerErrorException", body: `{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}`, logged: "not a single protocol",
	},
	{
		name: "connectSlow", config: connectedBy(sleeping(time.Minute, `{"statusCode":200}`)), minutes: true,
		status: 504, kind: "InternalServerErrorException", body: `{"message": "Endpoint request timed out", "connectionId":"ID", "requestId":"ID"}`, logged: "$connect did not answer in time",
	},
	{
		name: "connectNotInvocable", config: connectedBy(failing(errInvoke)),
		status: 500, kind: "InternalServerErrorException", body: `{"message":"Internal server error"}`, logged: "$connect could not be invoked",
	},
	{
		name: "unknownStage", path: "/prod",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "want /dev",
	},
	{
		name: "noStage", path: "/",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "want /dev",
	},
	{
		name: "belowTheStage", path: "/dev/chat",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "the only path below the stage",
	},
	{
		name: "deepBelowTheStage", path: "/dev/chat/room",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "the only path below the stage",
	},
	{
		name: "slashesBehindTheStage", path: "/dev//",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "the only path below the stage",
	},
	{
		name: "slashesBeforeTheStage", path: "//dev",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "want /dev",
	},
	{
		name: "dotsBeforeTheStage", path: "/x/../dev",
		status: 403, kind: "ForbiddenException", body: `{"message":"Forbidden"}`, logged: "want /dev",
	},
	{
		name: "throttledByTheStage", config: func(c *Config) { c.Throttle = &Throttle{}; c.Routes[routeConnect] = oneWay(&fake{}) },
		status: 429, kind: "TooManyRequestsException", body: `{"message":"Too Many Requests"}`, logged: "throttled",
	},
	{
		name: "longURL", path: "/dev?token=" + strings.Repeat("x", 4096),
		status: 414, kind: "BadRequestException", body: `{"message":"Request URI Too Long"}`, logged: "more than 4096",
	},
	{
		name: "secondKey", header: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		status: 400, kind: "BadRequestException", body: `{"message":"Bad Request"}`, logged: "Sec-WebSocket-Key",
	},
}

func TestHandshakeRefused(t *testing.T) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := config(map[string]Route{})
				if test.config != nil {
					test.config(&c)
				}
				s := serve(t, c)
				request := rawHandshake + test.header + "\r\n"
				if test.path != "" {
					request = strings.Replace(request, "/dev", test.path, 1)
				}
				started := time.Now()
				client := s.shake(t, request)
				checkRefusal(t, client, test.status, test.kind, test.body)
				if took := time.Since(started); (took == maxTimeout) != test.minutes {
					t.Errorf("took %v", took)
				}
				if log := s.log.String(); !strings.Contains(log, test.logged) || strings.Count(log, "\n") != 1 {
					t.Errorf("got the log\n%swant one line with %q", log, test.logged)
				}
				if strings.Contains(s.log.String(), "secret-token") {
					t.Errorf("the log quotes the function: %s", s.log)
				}
			})
		})
	}
}

func checkRefusal(t *testing.T, client *raw, status int, kind, body string) {
	t.Helper()
	got := strings.Join(client.head, "\n")
	got = anyID.ReplaceAllString(got, "ID")
	got = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`).ReplaceAllString(got, "UUID")
	for _, line := range []string{
		fmt.Sprintf("HTTP/1.1 %d %s", status, http.StatusText(status)), "Connection: keep-alive", "Content-Type: application/json",
		"x-amz-apigw-id: ID", "x-amzn-RequestId: UUID", "Date: Sat, 01 Jan 2000 00:00:",
	} {
		if !strings.Contains("\n"+got, "\n"+line) {
			t.Errorf("got the head\n%s\nwant the line %q", got, line)
		}
	}
	_, after, _ := strings.Cut(got, "\nx-amzn-ErrorType: ")
	if got, _, _ := strings.Cut(after, "\n"); got != kind {
		t.Errorf("got the error type %q, want %q", got, kind)
	}
	length := 0
	for _, line := range client.head {
		_, _ = fmt.Sscanf(line, "Content-Length: %d", &length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(client.in, text); err != nil {
		t.Fatalf("read body: %v", err)
	}
	if got := anyID.ReplaceAllString(string(text), "ID"); got != body {
		t.Errorf("got the body %s, want %s", got, body)
	}
}
