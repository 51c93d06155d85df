package channels

import "testing"

// The tables of the model keep the promises that it relies on.
func TestMemory(t *testing.T) {
	TestStreams(t, NewMemory())
	TestSubscribers(t, NewMemory())
}
