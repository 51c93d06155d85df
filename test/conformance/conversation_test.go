package conformance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sallyport/local/gateway"
	"sallyport/test/conformance/target"
)

// conversation is one connection, and all events that it caused.
type conversation struct {
	before, after                         time.Time
	host                                  string
	authorizer, connect, message, goodbye event
	bare                                  bool // without an authorizer
	upgrade                               upgrade
	text                                  string
	variables                             map[string]string
	allowed                               string // the authorizer's answer
}

// converse connects, says a text and closes.
func (v conversation) converse(s *scene) conversation {
	s.Helper()
	if v.allowed == "" {
		v.allowed = allowAll
	}
	authorizer, connect, message, goodbye := answers(v.allowed), answers(ok), answers(ok), answers(ok)
	a := api{connect: connect, oneWay: message, disconnect: goodbye, config: func(c *gateway.Config) { c.StageVariables = v.variables }}
	if !v.bare {
		a.authorizer = authorizer
	}
	e := s.serve(a)
	v.host = e.socket.Host
	v.before = time.Now()
	c := e.opened(s.T, v.upgrade)
	if !v.bare {
		v.authorizer = authorizer.next(s.T)
	}
	v.connect = connect.next(s.T)
	c.send(v.text)
	v.message = message.next(s.T)
	c.close(4321, "bye")
	v.goodbye = goodbye.next(s.T)
	v.after = time.Now()
	return v
}

// pick returns the check of what one looks at in a conversation.
func (v conversation) pick(look func(v conversation) string) func(s *scene) string {
	return func(s *scene) string { return look(v.converse(s)) }
}

// An inEvent names the event of a conversation that is looked at.
type inEvent func(v conversation) event

func inAuthorizer(v conversation) event { return v.authorizer }
func inConnect(v conversation) event    { return v.connect }
func inMessage(v conversation) event    { return v.message }
func inGoodbye(v conversation) event    { return v.goodbye }

// value returns the check of the value at a path.
func (v conversation) value(in inEvent, path string) func(s *scene) string {
	return v.pick(func(v conversation) string { return in(v).at(path) })
}

// names returns the check of the names at a path, in order.
func (v conversation) names(in inEvent, path string) func(s *scene) string {
	return v.pick(func(v conversation) string { return in(v).keys(path) })
}

// form returns the check of the form of the value at a path.
func form(in inEvent, path string) func(s *scene) string {
	return conversation{}.pick(func(v conversation) string { return formOf(in(v).at(path), v) })
}

var (
	clockPattern = regexp.MustCompile(`^"\d\d/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d \+0000"$`)
	tracePattern = regexp.MustCompile(`^"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"$`)
	idForm       = regexp.MustCompile(`^"[A-Za-z0-9_-]{15}="$`)
)

// formOf says what a value is made of.
func formOf(value string, v conversation) string {
	var number int64
	switch {
	case idForm.MatchString(value):
		return "an id of 16 characters"
	case clockPattern.MatchString(value):
		at, err := time.Parse(`"02/Jan/2006:15:04:05 -0700"`, value)
		return fmt.Sprintf("a clock time, now: %t", err == nil && !at.Before(v.before.Truncate(time.Second)) && !at.After(v.after))
	case tracePattern.MatchString(value):
		return "a trace id"
	case json.Unmarshal([]byte(value), &number) == nil:
		at := time.UnixMilli(number)
		return fmt.Sprintf("milliseconds, now: %t", !at.Before(v.before.Truncate(time.Millisecond)) && !at.After(v.after))
	case value == `"`+v.host+`"`:
		return "the Host"
	}
	return value
}

// contextForms are the cases for what every requestContext has.
func contextForms(in inEvent, eventType string) []behaviour {
	const path = "requestContext."
	cases := []behaviour{
		{"eventType", "3.1", "doc", "eventType", `"` + eventType + `"`, fixture, conversation{}.value(in, path+"eventType")},
		{"messageDirection", "3.1", "observed", "messageDirection is always IN", `"IN"`, fixture, conversation{}.value(in, path+"messageDirection")},
		{"stage", "3.1", "doc", "stage", `"dev"`, fixture, conversation{}.value(in, path+"stage")},
		{"apiId", "3.1", "doc", "apiId", `"a1b2c3d4e5"`, fixture, conversation{}.value(in, path+"apiId")},
		{"domainName", "3.1", "observed", "domainName is the host that the client used", "the Host", fixture, form(in, path+"domainName")},
		{"connectionId", "3.1", "observed", "connectionId", "an id of 16 characters", fixture, form(in, path+"connectionId")},
		{"requestId", "3.1", "observed", "requestId", "an id of 16 characters", fixture, form(in, path+"requestId")},
		{"requestTime", "2.2", "doc, observed", "requestTime is text", "a clock time, now: true", fixture, form(in, path+"requestTime")},
		{"requestTimeEpoch", "2.2", "doc, observed", "requestTimeEpoch is a number", "milliseconds, now: true", fixture, form(in, path+"requestTimeEpoch")},
		{"connectedAt", "2.2", "doc, observed", "connectedAt is a number", "milliseconds, now: true", fixture, form(in, path+"connectedAt")},
		{"sourceIp", "3.1", "observed", "identity.sourceIp", `"127.0.0.1"`, fixture, conversation{}.value(in, path+"identity.sourceIp")},
		{"userAgent", "3.1", "observed", "identity.userAgent if the client sent one", `"tester/1.0"`, fixture, conversation{upgrade: upgrade{headers: []string{"User-Agent: tester/1.0"}}}.value(in, path+"identity.userAgent")},
		{"noUserAgent", "3.1", "observed", "identity without User-Agent", "sourceIp", fixture, conversation{}.names(in, path+"identity")},
		{"extendedRequestId", "3.1", "doc, observed", "extendedRequestId is the requestId", "true", fixture, conversation{}.pick(func(v conversation) string {
			return fmt.Sprint(in(v).at(path+"requestId") == in(v).at(path+"extendedRequestId"))
		})},
		{"sameConnection", "2.2", "observed", "connectionId and connectedAt are those of $connect", "true", fixture, conversation{}.pick(func(v conversation) string {
			return fmt.Sprint(in(v).at(path+"connectionId") == v.connect.at(path+"connectionId") && in(v).at(path+"connectedAt") == v.connect.at(path+"connectedAt"))
		})},
		{"noStrangers", "3.1", "observed", "no version, accountId, http, resourceId, path, httpMethod", "", fixture, conversation{}.pick(func(v conversation) string {
			var found []string
			for _, name := range []string{"version", "accountId", "http", "resourceId", "path", "httpMethod"} {
				if in(v).at(name) != "absent" || in(v).at(path+name) != "absent" {
					found = append(found, name)
				}
			}
			return strings.Join(found, ", ")
		})},
	}
	return cases
}

// authorizerForms are the cases for requestContext.authorizer of later events.
// CONNECT has integrationLatency in it.
func authorizerForms(in inEvent, latency string) []behaviour {
	const path = "requestContext.authorizer"
	allowed := strings.TrimSuffix(allowAll, "}") + `,"context":{"z":"text","n":123,"f":1.50,"yes":true}}`
	with := conversation{allowed: allowed}
	return []behaviour{
		{"authorizerAbsent", "2.4", "observed", "no authorizer", "absent", fixture, conversation{bare: true}.value(in, path)},
		{"authorizerNames", "2.4", "observed", "authorizer: the context's keys, then principalId", "z, n, f, yes, principalId" + latency, fixture, with.names(in, path)},
		{"authorizerString", "2.4", "doc, rest", "text of the context", `"text"`, fixture, with.value(in, path+".z")},
		{"authorizerNumber", "2.4", "doc, rest", "a number of the context becomes text", `"123"`, fixture, with.value(in, path+".n")},
		{"authorizerFraction", "2.4", "unknown", "a number keeps its spelling", `"1.50"`, fixture, with.value(in, path+".f")},
		{"authorizerBoolean", "2.4", "doc, rest", "a boolean of the context becomes text", `"true"`, fixture, with.value(in, path+".yes")},
		{"principalId", "2.4", "observed", "principalId", `"ann"`, fixture, with.value(in, path+".principalId")},
		{
			"noPrincipalId", "2.3", "observed, rest", "an authorizer without principalId", strings.TrimPrefix("a"+latency, ", "), fixture,
			conversation{allowed: strings.Replace(allowed, `"principalId":"ann",`, "", 1)}.pick(func(v conversation) string {
				return strings.NewReplacer("z, n, f, yes", "a").Replace(in(v).keys(path))
			}),
		},
	}
}

// token returns a token of the local sign-in.
func (s *scene) token(request target.TokenRequest) string {
	s.Helper()
	token, err := s.local.Token(s.Context(), request)
	if err != nil {
		s.Fatal(err)
	}
	return token
}
