// Package route tests the steps of the README's section "Add a route" in a copy of the
// repository. It has no code but its tests.
package route
