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

// frameParser parses the headers of the frames that a client sends, and checks each frame
// when its header is complete.
type frameParser struct {
	maxFrame, maxMessage int

	header   [14]byte
	have     int  // bytes of the header so far
	payload  int  // bytes of the payload that are still missing
	message  int  // bytes of the unfinished message so far
	inside   bool // the next data frame continues a message
	refused  *closeStatus
	refusing bool // the current frame is the refused one
}

// atStart reports whether the next byte begins a frame.
func (f *frameParser) atStart() bool {
	return f.have == 0 && f.payload == 0
}

// isControl reports whether the current frame is a control frame that was not refused.
func (f *frameParser) isControl() bool {
	return f.header[0]&opClose != 0 && !f.refusing
}

// next parses bytes of one header or of one payload from p, which is not empty. It returns
// the number of bytes.
func (f *frameParser) next(p []byte) int {
	if f.payload > 0 {
		n := min(f.payload, len(p))
		f.payload -= n
		return n
	}
	f.refusing = false
	for n, b := range p {
		f.header[f.have] = b
		f.have++
		if f.have == f.headerLength() {
			f.begin()
			return n + 1
		}
	}
	return len(p)
}

// headerLength returns the length of the header, as far as it is known.
func (f *frameParser) headerLength() int {
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

// begin starts the payload of the frame whose header is complete.
func (f *frameParser) begin() {
	f.have = 0
	switch length := f.header[1] &^ bitMask; length {
	case 126:
		f.payload = int(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		f.payload = math.MaxInt // above every limit
		if n := binary.BigEndian.Uint64(f.header[2:]); n < math.MaxInt {
			f.payload = int(n)
		}
	default:
		f.payload = int(length)
	}
	if f.refused == nil {
		f.refused = f.check(f.header[0]&opcodes, f.header[0]&bitFin != 0)
		f.refusing = f.refused != nil
	}
}

// check returns the close status if the frame breaks a rule, or nil.
func (f *frameParser) check(opcode byte, final bool) *closeStatus {
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
