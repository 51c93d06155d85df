package gateway

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRefusalReasons checks the log line of each refusal, which clients do not see. Statuses
// and bodies are cases of test/conformance.
func TestRefusalReasons(t *testing.T) {
	inContext := func(member string) func(*Config) {
		return withAuthorizer(answering(strings.Replace(allowAll, "{", `{"context":{`+member+`},`, 1)))
	}
	const invalid = "the authorizer's answer is unusable: "
	tests := []struct {
		name   string
		config func(*Config)
		path   string // empty: /dev
		header string // more lines
		status int
		logged string
	}{
		{"noIdentitySource", withAuthorizer(answering(allowAll), "route.request.querystring.token"), "", "", 401, "the identity source route.request.querystring.token is missing or empty, so the authorizer was not called"},
		{"secondIdentitySource", withAuthorizer(answering(allowAll), "route.request.querystring.token", "route.request.header.X-Tenant"), "/dev?token=t", "", 401, "the identity source route.request.header.X-Tenant"},
		{"userAgentSource", withAuthorizer(answering(allowAll), "context.identity.userAgent"), "", "", 401, "the identity source context.identity.userAgent"},
		{"unauthorized", withAuthorizer(failing(reported("Unauthorized"))), "", "", 401, `the authorizer failed with the text \"Unauthorized\"`},
		{"otherError", withAuthorizer(failing(reported("Unauthorized: secret-token"))), "", "", 500, `the authorizer failed with a text other than exactly \"Unauthorized\"`},
		{"deny", withAuthorizer(answering(policy("Deny", "*"))), "", "", 403, "the authorizer's policy denies " + connectARN},
		{"otherResource", withAuthorizer(answering(policy("Allow", "arn:other"))), "", "", 403, "does not allow execute-api:Invoke on " + connectARN + "; it names arn:other"},
		{"noPolicyDocument", withAuthorizer(answering(`{"statusCode":401}`)), "", "", 500, invalid + "its answer has no policyDocument"},
		{"nullAnswer", withAuthorizer(answering(`null`)), "", "", 500, invalid + "its answer is not a JSON object"},
		{"listInContext", inContext(`"roles":["a"]`), "", "", 500, invalid + `the value of \"roles\" in its context is neither`},
		{"longAnswer", withAuthorizer(answering(strings.Replace(allowAll, `ann`, strings.Repeat("a", 8<<10), 1))), "", "", 500, "more than 8192"},
		{"authorizerNotInvocable", withAuthorizer(failing(errInvoke)), "", "", 500, "the authorizer could not be invoked: no such function"},
		{"connectStatus", withConnect(answering(`{"statusCode":301,"headers":{"Location":"secret-token"}}`)), "", "", 301, "$connect answered with the status 301"},
		{"connectFails", withConnect(failing(reported("secret-token"))), "", "", 502, "$connect failed; see the function's log"},
		{"connectNotInvocable", withConnect(failing(errInvoke)), "", "", 500, "$connect could not be invoked: no such function"},
		{"connectNull", withConnect(answering(`null`)), "", "", 502, "$connect: the function's answer is not a JSON object"},
		{"connectNoStatus", withConnect(answering(`{}`)), "", "", 502, "$connect: the function's answer has no statusCode"},
		{"connectOtherCase", withConnect(answering(`{"StatusCode":200}`)), "", "", 502, `the member \"StatusCode\"`},
		{"connectOtherMembers", withConnect(answering(`{"statusCode":200,"ConnectionId":"x","Data":"secret-token"}`)), "", "", 502, `the member \"ConnectionId\"`},
		{"connectListBody", withConnect(answering(`{"statusCode":200,"body":["secret-token"]}`)), "", "", 502, "the body of the function's answer is not a string"},
		{"connectNumberBody", withConnect(answering(`{"statusCode":401,"body":1}`)), "", "", 502, "the body of the function's answer is not a string"},
		{"connectProtocol", withConnect(answering(`{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a\r\nX: y"}}`)), "", "", 502, "Sec-WebSocket-Protocol of its answer is not a single protocol"},
		{"unknownStage", nil, "/prod", "", 403, "the path does not begin with the stage: want /dev"},
		{"belowStage", nil, "/dev/chat", "", 403, "the only path below the stage is @connections"},
		{"throttled", func(c *Config) { c.Throttle = &Throttle{}; withConnect(&function{})(c) }, "", "", 429, "throttled: more connects than"},
		{"longURL", nil, "/dev?token=" + strings.Repeat("x", 4096), "", 414, "more than 4096"},
		{"secondKey", nil, "", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400, "Sec-WebSocket-Key is not one value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, configWith(test.config))
			request := rawHandshake + test.header + "\r\n"
			if test.path != "" {
				request = strings.Replace(request, "/dev", test.path, 1)
			}
			checkRefusal(t, s, request, test.status, test.logged)
		})
	}
}

// configWith returns a Config without routes after change, which may be nil.
func configWith(change func(*Config)) Config {
	c := config(map[string]Route{})
	if change != nil {
		change(&c)
	}
	return c
}

// checkRefusal sends a handshake and checks the status and the log, which must not have
// secret-token.
func checkRefusal(t *testing.T, s *server, request string, status int, logged string) {
	t.Helper()
	client := s.sendHandshake(t, request)
	if client.Status != status {
		t.Errorf("got the status %d, want %d", client.Status, status)
	}
	if log := s.log.String(); !strings.Contains(log, logged) || strings.Count(log, "\n") != 1 || strings.Contains(log, "secret-token") {
		t.Errorf("got the log\n%swant one line with %q and without secret-token", log, logged)
	}
}

// TestHandshakeTimeouts checks the default timeouts of authorizer and $connect.
func TestHandshakeTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		config func(*Config)
		status int
		logged string
	}{
		"authorizer": {withAuthorizer(sleeping(time.Minute, allowAll)), 500, "the authorizer did not answer in time"},
		"connect":    {withConnect(sleeping(time.Minute, `{"statusCode":200}`)), 504, "$connect did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, configWith(test.config))
				started := time.Now()
				checkRefusal(t, s, rawHandshake+"\r\n", test.status, test.logged)
				if took := time.Since(started); took != 29*time.Second {
					t.Errorf("the refusal came after %v, want 29s", took)
				}
			})
		})
	}
}
