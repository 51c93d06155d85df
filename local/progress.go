package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress tells what the start is doing. It may be used concurrently.
type progress struct {
	mu      sync.Mutex
	out     io.Writer
	started time.Time
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, started: time.Now()}
}

// say prints one line, with the seconds since the start.
func (p *progress) say(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%5.1f s  %s\n", p.elapsed().Seconds(), what)
}

func (p *progress) elapsed() time.Duration { return time.Since(p.started) }
