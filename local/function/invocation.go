package function

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxTail is how much of its log an invocation is told, at the end.
const maxTail = 4 << 10

// invocation is one event on its way through an environment.
type invocation struct {
	id      string
	payload []byte
	trace   string       // X-Ray's header
	tail    bool         // wants the end of its log
	done    chan outcome // has room for one, so that nobody has to wait for it

	// Set by the environment that delivers it.
	cold  bool // it is the first one there
	began time.Time
	timer *time.Timer // of the timeout
}

// outcome is what became of an invocation.
type outcome struct {
	payload     []byte
	failure     *Error
	log         string // its end, if wanted
	undelivered bool   // the process was gone before it fetched the event
}

func newInvocation(payload []byte) *invocation {
	if len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}") // what Lambda makes of no event
	}
	return &invocation{
		id:      uuid.NewString(),
		payload: payload,
		trace:   newTrace(time.Now()),
		done:    make(chan outcome, 1),
	}
}

// newTrace returns the header of a trace that is not sampled.
func newTrace(now time.Time) string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	s := hex.EncodeToString(b[:])
	return "Root=1-" + strconv.FormatInt(now.Unix(), 16) + "-" + s[:24] + ";Parent=" + s[24:] + ";Sampled=0"
}

// timedOut is Lambda's description of an event that took longer than limit.
func (inv *invocation) timedOut(limit time.Duration) *Error {
	return &Error{
		Type: "Sandbox.Timedout",
		Message: fmt.Sprintf("%s %s Task timed out after %.2f seconds",
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, limit.Seconds()),
	}
}

// failed is Lambda's description of an event whose process failed.
func (inv *invocation) failed(typ, reason string) *Error {
	return &Error{Type: typ, Message: "RequestId: " + inv.id + " Error: " + reason}
}

// report is the line with which Lambda ends its log of an event.
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

// tailOf is the end of the event's log, between Lambda's own lines.
func (inv *invocation) tailOf(printed, report string) string {
	var b strings.Builder
	b.WriteString("START RequestId: " + inv.id + " Version: $LATEST\n")
	b.WriteString(printed)
	b.WriteString("END RequestId: " + inv.id + "\n" + report + "\n")
	s := b.String()
	return s[max(0, len(s)-maxTail):]
}
