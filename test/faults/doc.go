// Package faults tests that channels lose nothing while parts of the system fail under
// load. It uses the real local run: processes of the function, dynalite, the queue, the
// gateway and sockets. The subscribers are unmodified clients of Centrifugo.
//
// The failures are those of the local inspector. The queue and the tables keep their state in
// memory, so a test cannot end their processes. During an outage they refuse all requests. An
// outage of the gateway closes all connections, and the gateway refuses all requests.
package faults
