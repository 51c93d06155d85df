// Package attack tries to break into the local system from outside, over the network:
// with forged tokens, stolen and guessed tickets, smuggled headers, foreign pages, floods,
// poisoned logs, channels of others, and parts that fail at the worst moment.
//
//	make attack                           all attempts, one line each, and a foreign page in Chromium
//	go test ./test/attack                 all attempts, without the lines (make test does this)
//	go test ./test/attack -v -run Ticket  one subject
//
// The suite claims that the system refuses every attempt. The line of an attempt has the
// verdict, the name, a description and the answer:
//
//	refused  bearer/algNone           alg none, without a signature        401 Unauthorized
//	BREACH   ...
//
// The last line has the totals, such as "300 attempts, 0 breaches". A breach fails the
// test. An attempt counts as refused only if the answer is one that its table expects: a
// crash, a wrong status and a missing answer are breaches too. Every subject first shows
// that a correct request succeeds, because a system that refuses everything proves nothing.
//
// The suite has one attempt of each class of attack, and everything that only the network
// shows. The complete tables are in the unit tests of lambda/token, lambda/handler,
// local/sigv4 and local/gateway.
//
// The tests can do some things that an outsider cannot, and their comments say so: they
// create good tokens for their own users, own a second issuer that the system trusts, read
// the tables and the logs, and write expired rows into the table of tickets.
//
// AWS itself (IAM, TLS, the throttles of an account) is not attacked, because it does not
// run on a laptop. The tests of a foreign page in a real browser, and of the data that a
// browser keeps, are frontend/system/foreign.spec.ts and storage.spec.ts.
package attack
