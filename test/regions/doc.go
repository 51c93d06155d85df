// Package regions simulates two stacks in two regions, as docs/regions.md describes them. Each
// region orders the publications of a channel by itself. A publication crosses when the other
// region gets a copy of it.
//
// The model runs the channel code of two regions in one goroutine, in many random runs.
// Publications cross late, repeatedly and in any order. A region fails at a random moment, and
// comes back in time, late or never. A second model shows why the regions must not share one
// global table.
//
// The system test runs two local systems with unmodified clients of Centrifugo, and stops one of
// them. A bridge copies the publications. With more clients, the test is a benchmark:
//
//	make bench ARGS="-part regions"
package regions
