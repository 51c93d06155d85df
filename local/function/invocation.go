package function

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// maxTail is the number of bytes of the log that Lambda attaches to an invocation.
const maxTail = 4 << 10

// invocation is one event that an environment processes.
type invocation struct {
	id      string
	payload []byte
	trace   string       // the X-Ray header
	tail    bool         // the caller requested the end of the log
	done    chan outcome // buffered, so that the sender does not wait

	// Set at delivery.
	cold  bool // it is the first event of the environment
	began time.Time
	timer *time.Timer // the timeout
}

// outcome is the result of an invocation.
type outcome struct {
	payload     []byte
	failure     *Error
	log         string // the end of the log, if requested
	undelivered bool   // the process ended before it asked for the event
}

func newInvocation(payload []byte) *invocation {
	if len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}") // Lambda sends this for an empty event
	}
	return &invocation{
		id:      uuid.NewString(),
		payload: payload,
		trace:   newTrace(time.Now()),
		done:    make(chan outcome, 1),
	}
}

// newTrace returns an X-Ray header for a trace that is not sampled.
func newTrace(now time.Time) string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	s := hex.EncodeToString(b[:])
	return "Root=1-" + strconv.FormatInt(now.Unix(), 16) + "-" + s[:24] + ";Parent=" + s[24:] + ";Sampled=0"
}

// timedOut returns Lambda's error for an event that exceeded limit.
func (inv *invocation) timedOut(limit time.Duration) *Error {
	return &Error{
		Type: "Sandbox.Timedout",
		Message: fmt.Sprintf("%s %s Task timed out after %.2f seconds",
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, limit.Seconds()),
	}
}

// failed returns Lambda's error for an event whose process failed.
func (inv *invocation) failed(typ, reason string) *Error {
	return &Error{Type: typ, Message: "RequestId: " + inv.id + " Error: " + reason}
}

// report returns the REPORT line, the last line of Lambda's log of an event.
func (inv *invocation) report(memoryMB int, initTime time.Duration, failure *Error) string {
	took := milliseconds(time.Since(inv.began))
	s := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB",
		inv.id, took, math.Ceil(took), memoryMB)
	if inv.cold {
		s += fmt.Sprintf("\tInit Duration: %.2f ms", milliseconds(initTime))
	}
	switch {
	case failure == nil:
	case failure.Type == "Sandbox.Timedout":
		s += "\tStatus: timeout"
	default:
		s += "\tStatus: error\tError Type: " + failure.Type
	}
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// tailOf returns the last maxTail bytes of the event's log with Lambda's START, END and
// REPORT lines.
func (inv *invocation) tailOf(printed, report string) string {
	s := "START RequestId: " + inv.id + " Version: $LATEST\n" + printed + "END RequestId: " + inv.id + "\n" + report + "\n"
	return s[max(0, len(s)-maxTail):]
}
