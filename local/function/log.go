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

// maxLine is where a long line is broken.
const maxLine = 64 << 10

// logGrace bounds the wait for output: of a process that lives on a little, or
// of one that handed its output on to a program that outlived it. A busy machine
// may need seconds for output that is there.
const logGrace = 10 * time.Second

// lockedWriter does one Write at a time.
type lockedWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// lineLog passes on what one process prints, line by line.
//
// What was printed arrives a little later than the answer that the process gave
// after it. Where that matters, a mark of ours is sent the same way: once it has
// arrived, so has everything before it.
type lineLog struct {
	out    io.Writer
	prefix string
	mark   string // a line that no process guesses
	secret string // is not passed on; empty: there is none
	pipe   *os.File
	ended  chan struct{} // closed when the pipe is read to its end

	observed bool

	mu       sync.Mutex // guards everything below
	input    *os.File   // what the process prints to; nil before open
	over     bool       // the pipe is read to its end
	waiting  []func()   // one for each mark that is on its way
	tail     []byte     // the last maxTail bytes, if wanted
	wantTail bool
}

// newLineLog returns a log for one process. Who observes wants its tail all the
// time, who invokes for an event now and then.
func newLineLog(out io.Writer, prefix string, observed bool) *lineLog {
	return &lineLog{
		out: out, prefix: prefix, mark: "\x00" + uuid.NewString(), ended: make(chan struct{}), wantTail: observed, observed: observed,
	}
}

// open returns the file that a process may print to.
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

// close waits until everything printed is passed on.
func (l *lineLog) close() {
	_ = l.input.Close()
	_ = l.pipe.SetReadDeadline(time.Now().Add(logGrace))
	<-l.ended
	_ = l.pipe.Close()
}

func (l *lineLog) copy() {
	defer close(l.ended)
	defer l.finish()
	in := bufio.NewScanner(l.pipe)
	in.Buffer(nil, 2*maxLine)
	in.Split(l.split)
	for in.Scan() {
		l.take(in.Bytes())
	}
}

// split cuts off a line with its end, or a piece of one that is too long, but
// never through a mark.
func (l *lineLog) split(data []byte, atEOF bool) (advance int, line []byte, err error) {
	n := bytes.IndexByte(data, '\n') + 1
	switch {
	case n > 0 && n <= maxLine+1:
	case len(data) > maxLine:
		n = maxLine
		if i := bytes.LastIndexByte(data[:n], 0); i > n-len(l.mark) && strings.HasPrefix(l.mark, string(data[i:n])) {
			n = i
		}
	case atEOF:
		n = len(data)
	}
	if n == 0 {
		return 0, nil, nil // not yet, or no more
	}
	return n, data[:n], nil
}

// take passes on a line, or a piece of one that is too long.
func (l *lineLog) take(line []byte) {
	line, marked := bytes.CutSuffix(bytes.TrimRight(line, "\r\n"), []byte(l.mark))
	if l.secret != "" { // runtimes name the address in their errors
		line = bytes.ReplaceAll(line, []byte(l.secret), []byte("SECRET"))
	}
	if len(line) > 0 || !marked {
		l.print(string(line))
	}
	arrived := func() {}
	l.mu.Lock()
	if l.wantTail && (len(line) > 0 || !marked) {
		l.tail = append(append(l.tail, line...), '\n')
		l.tail = l.tail[max(0, len(l.tail)-maxTail):]
	}
	if marked && len(l.waiting) > 0 {
		arrived, l.waiting = l.waiting[0], l.waiting[1:]
	}
	l.mu.Unlock()
	arrived()
}

// finish does what the marks were for that do not arrive any more.
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

// capture keeps the end of what is printed from now on.
func (l *lineLog) capture() {
	l.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail, l.wantTail = nil, true
}

// captured returns what was kept, and keeps no more unless somebody observes.
func (l *lineLog) captured() string {
	l.sync()
	return l.takeTail()
}

func (l *lineLog) takeTail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := string(l.tail)
	l.tail, l.wantTail = l.tail[:0], l.observed
	return tail
}

// sync waits until everything that was printed is passed on, but not for ever.
func (l *lineLog) sync() {
	passed := make(chan struct{})
	l.after(func() { close(passed) })
	select {
	case <-passed:
	case <-time.After(logGrace):
	}
}

// after has do called once everything that was printed is passed on: at once if
// that is so, else by who passes it on.
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
	_, _ = io.WriteString(input, l.mark+"\n") // if it is closed, finish does it
}
