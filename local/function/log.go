package function

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// maxLine is the length, in bytes, at which a long line is broken.
const maxLine = 64 << 10

// logGrace is the longest wait for output. A process may continue for a moment, or a
// descendant may keep its output open. A busy machine may need seconds to read the
// output.
const logGrace = 10 * time.Second

// lockedWriter is a writer that is safe for concurrent use.
type lockedWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// lineLog forwards the output of one process, line by line.
//
// The output arrives a little later than the answer that the process sent after it.
// Where the order matters, lineLog writes a marker line to the pipe. When the marker
// arrives, all earlier output has arrived.
type lineLog struct {
	out      io.Writer
	prefix   string
	marker   string // a line that no process can guess
	secret   string // replaced in the output; empty: there is none
	observed bool   // keep the tail at all times
	pipe     *os.File
	ended    chan struct{} // closed when the pipe has been read to its end

	mu       sync.Mutex // guards the fields below
	input    *os.File   // the process prints to it; nil before open
	over     bool       // the pipe has been read to its end
	waiting  []func()   // one function for each marker in the pipe
	tail     []byte     // the last maxTail bytes, if keepTail
	keepTail bool
}

// newLineLog returns a log for one process. An observed log keeps its tail at all times,
// any other log only after capture.
func newLineLog(out io.Writer, prefix, secret string, observed bool) *lineLog {
	return &lineLog{
		out: out, prefix: prefix, marker: "\x00" + uuid.NewString(), secret: secret,
		observed: observed, keepTail: observed, ended: make(chan struct{}),
	}
}

// open returns the file that the process prints to.
func (l *lineLog) open() (*os.File, error) {
	pipe, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.pipe = pipe
	l.mu.Lock()
	l.input = input
	l.mu.Unlock()
	go l.copy()
	return input, nil
}

// close waits until all output has been forwarded, at most logGrace.
func (l *lineLog) close() {
	_ = l.input.Close()
	_ = l.pipe.SetReadDeadline(time.Now().Add(logGrace))
	<-l.ended
	_ = l.pipe.Close()
}

// copy forwards the output until the pipe ends.
func (l *lineLog) copy() {
	defer close(l.ended)
	defer l.finish()
	in := bufio.NewScanner(l.pipe)
	in.Buffer(nil, 2*maxLine)
	in.Split(l.split)
	for in.Scan() {
		l.forward(in.Bytes())
	}
}

// split returns the next line with its end, or a part of a line that is too long. It
// never splits a marker.
func (l *lineLog) split(data []byte, atEOF bool) (advance int, line []byte, err error) {
	n := bytes.IndexByte(data, '\n') + 1
	switch {
	case n > 0 && n <= maxLine+1:
	case len(data) > maxLine:
		n = maxLine
		if i := bytes.LastIndexByte(data[:n], 0); i > n-len(l.marker) && strings.HasPrefix(l.marker, string(data[i:n])) {
			n = i
		}
	case atEOF:
		n = len(data)
	}
	if n == 0 {
		return 0, nil, nil // the scanner reads more data, or is at the end
	}
	return n, data[:n], nil
}

// forward logs a line, or a part of a line that is too long.
func (l *lineLog) forward(line []byte) {
	line, marked := bytes.CutSuffix(bytes.TrimRight(line, "\r\n"), []byte(l.marker))
	printed := len(line) > 0 || !marked
	if l.secret != "" { // runtimes print the address in their errors
		line = bytes.ReplaceAll(line, []byte(l.secret), []byte("SECRET"))
	}
	if printed {
		l.print(string(line))
	}
	arrived := func() {}
	l.mu.Lock()
	if l.keepTail && printed {
		l.tail = append(append(l.tail, line...), '\n')
		l.tail = l.tail[max(0, len(l.tail)-maxTail):]
	}
	if marked && len(l.waiting) > 0 {
		arrived, l.waiting = l.waiting[0], l.waiting[1:]
	}
	l.mu.Unlock()
	arrived()
}

// finish calls the functions whose markers can no longer arrive.
func (l *lineLog) finish() {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting, l.over = nil, true
	l.mu.Unlock()
	for _, do := range waiting {
		do()
	}
}

// print logs one line.
func (l *lineLog) print(line string) {
	_, _ = io.WriteString(l.out, l.prefix+line+"\n")
}

// capture starts to keep the tail of the output.
func (l *lineLog) capture() {
	l.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail, l.keepTail = nil, true
}

// takeTail returns the tail of the output so far. Then an observed log begins a new
// tail, and any other log stops keeping it.
func (l *lineLog) takeTail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := string(l.tail)
	l.tail, l.keepTail = l.tail[:0], l.observed
	return tail
}

// sync waits until all output has been forwarded, at most logGrace.
func (l *lineLog) sync() {
	forwarded := make(chan struct{})
	l.after(func() { close(forwarded) })
	select {
	case <-forwarded:
	case <-time.After(logGrace):
	}
}

// after calls do once all output has been forwarded: immediately, or from the goroutine
// that forwards.
func (l *lineLog) after(do func()) {
	l.mu.Lock()
	input := l.input
	if input == nil || l.over {
		l.mu.Unlock()
		do()
		return
	}
	l.waiting = append(l.waiting, do)
	l.mu.Unlock()
	_, _ = io.WriteString(input, l.marker+"\n") // if the pipe is closed, finish calls do
}
