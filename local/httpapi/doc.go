// Package httpapi behaves as the $default stage of an Amazon API Gateway HTTP
// API whose routes call Lambda functions with the payload format 2.0.
//
// It is for a developer's machine and for tests, as package gateway is for the
// WebSocket API: what works against it is to work on AWS. It knows nothing of
// any stack: it is configured with routes, and calls functions through an
// Invoker.
//
// The facts are those of AWS's guide (http-api-develop-integrations-lambda for
// both formats, http-api-quotas for the limits, http-api-throttling) and of
// captures that people have published; where neither says anything, a choice
// was made, which is listed below. docs/api-gateway.md has them in short, in its
// section 13.
//
// # What differs from AWS
//
//   - HTTP/1.1 without TLS. Events say port 443 and https all the same. The
//     domain is the Host header, with its port.
//   - Only the stage $default, and only routes of one method and a fixed path:
//     no ANY, no path variables, no $default route.
//   - No authorizers, no CORS configuration of the API (its functions answer
//     OPTIONS), no parameter mapping, no stage variables, no access logs.
//   - Of the account's throttles none is applied.
//   - There is no trace: x-amzn-trace-id is made up, whatever the client sent.
//
// # What is known from captures
//
//   - A function that fails, and one whose answer is unusable, is 500
//     {"message":"Internal Server Error"}; one that takes longer than its
//     integration waits is 503 {"message":"Service Unavailable"}, which has no
//     Content-Type. It runs on all the same.
//   - Every answer has an apigw-requestid, which is requestContext.requestId.
//   - The body is text for text/*, application/json, application/xml and
//     application/javascript, and base64 for all others, also without a type.
//   - Cookies stand in cookies, and not among the headers.
//   - The list of multiValueHeaders of an answer is not read, and a header whose
//     value is a list makes it unusable.
//   - An answer with a body and without a content type is text/plain.
//
// # Choices
//
//   - Order of the checks: size of the head (431), route (404), throttle (429),
//     size of the body (413).
//   - An event that is longer than Lambda takes is 413, too.
//   - Text that is not UTF-8 goes to the function in base64.
//   - rawPath is the decoded path, which must equal the route's; a slash at the
//     end makes another path.
//   - The statusCode is a number or a string of digits, from 200 to 599. Numbers
//     and booleans as values of headers are taken as they are spelt, null is
//     left out.
//   - Headers of an answer that belong to the connection are left out.
//
// # Invariants
//
//   - Functions are called with no lock held and never cut off by their client;
//     only Close, when its time is up, ends their context.
//   - Logs hold ids, statuses, reasons and route keys, and nothing that a client
//     or a function said.
package httpapi
