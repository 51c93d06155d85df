package main

import "time"

const (
	// maxFailures is the number of consecutive failed attempts after which the client uses the next
	// stack.
	maxFailures = 2
	// returnAfter is the time after which the client tries the first stack again.
	returnAfter = 10 * time.Minute
)

// choice chooses the stack for each attempt to connect. The zero value begins with the first
// stack.
type choice struct {
	index, failures int
	left            time.Time // when the first stack was left
}

// next returns the index of the stack for an attempt that begins now.
func (c *choice) next(now time.Time) int {
	if c.index > 0 && now.Sub(c.left) >= returnAfter {
		c.index, c.failures = 0, maxFailures-1 // after one failure, the client leaves it again
	}
	return c.index
}

// failed counts a failed attempt at one of n stacks.
func (c *choice) failed(n int, now time.Time) {
	if c.failures++; c.failures < maxFailures {
		return
	}
	if c.index == 0 {
		c.left = now
	}
	c.index, c.failures = (c.index+1)%n, 0
}
