// Package route tests the steps of the README's section "Add a route" in a copy of the
// repository. It has only tests.
package route
