// Package conformance describes the behaviour of an API Gateway WebSocket API and of the
// HTTP API beside it. The description is a table of cases that run against a system: a
// local run, which the tests start, or a deployed stack.
//
//	go test ./test/conformance                       the local run (-target=local)
//	go test -C test/conformance -report              and a table of all behaviour
//	go test ./test/conformance -target=stack         the selected Pulumi stack
//	go test ./test/conformance -target=stack -outputs outputs.json -token "$TOKEN"
//
// The table needs -C, because go test hides the output of packages that its arguments
// name. On a stack, the tests read the AWS keys from the environment, and -token is an
// access token that the authorizer of the stack accepts. Cases that take ten minutes run
// only with -slow.
//
// Every case names the section that it checks, of the pages that docs/api-gateway.md lists,
// and the mark of the fact: doc, observed, rest, emulator or unknown. The section "HTTP"
// means 13.1 and the facts in the package comment of httpapi. On a local run, each
// difference is a failure. On a stack, a difference is a failure only if the mark is doc or
// observed. Other differences are measurements, which the table shows.
//
// Most cases need an API that no useful stack has: with a slow function, with a function
// that crashes, or with a policy that does not match. They run on APIs of their own in the
// process of the test (fixtures). For a stack, the table lists them as not applicable.
package conformance
