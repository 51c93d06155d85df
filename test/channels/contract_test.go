package channels

import "testing"

// The tables of the model fulfil the contracts that the model relies on.
func TestMemory(t *testing.T) {
	TestStreams(t, NewMemory())
	TestSubscribers(t, NewMemory())
}
