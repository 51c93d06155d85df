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
// Comments cite sections of the pages that docs/api-gateway.md lists. The pages state the
// certainty of each fact.
//
// # Differences from AWS
//
//   - The gateway serves one stage of one API, with HTTP/1.1 and without TLS. Events
//     nevertheless contain port 443 and https. The domain is the Host header with its port.
//   - Integrations are AWS_PROXY or MOCK, and the authorizer is a REQUEST authorizer. API
//     keys, models, IAM authorization and access logs are not supported.
//   - A policy with Condition, NotAction, NotResource or Principal is unusable, because the
//     gateway does not evaluate these members.
//   - A route selection expression can read $request.body with names, dots and [N]. Other
//     JSONPath is not supported.
//   - permessage-deflate is declined. AWS's implementation is faulty (api-gateway.md 1.2),
//     and every client must work without it.
//   - Header names have the case of the client only if the server uses Listen and
//     ConnContext.
//   - All bytes of an ID are random. The IDs of AWS have some order, on which programs
//     should not rely. The end of a message ID is the end of the ID of its connection.
//   - One connection has at most Limits.Calls messages in progress.
//
// # Choices where the source of a fact is unknown
//
// Handshake:
//   - The order of the checks is: path, upgrade, length of the URL (414), throttles,
//     identity sources, authorizer, $connect. Each refusal is logged once.
//   - A handshake below the stage gets 403. An invalid Sec-WebSocket-Key or
//     Sec-WebSocket-Version gets 400. A plain GET gets 426 {"message":"Upgrade Required"}.
//   - Refusals before $connect have the bodies of REST APIs. Refusals by $connect (its own
//     status, 502, 504) have the form of an error frame with the name of the status as the
//     message. The body of the function is dropped. With the status of the function there
//     is no x-amzn-ErrorType.
//   - If the authorizer reports an error, the client gets 500 {"message":null} with
//     AuthorizerFailureException. If its answer is unusable, the client gets the same with
//     AuthorizerConfigurationException. If it takes longer than 29 s, or cannot be called,
//     the client gets 500 Internal server error.
//   - The case of a header name does not matter for identity sources. The last value of a
//     repeated header or parameter counts.
//   - An answer of an authorizer is unusable if it has more than 8 KB, a context value of null,
//     a principalId that is not a string, or an ARN of more than 512 characters. Statement may
//     be one object instead of a list. Numbers of the context stay as they are written, and its
//     members keep their order.
//   - Empty query maps of the authorizer's event are {}. In later events the authorizer is {} if
//     it gave neither context nor principalId. The events of authorizer and $connect have stage
//     variables, that of $connect only if there are any.
//   - $connect must answer an object with a statusCode, with the members of a proxy
//     response and no other members. Its body must be a string or absent. The header
//     Sec-WebSocket-Protocol must be a single protocol. Otherwise the client gets 502. The
//     client gets the protocol even if it did not offer it.
//   - If the client is gone when $connect has answered, $disconnect runs (1006).
//
// Messages:
//   - {"action":"$connect"}, null and an empty text select $default. Numbers stay as they are
//     written. The last of several members with the same name counts.
//   - An answer without a statusCode, with members that a proxy response does not have, or
//     with a body that is not a string is an Internal server error on every route. A body
//     over 128 KB is the same on a two-way route. After an empty or absent body, or the
//     answer null, the gateway sends no message. A base64 body is decoded and sent as text.
//   - A text to a client that is longer than a frame is sent in several frames, of which the
//     last is empty.
//   - A throttled message gets the error frame Too Many Requests.
//   - Pings are answered, but do not keep an idle connection open. Only messages from the client
//     change lastActiveAt.
//   - A client that does not read for 10 s is dropped.
//
// Disconnects:
//   - A connection closes with 1003 "Binary frames are not supported." after a binary
//     frame, with 1007 after text that is not UTF-8, with 1009 "Max message length of
//     131072 has been exceeded." after a message over 128 KB, and with 1002 after a
//     violation of the protocol. $disconnect gets the code and reason of the close frame:
//     that of the gateway, or that of the client if the client closed the connection.
//   - A lost connection has the code 1006 and an empty reason. The limit of two hours ends
//     a connection like that of ten idle minutes: 1001 "Going away".
//   - $disconnect does not wait for messages that are being answered.
//
// Management API:
//   - An ID is malformed unless it is 16 characters of base64 for 11 bytes.
//   - The order of the checks is: method, presence of a signature, size, signature,
//     throttle, ID, existence. The message of 413 is "Request Too Long", that of 429 is
//     "Too Many Requests". An unknown method gets 403 Forbidden.
//   - An empty message is sent. Every message is text, even if its bytes are not UTF-8.
//
// # Invariants
//
//   - The management API finds a connection before its client reads 101. As soon as the
//     connection starts to end, the management API does not find it.
//   - The first event that ends a connection decides its close status. $disconnect runs
//     once, after the socket is closed, for each connection whose $connect has succeeded.
//   - Every byte of a client is checked frame by frame before the WebSocket library gets
//     it.
//   - The gateway holds no lock while a function runs. A client cannot cancel a function.
//     Only Close ends the context of the functions, when its own context has ended.
//   - Logs contain IDs, statuses, reasons, ARNs and names, and no text of a client or a
//     function.
package gateway
