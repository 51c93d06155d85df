package function

import (
	"context"
	"errors"
	"time"
)

// This file is what an environment knows of its events: each is offered, given
// to the process when that asks, and settled once, by the process's answer or
// by its end.

// maxInline is what certainly fits the socket, so that sending does not wait.
const maxInline = 32 << 10

// offer gives the event to the process if that waits for one, else leaves it
// until it asks.
func (e *environment) offer(inv *invocation) {
	if inv.tail {
		e.log.capture()
	}
	e.mu.Lock()
	l := e.asking
	switch {
	case e.gone:
		inv.done <- outcome{undelivered: true}
	case l == nil:
		e.pending = inv
	default:
		e.begin(inv)
		e.wg.Add(1) // before hangUp waits: that takes asking away first
	}
	e.mu.Unlock()
	switch {
	case l == nil:
	case len(inv.payload) <= maxInline:
		e.give(l, inv)
	default:
		go e.give(l, inv)
	}
}

func (e *environment) give(l *runtimeConn, inv *invocation) {
	defer e.wg.Done()
	if e.sendEvent(l, inv) != nil {
		_ = l.conn.Close() // the process ends, or the event times out
	}
}

// ask notes that the process wants an event and returns the one that waits for
// it, if any. It may not want one as long as it owes an answer. If it wants one
// on another connection already, it has given that up.
func (e *environment) ask(l *runtimeConn) (inv *invocation, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conns == nil || e.current != nil && !e.answered {
		return nil, false
	}
	if e.current != nil {
		e.current.timer.Stop()
		e.current = nil
	}
	if e.initTime == 0 {
		e.initTime = time.Since(e.born)
	}
	if e.asking != nil {
		_ = e.asking.conn.Close()
	}
	e.asking = l
	inv = e.pending
	if inv != nil {
		e.begin(inv)
	}
	return inv, true
}

// waits reports whether the process waits for an event on that connection.
func (e *environment) waits(l *runtimeConn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asking == l
}

// begin makes inv the event that the process is at. The caller holds the mutex.
func (e *environment) begin(inv *invocation) {
	e.asking, e.pending = nil, nil
	e.current, e.answered = inv, false
	e.served++
	inv.cold = e.served == 1
	inv.began = time.Now()
	inv.timer = time.AfterFunc(e.fn.cfg.Timeout, func() { e.expire(inv) })
}

// expire kills the process if it is still at inv. Even if that is answered: it
// then counts until the process asks for the next one.
func (e *environment) expire(inv *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == inv {
		e.stop(errTimeout)
	}
}

// expectInit starts the clock for the process to ask for its first event.
func (e *environment) expectInit() *time.Timer {
	return time.AfterFunc(e.fn.initTimeout, func() {
		if !e.started() {
			e.stop(errInitTimeout)
		}
	})
}

// started reports whether the process has asked for its first event.
func (e *environment) started() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.initTime != 0
}

// failInit notes why the process cannot start, and reports whether that can still
// be.
func (e *environment) failInit(failure *Error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.initTime != 0 {
		return false
	}
	e.initErr = failure
	return true
}

// answer settles the event with that id, and reports whether the process is at
// it. From here on the next one may be offered.
func (e *environment) answer(id string, out outcome) bool {
	e.mu.Lock()
	inv := e.current
	ok := inv != nil && inv.id == id && !e.answered
	e.answered = e.answered || ok
	e.mu.Unlock()
	if ok {
		e.conclude(inv, &out, inv.cold)
		e.fn.release(e)
		inv.done <- out
	}
	return ok
}

// conclude completes the outcome of an event by its log, if that is wanted,
// tells who observes, and logs Lambda's own line on it, if that says more than
// the function's do.
func (e *environment) conclude(inv *invocation, out *outcome, log bool) {
	observe := e.fn.cfg.Observe
	if !log && !inv.tail && observe == nil {
		return
	}
	e.mu.Lock()
	initTime := e.initTime
	e.mu.Unlock()
	seen, report := inv.seen(*out, initTime), inv.report(e.fn.cfg.MemoryMB, initTime, out.failure)
	tell := func(log string) {
		if seen.Log = log; observe != nil {
			observe(seen)
		}
	}
	if inv.tail {
		out.log = inv.tailOf(e.log.captured(), report)
		tell(out.log)
	} else if observe != nil { // whose wish must not hold the answer back
		e.log.after(func() { tell(inv.tailOf(e.log.takeTail(), report)) })
	}
	if log {
		e.log.print(report)
	}
}

// settle settles the event that the process left behind when it ended, for a
// reason that Lambda files under typ.
func (e *environment) settle(typ, reason string) {
	inv, given := e.depart()
	stopped := e.ctx.Err() != nil && !killed(e.ctx)
	switch {
	case inv != nil && !stopped && (given || !e.started()):
		out := outcome{failure: e.failure(inv, typ, reason)}
		e.log.print(out.failure.Message)
		e.conclude(inv, &out, true)
		inv.done <- out
		return
	case !stopped:
		e.log.print(reason)
	}
	if inv != nil {
		inv.done <- outcome{undelivered: true}
	}
}

// depart ends the use of the environment and returns the event that is left
// without an answer, if any, and whether the process was given it.
func (e *environment) depart() (inv *invocation, given bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gone = true
	if e.current != nil {
		e.current.timer.Stop()
		if !e.answered {
			return e.current, true
		}
	}
	return e.pending, false
}

// failure is what the caller is told of an event that ended with the process.
func (e *environment) failure(inv *invocation, typ, reason string) *Error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if inv.began.IsZero() {
		inv.began = e.born
	}
	cause := context.Cause(e.ctx)
	switch {
	case e.initErr != nil:
		return e.initErr
	case errors.Is(cause, errTimeout):
		return inv.timedOut(e.fn.cfg.Timeout)
	case errors.Is(cause, errInitTimeout):
		return inv.timedOut(e.fn.initTimeout)
	}
	return inv.failed(typ, reason)
}
