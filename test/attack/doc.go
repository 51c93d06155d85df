// Package attack tries to break into the local system from outside, over the
// network, as an attacker would: with forged tokens, stolen and guessed
// tickets, smuggled headers, foreign pages, floods, poisoned logs and parts
// that fail in the worst moment.
//
//	make attack                      all of it, one line an attempt, and a foreign page in Chromium
//	go test ./attack                 the same, quiet (make test runs it so)
//	go test ./attack -v -run Ticket  one subject
//
// The suite claims that every attempt that it prints is refused. A line has the
// verdict, the name of the attempt, what was tried, and what was answered:
//
//	refused  bearer/algNone           alg none, without a signature        401 Unauthorized
//	BREACH   ...
//
// The last line has the totals, such as "600 attempts, 0 breaches". A breach
// fails the test. An attempt is refused only if the answer is the one that its
// table expects; a crash, a wrong status or silence where an answer is due is
// reported as a breach too. Every subject first shows that the same thing done
// rightly succeeds, because a system that refuses everybody proves nothing.
//
// What an outsider could not do, the tests say where they do it: they mint
// tokens that are good (for users of their own), own a second issuer that the
// system trusts (whose keys sign what no careful issuer would), read both tables
// and the logs, and put a row that is past its time into the table of tickets.
//
// Outside of the claim: AWS itself (IAM, TLS, the throttles of an account), which
// a laptop cannot have attacked. A foreign page in a real browser, and what lies
// about in one, are frontend/system/foreign.spec.ts and storage.spec.ts.
package attack
