package function

import (
	"context"
	"slices"
	"sync"
)

// pool is the set of a function's environments.
type pool struct {
	mu      sync.Mutex // guards the fields below
	path    string     // the program
	version int        // the number of times the program was replaced
	started int        // the number of environments so far
	count   int        // the number of environments whose process has not ended
	idle    []*environment
	waiting []chan *environment // callers without an environment, the oldest first
	closed  bool
	running context.Context // its end ends every process
	kill    context.CancelCauseFunc
}

// acquire returns an environment for one event: the idle one that was used last, or a new
// one. At the limit it waits for another event to release one.
func (f *Function) acquire(ctx context.Context) (*environment, error) {
	p := &f.pool
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		env := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return env, nil
	}
	if p.count < f.cfg.MaxEnvironments {
		env := f.launch()
		p.mu.Unlock()
		return env, nil
	}
	turn := make(chan *environment, 1)
	p.waiting = append(p.waiting, turn)
	p.mu.Unlock()
	return f.await(ctx, turn)
}

// await waits for an environment on turn, which is in the waiting list.
func (f *Function) await(ctx context.Context, turn chan *environment) (*environment, error) {
	select {
	case env := <-turn:
		return env, nil
	case <-f.closing.Done():
		return nil, errClosed
	case <-ctx.Done():
	}
	p := &f.pool
	p.mu.Lock()
	i := slices.Index(p.waiting, turn)
	if i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.mu.Unlock()
	if i < 0 { // an environment came at the same moment: release it for another caller
		f.release(<-turn)
	}
	return nil, ctx.Err()
}

// release makes an environment available to the next caller. If its process has ended,
// the next offer reports that.
func (f *Function) release(env *environment) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed || env.version != p.version:
		env.stop(nil)
	case len(p.waiting) > 0:
		p.next() <- env
	default:
		p.idle = append(p.idle, env)
	}
}

// forget removes an environment whose process has ended, and launches another one if a
// caller waits.
func (f *Function) forget(env *environment) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
	if i := slices.Index(p.idle, env); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	if len(p.waiting) > 0 && !p.closed {
		p.next() <- f.launch()
	}
}

// launch starts a new environment. The caller holds the mutex.
func (f *Function) launch() *environment {
	p := &f.pool
	p.started++
	p.count++
	env := newEnvironment(f, p.path, p.version, p.started)
	f.wg.Add(1)
	go env.run()
	return env
}

// next removes the caller that has waited longest. The caller of next holds the mutex.
func (p *pool) next() chan *environment {
	turn := p.waiting[0]
	p.waiting = p.waiting[1:]
	return turn
}

// retire makes path the program of new environments. It stops the old ones as soon as
// they are idle.
func (f *Function) retire(path string) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path = path
	p.version++
	p.stopIdle()
}

// closePool makes acquire fail and stops the idle environments.
func (f *Function) closePool() {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.stopIdle()
}

func (p *pool) stopIdle() {
	for _, env := range p.idle {
		env.stop(nil)
	}
	p.idle = nil
}

// enter adds one to the work that Close waits for. It returns false if f is closed.
func (f *Function) enter() bool {
	f.pool.mu.Lock()
	defer f.pool.mu.Unlock()
	if f.pool.closed {
		return false
	}
	f.wg.Add(1)
	return true
}
