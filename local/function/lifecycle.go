package function

import (
	"context"
	"errors"
	"time"
)

// This file implements the states of an event in an environment. An event is offered, then
// delivered when the process asks for it, and settled once: when the process answers or
// ends.

// maxInline is the largest payload, in bytes, that certainly fits into the buffer of the
// socket, so that sending does not block.
const maxInline = 32 << 10

// offer delivers the event if the process waits for one. If not, offer keeps it until the
// process asks.
func (e *environment) offer(inv *invocation) {
	if inv.tail {
		e.log.capture()
	}
	e.mu.Lock()
	c := e.asking
	switch {
	case e.gone:
		inv.done <- outcome{undelivered: true}
	case c == nil:
		e.pending = inv
	default:
		e.begin(inv)
		e.wg.Add(1) // before closeConns waits, because it sets asking to nil first
	}
	e.mu.Unlock()
	switch {
	case c == nil:
	case len(inv.payload) <= maxInline:
		e.deliver(c, inv)
	default:
		go e.deliver(c, inv)
	}
}

func (e *environment) deliver(c *runtimeConn, inv *invocation) {
	defer e.wg.Done()
	if e.sendEvent(c, inv) != nil {
		_ = c.conn.Close() // the process ends, or the event times out
	}
}

// ask records that the process waits for an event on c. It returns the pending event, or
// nil. It returns false if the process still has to answer an event. If the process waits
// on another connection already, ask closes that connection, because the process no longer
// uses it.
func (e *environment) ask(c *runtimeConn) (inv *invocation, ok bool) {
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
		e.initTime = time.Since(e.created)
	}
	if e.asking != nil {
		_ = e.asking.conn.Close()
	}
	e.asking = c
	if inv = e.pending; inv != nil {
		e.begin(inv)
	}
	return inv, true
}

// waits reports whether the process waits for an event on c.
func (e *environment) waits(c *runtimeConn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asking == c
}

// begin makes inv the current event and starts its timeout. The caller holds the mutex.
func (e *environment) begin(inv *invocation) {
	e.asking, e.pending = nil, nil
	e.current, e.answered = inv, false
	e.delivered++
	inv.cold = e.delivered == 1
	inv.began = time.Now()
	inv.timer = time.AfterFunc(e.fn.cfg.Timeout, func() { e.expire(inv) })
}

// expire kills the process if inv is still its event. An answered event counts until the
// process asks for the next one.
func (e *environment) expire(inv *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == inv {
		e.stop(errTimeout)
	}
}

// killDuring kills the process if it works on an event for which match returns true. It
// reports whether it killed the process.
func (e *environment) killDuring(match func(payload []byte) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	// A process that ends keeps its event until it has ended.
	works := e.ctx.Err() == nil && !e.gone && e.current != nil && !e.answered && match(e.current.payload)
	if works {
		e.stop(errKilled)
	}
	return works
}

// expectInit starts the timeout in which the process must ask for its first event.
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

// failInit records the error of a process that cannot start. It returns false if the process
// has started already.
func (e *environment) failInit(failure *Error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.initTime != 0 {
		return false
	}
	e.initErr = failure
	return true
}

// answer settles the event with this ID and releases the environment for the next one. It
// returns false if the process does not have this event.
func (e *environment) answer(id string, out outcome) bool {
	e.mu.Lock()
	inv := e.current
	ok := inv != nil && inv.id == id && !e.answered
	e.answered = e.answered || ok
	e.mu.Unlock()
	if ok {
		e.recordOutcome(inv, &out, inv.cold)
		e.fn.release(e)
		inv.done <- out
	}
	return ok
}

// recordOutcome attaches the end of the log to the outcome if the caller requested it, and
// calls the observer. If report is true, it logs Lambda's REPORT line.
func (e *environment) recordOutcome(inv *invocation, out *outcome, report bool) {
	observe := e.fn.cfg.Observe
	if !report && !inv.tail && observe == nil {
		return
	}
	e.mu.Lock()
	initTime := e.initTime
	e.mu.Unlock()
	record, line := inv.record(*out, initTime), inv.report(e.fn.cfg.MemoryMB, initTime, out.failure)
	observeWith := func(log string) {
		if record.Log = log; observe != nil {
			observe(record)
		}
	}
	if inv.tail {
		e.log.sync()
		out.log = inv.tailOf(e.log.takeTail(), line)
		observeWith(out.log)
	} else if observe != nil { // not before the answer, which an observer must not delay
		e.log.after(func() { observeWith(inv.tailOf(e.log.takeTail(), line)) })
	}
	if report {
		e.log.print(line)
	}
}

// settle settles the event that the process did not answer before it ended. typ and reason
// are Lambda's description of the end of the process.
func (e *environment) settle(typ, reason string) {
	inv, delivered := e.markGone()
	stopped := e.ctx.Err() != nil && !killed(e.ctx)
	switch {
	case inv != nil && !stopped && (delivered || !e.started()):
		out := outcome{failure: e.failure(inv, typ, reason)}
		e.log.print(out.failure.Message)
		e.recordOutcome(inv, &out, true)
		inv.done <- out
		return
	case !stopped:
		e.log.print(reason)
	}
	if inv != nil {
		inv.done <- outcome{undelivered: true}
	}
}

// markGone marks the environment as gone. It returns the event that has no answer, or nil, and
// whether the process received that event.
func (e *environment) markGone() (inv *invocation, delivered bool) {
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

// failure returns the error for an event that ended with the process.
func (e *environment) failure(inv *invocation, typ, reason string) *Error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if inv.began.IsZero() {
		inv.began = e.created
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
