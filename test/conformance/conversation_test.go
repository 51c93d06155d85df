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

// conversation is one connection and all events that it caused.
type conversation struct {
	before, after                            time.Time
	host                                     string
	authorizer, connect, message, disconnect event
	noAuthorizer                             bool // without an authorizer
	upgrade                                  upgrade
	text                                     string
	variables                                map[string]string
	authorizerAnswer                         string // the answer of the authorizer; "": allowAll
}

// converse connects, sends one message and closes the connection. It returns the
// conversation with the events.
func (v conversation) converse(s *env) conversation {
	s.Helper()
	if v.authorizerAnswer == "" {
		v.authorizerAnswer = allowAll
	}
	authorizer, connect, message, disconnect := answers(v.authorizerAnswer), answers(ok), answers(ok), answers(ok)
	a := api{connect: connect, oneWay: message, disconnect: disconnect, config: func(c *gateway.Config) { c.StageVariables = v.variables }}
	if !v.noAuthorizer {
		a.authorizer = authorizer
	}
	e := s.serve(a)
	v.host = e.socket.Host
	v.before = time.Now()
	c := e.openWith(s.T, v.upgrade)
	if !v.noAuthorizer {
		v.authorizer = authorizer.next(s.T)
	}
	v.connect = connect.next(s.T)
	c.send(v.text)
	v.message = message.next(s.T)
	c.close(4321, "bye")
	v.disconnect = disconnect.next(s.T)
	v.after = time.Now()
	return v
}

// check returns the check of the value that read reads from a conversation.
func (v conversation) check(read func(v conversation) string) func(s *env) string {
	return func(s *env) string { return read(v.converse(s)) }
}

// eventSelector returns one event of a conversation.
type eventSelector func(v conversation) event

func inAuthorizer(v conversation) event { return v.authorizer }
func inConnect(v conversation) event    { return v.connect }
func inMessage(v conversation) event    { return v.message }
func inDisconnect(v conversation) event { return v.disconnect }

// value returns the check of the value at a path of an event.
func (v conversation) value(in eventSelector, path string) func(s *env) string {
	return v.check(func(v conversation) string { return in(v).at(path) })
}

// names returns the check of the names of the members at a path of an event, in order.
func (v conversation) names(in eventSelector, path string) func(s *env) string {
	return v.check(func(v conversation) string { return in(v).keys(path) })
}

// form returns the check of the form of the value at a path of an event.
func form(in eventSelector, path string) func(s *env) string {
	return conversation{}.check(func(v conversation) string { return formOf(in(v).at(path), v) })
}

var (
	clockPattern = regexp.MustCompile(`^"\d\d/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d \+0000"$`)
	tracePattern = regexp.MustCompile(`^"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"$`)
	idForm       = regexp.MustCompile(`^"[A-Za-z0-9_-]{15}="$`)
)

// formOf describes the form of a value, or returns the value if its form is not known.
func formOf(value string, v conversation) string {
	var number int64
	switch {
	case idForm.MatchString(value):
		return "an id of 16 characters"
	case clockPattern.MatchString(value):
		at, err := time.Parse(`"02/Jan/2006:15:04:05 -0700"`, value)
		return fmt.Sprintf("a clock time, current: %t", err == nil && !at.Before(v.before.Truncate(time.Second)) && !at.After(v.after))
	case tracePattern.MatchString(value):
		return "a trace id"
	case json.Unmarshal([]byte(value), &number) == nil:
		at := time.UnixMilli(number)
		return fmt.Sprintf("milliseconds, current: %t", !at.Before(v.before.Truncate(time.Millisecond)) && !at.After(v.after))
	case value == `"`+v.host+`"`:
		return "the Host"
	}
	return value
}

// contextCases returns the cases of the members that every requestContext has.
func contextCases(in eventSelector, eventType string) []behaviour {
	const path = "requestContext."
	return []behaviour{
		{"eventType", "3.1", "doc", "eventType", `"` + eventType + `"`, fixture, conversation{}.value(in, path+"eventType")},
		{"messageDirection", "3.1", "observed", "messageDirection is IN", `"IN"`, fixture, conversation{}.value(in, path+"messageDirection")},
		{"stage", "3.1", "doc", "stage", `"dev"`, fixture, conversation{}.value(in, path+"stage")},
		{"apiId", "3.1", "doc", "apiId", `"a1b2c3d4e5"`, fixture, conversation{}.value(in, path+"apiId")},
		{"domainName", "3.1", "observed", "domainName is the host that the client used", "the Host", fixture, form(in, path+"domainName")},
		{"connectionId", "3.1", "observed", "connectionId", "an id of 16 characters", fixture, form(in, path+"connectionId")},
		{"requestId", "3.1", "observed", "requestId", "an id of 16 characters", fixture, form(in, path+"requestId")},
		{"requestTime", "2.2", "doc, observed", "requestTime is a string", "a clock time, current: true", fixture, form(in, path+"requestTime")},
		{"requestTimeEpoch", "2.2", "doc, observed", "requestTimeEpoch is a number", "milliseconds, current: true", fixture, form(in, path+"requestTimeEpoch")},
		{"connectedAt", "2.2", "doc, observed", "connectedAt is a number", "milliseconds, current: true", fixture, form(in, path+"connectedAt")},
		{"sourceIp", "3.1", "observed", "identity.sourceIp", `"127.0.0.1"`, fixture, conversation{}.value(in, path+"identity.sourceIp")},
		{"userAgent", "3.1", "observed", "identity.userAgent is the User-Agent of the client", `"tester/1.0"`, fixture, conversation{upgrade: upgrade{headers: []string{"User-Agent: tester/1.0"}}}.value(in, path+"identity.userAgent")},
		{"noUserAgent", "3.1", "observed", "identity of a client without User-Agent has only sourceIp", "sourceIp", fixture, conversation{}.names(in, path+"identity")},
		{"extendedRequestId", "3.1", "doc, observed", "extendedRequestId is the requestId", "true", fixture, conversation{}.check(func(v conversation) string {
			return fmt.Sprint(in(v).at(path+"requestId") == in(v).at(path+"extendedRequestId"))
		})},
		{"sameConnection", "2.2", "observed", "connectionId and connectedAt are those of $connect", "true", fixture, conversation{}.check(func(v conversation) string {
			return fmt.Sprint(in(v).at(path+"connectionId") == v.connect.at(path+"connectionId") && in(v).at(path+"connectedAt") == v.connect.at(path+"connectedAt"))
		})},
	}
}

// authorizerCases returns the cases of requestContext.authorizer in later events. latency
// is ", integrationLatency" for CONNECT, which has this member too.
func authorizerCases(in eventSelector, latency string) []behaviour {
	const path = "requestContext.authorizer"
	answer := strings.TrimSuffix(allowAll, "}") + `,"context":{"z":"text","n":123,"f":1.50,"yes":true}}`
	with := conversation{authorizerAnswer: answer}
	return []behaviour{
		{"authorizerNames", "2.4", "observed", "the keys of the context are first, principalId follows", "z, n, f, yes, principalId" + latency, fixture, with.names(in, path)},
		{"authorizerString", "2.4", "doc, rest", "a string of the context", `"text"`, fixture, with.value(in, path+".z")},
		{"authorizerNumber", "2.4", "doc, rest", "a number of the context becomes a string", `"123"`, fixture, with.value(in, path+".n")},
		{"authorizerFraction", "2.4", "unknown", "a number keeps its spelling", `"1.50"`, fixture, with.value(in, path+".f")},
		{"authorizerBoolean", "2.4", "doc, rest", "a boolean of the context becomes a string", `"true"`, fixture, with.value(in, path+".yes")},
		{"principalId", "2.4", "observed", "principalId", `"ann"`, fixture, with.value(in, path+".principalId")},
		{
			"noPrincipalId", "2.3", "observed, rest", "the authorizer returns no principalId", "z, n, f, yes" + latency, fixture,
			conversation{authorizerAnswer: strings.Replace(answer, `"principalId":"ann",`, "", 1)}.names(in, path),
		},
	}
}

// token returns a token of the local issuer.
func (s *env) token(request target.TokenRequest) string {
	s.Helper()
	token, err := s.local.Token(s.Context(), request)
	if err != nil {
		s.Fatal(err)
	}
	return token
}
