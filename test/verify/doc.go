// Command verify checks a system of this project, deployed or local, through its addresses,
// and writes a report.
//
//	make verify                        the selected Pulumi stack
//	make verify ARGS="-stack dev"      another stack
//	make verify ARGS=-local            the local run (make run)
//
// It creates two temporary users. It checks the behaviour for clients, for backends and for
// requests without credentials, and runs the cases of test/conformance. It then deletes
// everything that it created, also after a failure and after Ctrl+C. The report is
// verification/DATE.md.
//
// Exit codes: 0 if each behaviour is as expected, 1 if one differs, 2 if the program could
// not check everything or could not delete everything.
//
// Type check describes a check: it has an expected text and returns the observed text. A check
// without an expected text is a measurement: the report records its result for a fact that
// docs/api-gateway.md marks unknown. The list questions names, for each of these facts, the
// measurements and the cases of test/conformance that observe it, or the reason that this
// program cannot observe it.
package main
