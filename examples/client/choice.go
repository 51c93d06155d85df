package main

import "time"

const (
	// tries is the number of failed attempts in a row after which the next stack is used.
	tries = 2
	// homeAfter is the time after which a client that left the first stack tries it again.
	homeAfter = 10 * time.Minute
)

// choice chooses the stack of each attempt to connect. Its zero value begins with the first
// one.
type choice struct {
	index, failures int
	left            time.Time // when the first stack was left
}

// next returns the index of the stack for an attempt that begins now.
func (c *choice) next(now time.Time) int {
	if c.index > 0 && now.Sub(c.left) >= homeAfter {
		c.index, c.failures = 0, tries-1 // one failure is enough to leave it again
	}
	return c.index
}

// failed counts a failed attempt at one of n stacks.
func (c *choice) failed(n int, now time.Time) {
	if c.failures++; c.failures < tries {
		return
	}
	if c.index == 0 {
		c.left = now
	}
	c.index, c.failures = (c.index+1)%n, 0
}
