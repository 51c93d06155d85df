package run

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints the steps of the start. It is safe for concurrent use.
type progress struct {
	mu      sync.Mutex
	out     io.Writer
	started time.Time
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, started: time.Now()}
}

// say prints one message after the seconds since the start.
func (p *progress) say(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%5.1f s  %s\n", p.elapsed().Seconds(), message)
}

func (p *progress) elapsed() time.Duration { return time.Since(p.started) }
