// Package gateway emulates a stage of an Amazon API Gateway v2 WebSocket API: the handshake
// with its Lambda authorizer, the routes, the error frames, the limits, and the management
// API below @connections.
//
// It is for development and tests on one machine. A client or function that works with it
// should work on AWS, and one that fails on AWS should fail with it, with a log line that
// gives the reason. It is not a public server: it holds everything in memory, has no TLS, and
// verifies signatures only with Config.Verify. It does not depend on a stack: its Config
// lists the routes, and it calls functions through an Invoker.
//
// Comments cite sections of docs/api-gateway.md, which gives the certainty of each fact.
//
// # Differences from AWS
//
//   - The gateway serves one stage of one API, with HTTP/1.1 and without TLS. Events say port
//     443 and https nevertheless. The domain is the Host header with its port.
//   - Integrations are AWS_PROXY or MOCK, and the authorizer is a REQUEST authorizer. API keys,
//     models, IAM authorization and access logs are not supported.
//   - A policy with Condition, NotAction, NotResource or Principal is unusable, because the
//     gateway does not evaluate these members.
//   - A route selection expression can read $request.body with names, dots and [N]. Other
//     JSONPath is not supported.
//   - permessage-deflate is declined. The version of AWS is faulty (section 1.2), and every
//     client must work without it.
//   - Header names have the case of the client only if the server uses Listen and ConnContext.
//   - Ids are random in every byte. Those of AWS have some order, on which nobody should rely.
//     The end of a message id is the end of the id of its connection.
//   - One connection has at most Limits.Calls messages in progress.
//
// # Choices where the source of a fact is unknown
//
// Handshake:
//   - The order of the checks is: path, upgrade, length of the URL (414), throttles, identity
//     sources, authorizer, $connect. Each refusal is logged once.
//   - A handshake below the stage is 403. An invalid Sec-WebSocket-Key or Sec-WebSocket-Version
//     is 400. A plain GET is 426 {"message":"Upgrade Required"}.
//   - Refusals before $connect have the bodies of REST APIs. Refusals by $connect (its own
//     status, 502, 504) have the form of an error frame with the name of the status as the
//     message. The body of the function is dropped. With the status of the function there is
//     no x-amzn-ErrorType.
//   - An authorizer that reports an error is 500 {"message":null} with
//     AuthorizerFailureException. An unusable answer is the same with
//     AuthorizerConfigurationException. An authorizer that takes longer than 29 s, or cannot be
//     called, is 500 Internal server error.
//   - The case of a header name does not matter for identity sources. The last value of a
//     repeated header or parameter counts.
//   - An answer of an authorizer is unusable if it has more than 8 KB, a context value of null,
//     a principalId that is not a string, or an ARN of more than 512 characters. Statement may
//     be one object instead of a list. Numbers of the context stay as they are written, and its
//     members keep their order.
//   - Empty query maps of the authorizer's event are {}. In later events the authorizer is {} if
//     it gave neither context nor principalId. The events of authorizer and $connect have stage
//     variables, that of $connect only if there are any.
//   - $connect must answer an object with a statusCode, with the members of a proxy response and
//     no other members. Its body must be a string or absent. The header Sec-WebSocket-Protocol
//     must be a single protocol. Otherwise it is 502. The client gets the protocol even if it
//     did not offer it.
//   - If the client is gone when $connect has answered, $disconnect runs (1006).
//
// Messages:
//   - {"action":"$connect"}, null and an empty text select $default. Numbers stay as they are
//     written. The last of several members with the same name counts.
//   - An answer without a statusCode, with members that a proxy response does not have, or with
//     a body that is not a string is an Internal server error on every route. A body over 128 KB
//     is the same on a two-way route. An empty or absent body and the answer null send nothing.
//     A base64 body is decoded and sent as text.
//   - A text to a client that is longer than a frame is sent in several frames, of which the
//     last is empty.
//   - A throttled message gets the error frame Too Many Requests.
//   - Pings are answered, but do not keep an idle connection open. Only messages from the client
//     change lastActiveAt.
//   - A client that does not read for 10 s is dropped.
//
// Disconnects:
//   - A binary frame is 1003 "Binary frames are not supported.". Text that is not UTF-8 is 1007.
//     A message over 128 KB is 1009 "Max message length of 131072 has been exceeded.". A
//     violation of the protocol is 1002. $disconnect gets the same code and reason as the client,
//     or those of the client if the client closed the connection.
//   - A lost connection is 1006 with an empty reason. The limit of two hours ends a connection
//     like that of ten idle minutes: 1001 "Going away".
//   - $disconnect does not wait for messages that are being answered.
//
// Management API:
//   - An id is malformed unless it is 16 characters of base64 for 11 bytes.
//   - The order of the checks is: method, presence of a signature, size, signature, throttle,
//     id, existence. 413 says "Request Too Long", 429 "Too Many Requests". An unknown method is
//     403 Forbidden.
//   - An empty message is sent. Every message is text, even if its bytes are not UTF-8.
//
// # Invariants
//
//   - The management API knows a connection before its client reads 101, and no longer knows it
//     from the moment at which it starts to end.
//   - The first event that ends a connection decides its close status. $disconnect runs once,
//     after the socket is closed, for each connection whose $connect has succeeded.
//   - Every byte of a client is checked frame by frame before the WebSocket library gets it.
//   - Functions run without a lock. A client cannot cancel them. Only Close ends their
//     context, when its own context has ended.
//   - Logs contain ids, statuses, reasons, ARNs and names, and no text of a client or a
//     function.
package gateway
