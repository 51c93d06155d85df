package gateway

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/coder/websocket"
)

// The bits and codes of a frame's header (RFC 6455, section 5.2).
const (
	bitFin      = 0x80
	bitsRSV     = 0x70
	bitMask     = 0x80
	opcodes     = 0x0f
	opContinued = 0x0
	opText      = 0x1
	opBinary    = 0x2
	opClose     = 0x8
	opPong      = 0xa
	maxControl  = 125
)

// frames follows the frames that a client sends, byte by byte, and checks each
// header when it is complete.
type frames struct {
	maxFrame, maxMessage int

	header  [14]byte
	have    int  // bytes of header
	payload int  // bytes of the frame that are still to come
	message int  // bytes of the unfinished message so far
	inside  bool // a message is unfinished
	refused *closeStatus
	refusal bool // the frame last followed is the refused one
}

// between reports whether the next byte begins a frame.
func (f *frames) between() bool {
	return f.have == 0 && f.payload == 0
}

// control reports whether the frame last followed is a control frame that was
// not refused.
func (f *frames) control() bool {
	return f.header[0]&opClose != 0 && !f.refusal
}

// follow takes bytes of one header or of one payload from p, which is not
// empty, and returns how many.
func (f *frames) follow(p []byte) int {
	if f.payload > 0 {
		n := min(f.payload, len(p))
		f.payload -= n
		return n
	}
	f.refusal = false
	for n := 1; ; n++ {
		f.header[f.have] = p[n-1]
		f.have++
		if f.have == f.headerLength() {
			f.begin()
			return n
		}
		if n == len(p) {
			return n
		}
	}
}

// headerLength returns how long the header is, as far as one can tell.
func (f *frames) headerLength() int {
	n := 2
	if f.have < n {
		return n
	}
	switch f.header[1] &^ bitMask {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if f.header[1]&bitMask != 0 {
		n += 4
	}
	return n
}

// begin begins the payload of the frame whose header is complete.
func (f *frames) begin() {
	f.have = 0
	switch length := f.header[1] &^ bitMask; length {
	case 126:
		f.payload = int(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		f.payload = math.MaxInt // no limit is as high
		if n := binary.BigEndian.Uint64(f.header[2:]); n < math.MaxInt {
			f.payload = int(n)
		}
	default:
		f.payload = int(length)
	}
	if f.refused == nil {
		f.refused = f.check(f.header[0]&opcodes, f.header[0]&bitFin != 0)
		f.refusal = f.refused != nil
	}
}

// check tells how the connection ends because of the frame; nil: it goes on.
func (f *frames) check(opcode byte, final bool) *closeStatus {
	control := opcode >= opClose
	switch {
	case f.header[0]&bitsRSV != 0:
		return &closeStatus{websocket.StatusProtocolError, "Reserved bits are set and no extension was agreed on."}
	case f.header[1]&bitMask == 0:
		return &closeStatus{websocket.StatusProtocolError, "A client must mask its frames."}
	case opcode > opBinary && !control, opcode > opPong:
		return &closeStatus{websocket.StatusProtocolError, "Unknown opcode."}
	case control && (!final || f.payload > maxControl):
		return &closeStatus{websocket.StatusProtocolError, "A control frame is fragmented or too long."}
	case control:
		return nil
	case (opcode == opContinued) != f.inside:
		return &closeStatus{websocket.StatusProtocolError, "Fragments of messages are out of order."}
	case f.payload > f.maxFrame:
		return &closeStatus{websocket.StatusMessageTooBig, fmt.Sprintf("Max frame length of %d has been exceeded.", f.maxFrame)}
	case opcode == opBinary:
		return &closeStatus{websocket.StatusUnsupportedData, "Binary frames are not supported."}
	case f.message+f.payload > f.maxMessage:
		return &closeStatus{websocket.StatusMessageTooBig, fmt.Sprintf("Max message length of %d has been exceeded.", f.maxMessage)}
	}
	f.inside = !final
	f.message += f.payload
	if final {
		f.message = 0
	}
	return nil
}
