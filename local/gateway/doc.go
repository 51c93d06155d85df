// Package gateway behaves as a stage of an Amazon API Gateway v2 WebSocket API:
// the handshake with its Lambda authorizer, the routes, the error frames, the
// limits, and the management API below @connections.
//
// It is for a developer's machine and for tests: what works against it is to
// work on AWS, and what fails on AWS is to fail against it, with a log line
// that says why. It will never be a server for the public: it holds everything
// in memory, speaks no TLS, and verifies signatures only if it is given
// something to do so. It knows nothing of any stack: it is configured with
// routes, and calls functions through an Invoker.
//
// The specification that comments refer to by section is docs/api-gateway.md,
// which gives for each fact how sure it is.
//
// # What differs from AWS
//
//   - One stage of one API, on HTTP/1.1 without TLS. Events say port 443 and
//     https all the same. The domain is the Host header, with its port.
//   - Only AWS_PROXY and MOCK integrations, and only a REQUEST authorizer; no
//     API keys, models, IAM authorization or access logs.
//   - Policies with Condition, NotAction, NotResource or Principal are refused as
//     unusable rather than evaluated wrongly.
//   - Route selection reads $request.body with names, dots and [N] of JSONPath.
//   - permessage-deflate is declined: AWS's own version of it is broken
//     (section 1.2), and a client must cope without.
//   - Header names reach functions as the client wrote them only for servers
//     set up with Listen and ConnContext.
//   - Ids are random in every byte, where those of AWS have some order, so that
//     nobody relies on it. Ids of messages end like their connection's.
//   - One connection has at most Limits.Calls messages in flight.
//
// # Choices where the specification says unknown
//
// Handshake:
//   - Order of the checks: path, upgrade, length of the URL (414), throttles,
//     identity sources, authorizer, $connect. Each refusal is logged once.
//   - A handshake below the stage is 403. A broken Sec-WebSocket-Key or -Version is
//     400. A plain GET is 426 {"message":"Upgrade Required"}.
//   - Refusals before $connect have the bodies of REST APIs. Those on behalf of
//     $connect (its own status, 502, 504) have the form of an error frame, with
//     the status's name as message; the function's body is dropped, and its own
//     status comes without x-amzn-ErrorType.
//   - An authorizer that fails in its own words is 500 {"message":null} with
//     AuthorizerFailureException; one with an unusable answer is the same with
//     AuthorizerConfigurationException; one that is late (29 s) or cannot be
//     called is 500 Internal server error.
//   - Names of headers match identity sources in any case. Of repeated headers
//     and parameters the last one counts.
//   - In the answer of an authorizer unusable means: over 8 KB, a context value
//     of null, a principalId that is no string, an ARN of over 512 characters.
//     A statement need not stand in a list. Numbers of the context keep their
//     spelling, and its keys their order.
//   - Empty query maps of the authorizer's event are {}, and so is the authorizer
//     in later events when it gave neither context nor principalId. Stage
//     variables are in the events of authorizer and $connect, in the latter only
//     if there are any.
//   - $connect must answer an object with a statusCode, a body that is a string, if
//     any, and no other members than those of a proxy response, else it is 502, and
//     so it is for a subprotocol that is no token. The subprotocol is sent even if
//     the client did not offer it.
//   - If the client is gone when $connect has answered, $disconnect runs (1006).
//
// Messages:
//   - {"action":"$connect"}, null and an empty text select $default. Numbers keep
//     their spelling. Of repeated names the last one counts.
//   - On every route an answer without statusCode, with other members than those
//     of a proxy response or with a body that is no string is an Internal server
//     error; on a two-way route so is a body over 128 KB. No or an empty body, and
//     a null answer, is silence. A base64 body is decoded and sent as text.
//   - Text to a client that is longer than a frame may be goes in several frames,
//     the last of which is empty.
//   - A throttled message gets the frame Too Many Requests.
//   - Pings are answered, and do not keep an idle connection open. Only messages
//     from the client move lastActiveAt.
//   - A client that does not read for 10 s is dropped.
//
// Endings:
//   - Binary is 1003 "Binary frames are not supported."; text that is not UTF-8
//     is 1007; a message over 128 KB is 1009 "Max message length of 131072 has been
//     exceeded."; what breaks the protocol is 1002. $disconnect gets the same code
//     and reason as the client, and the client's own if it closed.
//   - A lost connection is 1006 with an empty reason. Two hours end like ten idle
//     minutes: 1001 "Going away".
//   - $disconnect does not wait for messages that are being answered.
//
// Management API:
//   - Ids are malformed unless they are 16 characters of base64 for 11 bytes.
//   - Checks in this order: method, presence of a signature, size, signature,
//     throttle, id, existence. 413 says "Request Too Long", 429 "Too Many
//     Requests". An unknown method is 403 Forbidden.
//   - An empty message is sent, and all messages are text, whatever the bytes.
//
// # Invariants
//
//   - A connection is known to the management API before its client reads 101,
//     and unknown from the moment it starts to end.
//   - Whoever ends a connection first says how; $disconnect runs once, after the
//     socket is closed, for each connection whose $connect has succeeded.
//   - Everything that a client sends is checked frame by frame, before the
//     WebSocket library sees it.
//   - Functions are called with no lock held and never cut off by their client;
//     only Close, when its time is up, ends their context.
//   - Logs hold ids, statuses, reasons, ARNs and names, and nothing that a client
//     or a function said.
package gateway
