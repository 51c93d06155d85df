package support

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
)

// The first byte of a frame: Final, and an opcode. Another fragment has the opcode
// OpContinuation.
const (
	Final          = 0x80
	OpContinuation = 0x0
	OpText         = 0x1
	OpBinary       = 0x2
	OpClose        = 0x8
	OpPing         = 0x9
	OpPong         = 0xa
)

const maskBit = 0x80

// WebSocket is a client that sends bytes unchanged and returns bytes unchanged. A library
// would correct or hide errors that these tests make or look for.
type WebSocket struct {
	net.Conn
	In     *bufio.Reader
	Status int         // of the answer to the handshake; 0 if there is none
	Header http.Header // of that answer
	Head   string      // the head of that answer, as received
}

// NewWebSocket returns a client of a connection on which nothing has been sent.
func NewWebSocket(conn net.Conn) *WebSocket {
	return &WebSocket{Conn: conn, In: bufio.NewReader(conn)}
}

// ReadHead reads the head of the answer to the handshake. If the connection ends in it,
// Head has the part that was received.
func (w *WebSocket) ReadHead() error {
	var head strings.Builder
	defer func() { w.Head = head.String() }()
	for {
		line, err := w.In.ReadString('\n')
		head.WriteString(line)
		if err != nil {
			return err
		}
		if strings.TrimRight(line, "\r\n") == "" {
			break
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head.String())), nil)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // the body is not read here
	w.Status, w.Header = resp.StatusCode, resp.Header
	return nil
}

// ReadFrame returns the first byte and the payload of the next frame. The error is io.EOF
// at the end of the connection.
func (w *WebSocket) ReadFrame() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.In, head[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	extra := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
	if _, err := io.ReadFull(w.In, extra); err != nil {
		return 0, nil, err
	}
	if len(extra) > 0 {
		length = binary.BigEndian.Uint64(append(make([]byte, 8-len(extra)), extra...))
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(w.In, payload)
	return head[0], payload, err
}

// Frame returns a masked frame.
func Frame(first byte, payload string) []byte {
	b := FrameHeader(first, uint64(len(payload)))
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// FrameHeader returns the header of a masked frame, without the masking key.
func FrameHeader(first byte, length uint64) []byte {
	switch {
	case length < 126:
		return []byte{first, maskBit | byte(length)}
	case length < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, maskBit | 126}, uint16(length))
	}
	return binary.BigEndian.AppendUint64([]byte{first, maskBit | 127}, length)
}
