// Package httpapi emulates the $default stage of an Amazon API Gateway HTTP API whose routes
// call Lambda functions with the payload format 2.0.
//
// It is for development and tests on one machine, as package gateway is for the WebSocket
// API: a client or function that works with it should work on AWS. It does not depend on a
// stack: its Config lists the routes, and it calls functions through an Invoker.
//
// The facts come from AWS's guide (http-api-develop-integrations-lambda for both formats,
// http-api-quotas for the limits, http-api-throttling) and from published captures. The
// behaviours that neither of them describes are listed below as choices. Section 13 of
// docs/api-gateway.md is a summary.
//
// # Differences from AWS
//
//   - The server uses HTTP/1.1 without TLS. Events nevertheless contain port 443 and
//     https. The domain is the Host header with its port.
//   - Only the stage $default is served. A route has one method and a fixed path. ANY, path
//     variables and the route $default are not supported.
//   - Authorizers, parameter mapping, stage variables, access logs and the CORS configuration
//     of an API are not supported. Functions answer OPTIONS themselves.
//   - The throttles of the account are not applied.
//   - There is no tracing. x-amzn-trace-id is always new and ignores the value of the client.
//
// # Facts from captures
//
//   - If a function fails or its answer is unusable, the client gets 500
//     {"message":"Internal Server Error"}. If a function takes longer than its integration
//     waits, the client gets 503 {"message":"Service Unavailable"} without a Content-Type, and
//     the function continues.
//   - Every response has the header apigw-requestid, which equals requestContext.requestId.
//   - The body of the event is text for text/*, application/json, application/xml and
//     application/javascript. Every other body, including one without a type, is base64.
//   - Cookies are in the member cookies and not in the headers.
//   - multiValueHeaders of an answer is ignored. A header whose value is a list makes the
//     answer unusable.
//   - An answer with a body and without a content type is text/plain.
//
// # Choices
//
//   - The order of the checks is: size of the head (431), route (404), throttle (429),
//     size of the body (413).
//   - An event that is larger than Lambda allows also gets 413.
//   - Text that is not UTF-8 reaches the function as base64.
//   - rawPath is the decoded path, which must equal the path of the route. A slash at the end
//     makes another path.
//   - The statusCode is a number or a string of digits, from 200 to 599. A number or boolean as
//     the value of a header stays as it is written. A header whose value is null is omitted.
//   - A function cannot set the headers of the HTTP connection, such as Transfer-Encoding.
//
// # Invariants
//
//   - The API holds no lock while a function runs. A client cannot cancel a function. Only
//     Close ends the context of the functions, when its own context has ended.
//   - Logs contain IDs, statuses, reasons and route keys, and no text of a client or a
//     function.
package httpapi
