package conformance

import (
	"strings"

	"sallyport/local/gateway"
)

// selected returns the check of the route key that an API with this expression
// selects for a message. It has all routes that a case could name.
func selected(expression, message string) func(s *scene) string {
	return func(s *scene) string {
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

// unrouted returns the check of what a client without a route reads: twice, as
// the connection stays open.
func unrouted(message string) func(s *scene) string {
	return func(s *scene) string {
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
	{"simple", "4", "doc", "the usual expression", "x", fixture, selected(byAction, `{"action":"x"}`)},
	{"braces", "4", "doc", "the same with braces", "x", fixture, selected("${request.body.action}", `{"action":"x"}`)},
	{"blanks", "4", "doc", "blanks round the message", "x", fixture, selected(byAction, " \n{\"action\" : \"x\"}\t")},
	{"caseSensitive", "4", "doc", "route keys have case", "X", fixture, selected(byAction, `{"action":"X"}`)},
	{"nameCase", "4", "doc", "names in the message have case", "$default", fixture, selected(byAction, `{"Action":"x"}`)},
	{"exactMatch", "4", "doc", "the key must match exactly", "$default", fixture, selected(byAction, `{"action":"x "}`)},
	{"unknown", "4", "doc", "an unknown key", "$default", fixture, selected(byAction, `{"action":"nobody"}`)},
	{"missing", "4", "doc", "the path is not in the message", "$default", fixture, selected(byAction, `{"other":"x"}`)},
	{"nested", "4", "doc, observed", "a nested path", "x", fixture, selected("$request.body.service.do", `{"service":{"do":"x"}}`)},
	{"nestedMissing", "4", "doc", "a nested path that leads nowhere", "$default", fixture, selected("$request.body.service.do", `{"service":"x"}`)},
	{"element", "4", "doc", "a path through a list", "item2", fixture, selected("$request.body.list[1]", `{"list":["item1","item2"]}`)},
	{"combined", "4", "doc", "variables and text combined", "a/b", fixture, selected("${request.body.service}/${request.body.action}", `{"service":"a","action":"b"}`)},
	{"combinedFirstMissing", "4", "doc", "the first of two is missing: empty text", "/b", fixture, selected("${request.body.service}/${request.body.action}", `{"action":"b"}`)},
	{"combinedSecondMissing", "4", "doc", "the second of two is missing", "a/", fixture, selected("${request.body.service}/${request.body.action}", `{"service":"a"}`)},
	{"prefix", "4", "doc", "text before a variable", "v1-x", fixture, selected("v1-${request.body.action}", `{"action":"x"}`)},
	{"notRecursive", "4", "doc", "what is found is not evaluated again", "$default", fixture, selected(byAction, `{"action":"${request.body.other}","other":"x"}`)},
	{"static", "4", "doc", "an expression without variables", "always", fixture, selected("always", `{"action":"x"}`)},
	{"staticNoJSON", "4", "doc", "and a message that is not JSON", "always", fixture, selected("always", "hello")},
	{"escaped", "4", "doc", `\$default is the text $default`, "$default", fixture, selected(`\$default`, `{"action":"x"}`)},
	{"notJSON", "4", "doc", "a message that is not JSON", "$default", fixture, selected(byAction, "hello")},
	{"almostJSON", "4", "doc", "a message that is almost JSON", "$default", fixture, selected(byAction, `{"action":"x"`)},
	{"twoJSON", "4", "doc", "two JSON values", "$default", fixture, selected(byAction, `{"action":"x"}{"action":"x"}`)},
	{"empty", "4", "doc", "an empty message", "$default", fixture, selected(byAction, "")},
	{"jsonNumber", "4", "doc", "a message that is a number", "$default", fixture, selected(byAction, "5")},
	{"jsonString", "4", "doc", "a message that is a JSON string", "$default", fixture, selected(byAction, `"action"`)},
	{"jsonArray", "4", "doc", "a message that is a list", "$default", fixture, selected(byAction, `[{"action":"x"}]`)},
	{"jsonNull", "4", "doc", "a message that is null", "$default", fixture, selected(byAction, "null")},
	{"number", "4", "doc", "the value is a number", "5", fixture, selected(byAction, `{"action":5}`)},
	{"fraction", "4", "unknown", "numbers keep their spelling", "1.50", fixture, selected(byAction, `{"action":1.50}`)},
	{"exponent", "4", "unknown", "also with an exponent", "1e2", fixture, selected(byAction, `{"action":1e2}`)},
	{"boolean", "4", "doc", "the value is a boolean", "true", fixture, selected(byAction, `{"action":true}`)},
	{"null", "4", "unknown", "the value is null", "$default", fixture, selected(byAction, `{"action":null}`)},
	{"array", "4", "doc", "the value is a list", "[item1, item2]", fixture, selected(byAction, `{"action":["item1","item2"]}`)},
	{"nestedArray", "4", "unknown", "the value is a list in a list", "[1, [2, x]]", fixture, selected(byAction, `{"action":[1,[2,"x"]]}`)},
	{"object", "4", "unknown", "the value is an object", "{k=v}", fixture, selected(byAction, `{"action":{"k":"v"}}`)},
	{"emptyValue", "4", "doc", "the value is empty", "$default", fixture, selected(byAction, `{"action":""}`)},
	{"escapes", "4", "doc", "the value is written with escapes", "é", fixture, selected(byAction, `{"\u0061ction":"\u00e9"}`)},
	{"repeated", "4", "unknown", "of repeated names the last counts", "x", fixture, selected(byAction, `{"action":"nobody","action":"x"}`)},
	{"dotInName", "4", "unknown", "a dot in a name is no path", "$default", fixture, selected("$request.body.a.b", `{"a.b":"x"}`)},
	{"deep", "4", "doc", "a message that is nested deeply", "$default", fixture, selected(byAction, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))},
	{"$connect", "4", "unknown", "a client that asks for $connect", "$default", fixture, selected(byAction, `{"action":"$connect"}`)},
	{"$disconnect", "4", "unknown", "a client that asks for $disconnect", "$default", fixture, selected(byAction, `{"action":"$disconnect"}`)},
	{"$default", "4", "doc", "a client that asks for $default", "$default", fixture, selected(byAction, `{"action":"$default"}`)},
	{"noRoute", "4", "observed", "no route and no $default", twiceForbidden, fixture, unrouted(`{"action":"y"}`)},
	{"noRouteNoJSON", "4", "observed", "the same with a message that is not JSON", twiceForbidden, fixture, unrouted("hello")},
	{"noRouteEmpty", "4", "observed", "the same with an empty message", twiceForbidden, fixture, unrouted("")},
	{"productDefault", "4", "doc", "the product: a message for $default", `text {"type":"echo","data":"hello"}`, product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.send("hello")
		return c.next()
	}},
	{"productFallback", "4", "doc", "the product: an unknown action falls to $default", `text {"type":"echo","data":{"action":"nobody"}}`, product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"nobody"}`)
		return c.next()
	}},
	{"productRoute", "4", "doc", "the product: an action with a route", `text {"type":"whoami"`, product, func(s *scene) string {
		c := s.stack.open(s.T)
		c.send(`{"action":"whoami"}`)
		first, _, _ := strings.Cut(c.next(), ",")
		return first
	}},
}
