package function

import (
	"context"
	"slices"
	"sync"
)

// pool is the set of a function's environments.
type pool struct {
	mu      sync.Mutex // guards everything below
	path    string     // the program
	version int        // how often the program was replaced
	started int        // environments so far
	running int        // environments whose process has not been waited for
	idle    []*environment
	waiting []chan *environment
	closed  bool
	lives   context.Context // what ends every process there is
	kill    context.CancelCauseFunc
}

// acquire returns an environment for one event: the free one that was used
// last, else a new one, else the first that another event leaves.
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
	if p.running < f.cfg.MaxEnvironments {
		env := f.launch()
		p.mu.Unlock()
		return env, nil
	}
	turn := make(chan *environment, 1)
	p.waiting = append(p.waiting, turn)
	p.mu.Unlock()
	return f.await(ctx, turn)
}

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
	if i < 0 { // our turn came at the same moment: pass it on
		f.release(<-turn)
	}
	return nil, ctx.Err()
}

// release gives back an environment that is done with its event, or never got
// one. If its process is gone by now, the next caller finds out.
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

// forget takes an environment out whose process is gone. Its place goes to who
// waits for one.
func (f *Function) forget(env *environment) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
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
	p.running++
	env := newEnvironment(f, p.path, p.version, p.started)
	f.wg.Add(1)
	go env.run()
	return env
}

// next takes out who has waited longest. The caller holds the mutex.
func (p *pool) next() chan *environment {
	turn := p.waiting[0]
	p.waiting = p.waiting[1:]
	return turn
}

// retire makes path the program of new environments and stops the old ones as
// soon as they are free.
func (f *Function) retire(path string) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path = path
	p.version++
	p.stopIdle()
}

// shut lets nobody in any more.
func (f *Function) shut() {
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

// enter counts work that Close waits for, unless f is closed.
func (f *Function) enter() bool {
	f.pool.mu.Lock()
	defer f.pool.mu.Unlock()
	if f.pool.closed {
		return false
	}
	f.wg.Add(1)
	return true
}
