package function

import (
	"context"
	"slices"
	"sync"
)

// pool is the set of a function's environments.
type pool struct {
	slots chan struct{} // has one element for each environment in use

	mu      sync.Mutex // guards the fields below
	path    string     // the program
	version int        // the number of times the program was replaced
	started int        // the number of environments so far
	idle    []*environment
	alive   map[*environment]struct{} // the environments whose process has not ended
	closed  bool
	running context.Context // its end ends every process
	kill    context.CancelCauseFunc
}

// acquire returns an environment for one event: the idle one that was used last, or a new
// one. At the limit it waits for another event to end.
func (f *Function) acquire(ctx context.Context) (*environment, error) {
	p := &f.pool
	select {
	case p.slots <- struct{}{}:
	case <-f.closing.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		<-p.slots
		return nil, errClosed
	}
	var env *environment
	if n := len(p.idle); n > 0 {
		env, p.idle = p.idle[n-1], p.idle[:n-1]
	} else {
		p.started++
		env = newEnvironment(f, p.path, p.version, p.started)
		p.alive[env] = struct{}{}
		f.wg.Add(1)
		go env.run()
	}
	env.inUse = true
	return env, nil
}

// release makes an environment available to the next caller. If its process has ended,
// the next offer reports that.
func (f *Function) release(env *environment) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	env.inUse = false
	if p.closed || env.version != p.version {
		env.stop(nil)
	} else {
		p.idle = append(p.idle, env)
	}
	<-p.slots
}

// forget removes an environment whose process has ended.
func (f *Function) forget(env *environment) {
	p := &f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = slices.DeleteFunc(p.idle, func(e *environment) bool { return e == env })
	delete(p.alive, env)
	if env.inUse {
		<-p.slots
	}
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
