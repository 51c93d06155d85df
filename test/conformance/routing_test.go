package conformance

import (
	"strings"

	"sallyport/local/gateway"
)

// selectedRoute returns the check of the route key that an API with this expression
// selects for a message. The API has all routes that a case names.
func selectedRoute(expression, message string) func(s *env) string {
	return func(s *env) string {
		f := answers(ok)
		routes := map[string]*function{}
		for _, key := range []string{
			"x", "X", "a/b", "a/", "/b", "5", "1.50", "1e2", "true", "null", "[item1, item2]", "[1, [2, x]]", "{k=v}", "always", "a b", "é", "item2", "-", "v1-x", "x.y",
		} {
			routes[key] = f
		}
		e := s.serve(api{connect: answers(ok), disconnect: answers(ok), oneWay: f, routes: routes, config: func(c *gateway.Config) { c.RouteSelection = expression }})
		e.open(s.T).send(message)
		return f.next(s.T).text("requestContext.routeKey")
	}
}

const byAction = "$request.body.action"

// withoutRoute returns the check of the answers to two messages that have no route. The
// second answer proves that the connection stays open.
func withoutRoute(message string) func(s *env) string {
	return func(s *env) string {
		c := s.serve(api{routes: map[string]*function{"x": echoes()}}).open(s.T)
		c.send(message)
		c.send(message)
		return c.next() + ", " + c.next()
	}
}

const (
	forbiddenFrame = `text {"message": "Forbidden", "connectionId":"<id>", "requestId":"<id>"}`
	internalFrame  = `text {"message": "Internal server error", "connectionId":"<id>", "requestId":"<id>"}`
	twiceForbidden = forbiddenFrame + ", " + forbiddenFrame
)

var routings = []behaviour{
	{"simple", "4", "doc", "an expression with one name", "x", fixture, selectedRoute(byAction, `{"action":"x"}`)},
	{"braces", "4", "doc", "an expression with braces", "x", fixture, selectedRoute("${request.body.action}", `{"action":"x"}`)},
	{"blanks", "4", "doc", "white space before and after the message", "x", fixture, selectedRoute(byAction, " \n{\"action\" : \"x\"}\t")},
	{"caseSensitive", "4", "doc", "route keys are case-sensitive", "X", fixture, selectedRoute(byAction, `{"action":"X"}`)},
	{"nameCase", "4", "doc", "names in the message are case-sensitive", "$default", fixture, selectedRoute(byAction, `{"Action":"x"}`)},
	{"exactMatch", "4", "doc", "the key must match exactly", "$default", fixture, selectedRoute(byAction, `{"action":"x "}`)},
	{"unknown", "4", "doc", "an unknown key", "$default", fixture, selectedRoute(byAction, `{"action":"other"}`)},
	{"missing", "4", "doc", "the path is not in the message", "$default", fixture, selectedRoute(byAction, `{"other":"x"}`)},
	{"nested", "4", "doc, observed", "a nested path", "x", fixture, selectedRoute("$request.body.service.do", `{"service":{"do":"x"}}`)},
	{"nestedMissing", "4", "doc", "a nested path that is not in the message", "$default", fixture, selectedRoute("$request.body.service.do", `{"service":"x"}`)},
	{"element", "4", "doc", "a path through a list", "item2", fixture, selectedRoute("$request.body.list[1]", `{"list":["item1","item2"]}`)},
	{"combined", "4", "doc", "an expression with two variables and text", "a/b", fixture, selectedRoute("${request.body.service}/${request.body.action}", `{"service":"a","action":"b"}`)},
	{"combinedFirstMissing", "4", "doc", "a missing first variable is an empty text", "/b", fixture, selectedRoute("${request.body.service}/${request.body.action}", `{"action":"b"}`)},
	{"combinedSecondMissing", "4", "doc", "a missing second variable is an empty text", "a/", fixture, selectedRoute("${request.body.service}/${request.body.action}", `{"service":"a"}`)},
	{"prefix", "4", "doc", "text before a variable", "v1-x", fixture, selectedRoute("v1-${request.body.action}", `{"action":"x"}`)},
	{"notRecursive", "4", "doc", "the value is not evaluated again", "$default", fixture, selectedRoute(byAction, `{"action":"${request.body.other}","other":"x"}`)},
	{"static", "4", "doc", "an expression without variables", "always", fixture, selectedRoute("always", `{"action":"x"}`)},
	{"staticNoJSON", "4", "doc", "an expression without variables, for a message that is not JSON", "always", fixture, selectedRoute("always", "hello")},
	{"escaped", "4", "doc", `\$default is the text $default`, "$default", fixture, selectedRoute(`\$default`, `{"action":"x"}`)},
	{"notJSON", "4", "doc", "a message that is not JSON", "$default", fixture, selectedRoute(byAction, "hello")},
	{"almostJSON", "4", "doc", "a message that is almost JSON", "$default", fixture, selectedRoute(byAction, `{"action":"x"`)},
	{"twoJSON", "4", "doc", "two JSON values", "$default", fixture, selectedRoute(byAction, `{"action":"x"}{"action":"x"}`)},
	{"empty", "4", "doc", "an empty message", "$default", fixture, selectedRoute(byAction, "")},
	{"jsonNumber", "4", "doc", "a message that is a number", "$default", fixture, selectedRoute(byAction, "5")},
	{"jsonString", "4", "doc", "a message that is a JSON string", "$default", fixture, selectedRoute(byAction, `"action"`)},
	{"jsonArray", "4", "doc", "a message that is a list", "$default", fixture, selectedRoute(byAction, `[{"action":"x"}]`)},
	{"jsonNull", "4", "doc", "a message that is null", "$default", fixture, selectedRoute(byAction, "null")},
	{"number", "4", "doc", "the value is a number", "5", fixture, selectedRoute(byAction, `{"action":5}`)},
	{"fraction", "4", "unknown", "a number keeps its form", "1.50", fixture, selectedRoute(byAction, `{"action":1.50}`)},
	{"exponent", "4", "unknown", "a number with an exponent keeps its form", "1e2", fixture, selectedRoute(byAction, `{"action":1e2}`)},
	{"boolean", "4", "doc", "the value is a boolean", "true", fixture, selectedRoute(byAction, `{"action":true}`)},
	{"null", "4", "unknown", "the value is null", "$default", fixture, selectedRoute(byAction, `{"action":null}`)},
	{"array", "4", "doc", "the value is a list", "[item1, item2]", fixture, selectedRoute(byAction, `{"action":["item1","item2"]}`)},
	{"nestedArray", "4", "unknown", "the value is a list in a list", "[1, [2, x]]", fixture, selectedRoute(byAction, `{"action":[1,[2,"x"]]}`)},
	{"object", "4", "unknown", "the value is an object", "{k=v}", fixture, selectedRoute(byAction, `{"action":{"k":"v"}}`)},
	{"emptyValue", "4", "doc", "the value is empty", "$default", fixture, selectedRoute(byAction, `{"action":""}`)},
	{"escapes", "4", "doc", "the name and the value have escape sequences", "é", fixture, selectedRoute(byAction, `{"\u0061ction":"\u00e9"}`)},
	{"repeated", "4", "unknown", "the last of repeated names is used", "x", fixture, selectedRoute(byAction, `{"action":"other","action":"x"}`)},
	{"dotInName", "4", "unknown", "a dot in a name is not a path", "$default", fixture, selectedRoute("$request.body.a.b", `{"a.b":"x"}`)},
	{"deep", "4", "doc", "a deeply nested message", "$default", fixture, selectedRoute(byAction, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))},
	{"$connect", "4", "unknown", "the value is $connect", "$default", fixture, selectedRoute(byAction, `{"action":"$connect"}`)},
	{"$disconnect", "4", "unknown", "the value is $disconnect", "$default", fixture, selectedRoute(byAction, `{"action":"$disconnect"}`)},
	{"$default", "4", "doc", "the value is $default", "$default", fixture, selectedRoute(byAction, `{"action":"$default"}`)},
	{"noRoute", "4", "observed", "an API without $default: an unknown key", twiceForbidden, fixture, withoutRoute(`{"action":"y"}`)},
	{"noRouteNoJSON", "4", "observed", "an API without $default: a message that is not JSON", twiceForbidden, fixture, withoutRoute("hello")},
	{"noRouteEmpty", "4", "observed", "an API without $default: an empty message", twiceForbidden, fixture, withoutRoute("")},
	{"productDefault", "4", "doc", "the product: a message that is not JSON", `text {"type":"echo","data":"hello"}`, product, func(s *env) string {
		c := s.stack.open(s.T)
		c.send("hello")
		return c.next()
	}},
	{"productFallback", "4", "doc", "the product: an unknown action", `text {"type":"echo","data":{"action":"other"}}`, product, func(s *env) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"other"}`)
		return c.next()
	}},
	{"productRoute", "4", "doc", "the product: an action with a route", `text {"type":"whoami"`, product, func(s *env) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"whoami"}`)
		first, _, _ := strings.Cut(c.next(), ",")
		return first
	}},
}
