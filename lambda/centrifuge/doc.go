// Package centrifuge encodes and decodes the JSON messages of Centrifugo's client
// protocol, version 2 (https://centrifugal.dev/docs/transports/client_protocol). Clients
// send commands. The server answers each command with a reply, and sends pushes.
//
// A frame is one WebSocket message. It has one JSON object a line. The package has the
// members of the protocol that this server uses. It ignores other members, because newer
// clients send some.
package centrifuge
