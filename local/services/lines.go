package services

import "bytes"

// maxLine is the length, in bytes, at which a long line is broken.
const maxLine = 64 << 10

// lines is a writer that calls handle with each line, without its line break.
type lines struct {
	handle func(line string)
	rest   []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		switch {
		case end >= 0:
			l.handle(string(bytes.TrimSuffix(l.rest[:end], []byte("\r"))))
			l.rest = l.rest[end+1:]
		case len(l.rest) > maxLine:
			l.handle(string(l.rest))
			l.rest = nil
		default:
			return len(b), nil
		}
	}
}

// end calls handle with a last line that has no line break.
func (l *lines) end() {
	if len(l.rest) > 0 {
		l.handle(string(l.rest))
		l.rest = nil
	}
}
