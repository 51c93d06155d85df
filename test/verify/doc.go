// Command verify checks a system of this project, deployed or local, through its addresses,
// and writes a report.
//
//	make verify                        the selected Pulumi stack
//	make verify ARGS="-stack dev"      another stack
//	make verify ARGS=-local            the local run (make run)
//
// It creates two temporary users, checks the behaviour that clients, backends and strangers
// meet, runs the cases of test/conformance, and deletes everything that it created: also
// after a failure and after Ctrl+C. The report is verification/DATE.md.
//
// Exit codes: 0 if each behaviour is as expected, 1 if one differs, 2 if the program could
// not check everything or could not delete everything.
//
// A check (type check) has an expected text. It returns the text that it has seen. A check
// without an expected text is a measurement: the report records the result for a fact that
// docs/api-gateway.md marks unknown. The table questions assigns each of these facts to a
// measurement, to a case of test/conformance, or to nothing that this program can do.
package main
