// Package conformance holds how an API Gateway WebSocket API behaves, and the
// HTTP API that stands beside it, as cases that can be run on any endpoint: a
// local run, which they start themselves, or a deployed stack.
//
//	go test ./test/conformance                       the local run (-target=local)
//	go test -C test/conformance -report              and a table of all behaviour
//	go test ./test/conformance -target=stack         the selected Pulumi stack
//	go test ./test/conformance -target=stack -outputs outputs.json -token "$TOKEN"
//
// The table is only seen in that form, because go test hides what tests of named
// packages print. On a stack the AWS keys are taken from the environment, and -token is an
// access token that its authorizer accepts. Cases that need waiting of minutes
// run only with -slow.
//
// Every case names the section of the specification that it checks
// (docs/api-gateway.md), or "HTTP" for its section 13.1 and what package httpapi
// says is known beyond it, and the mark of that fact: doc, observed, rest,
// emulator or unknown. Locally every difference fails. On a stack, which
// is the truth, a difference fails only where the specification claims to know
// (doc, observed); elsewhere it is a measurement, to be read in the table.
//
// Most cases need wiring that no useful stack has: a slow function, one that
// crashes, a policy that does not match. They run on gateways of their own
// within the test (fixtures), and are listed by name as not applicable on a
// stack.
package conformance
