// Package regions simulates two stacks in two regions, as docs/regions.md designs them: each
// region orders the publications of a channel by itself, and publications cross between
// them.
//
// The model runs the real channel code of two regions in one goroutine, in many random runs.
// Publications cross late, repeated and in any order, and a region fails at a random moment.
// A second model shows why the tables of both regions must not be one global table.
//
// The system test runs two whole local systems with unmodified clients of Centrifugo, and
// ends one of them. A bridge lets publications cross. With more clients, it is a benchmark:
//
//	go test ./test/regions -run TestRegionFails -v -timeout 30m -clients 1000
package regions
