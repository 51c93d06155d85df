package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// runLock keeps other runs from the folder of the outputs as long as this one
// lives: they would overwrite its files, and remove them at their end. The
// system takes the lock back from a run that dies, and only then: the file
// itself stays.
type runLock struct{ file *os.File }

// holder is what a run tells others in the file of its lock.
type holder struct {
	PID  int    `json:"pid"`
	Site string `json:"site,omitempty"` // once it is known
}

// lockFile is beside the outputs.
func (s settings) lockFile() string {
	return filepath.Join(filepath.Dir(s.outputs), "run.lock")
}

// lockRun takes the lock at path. Its error names the run that has it.
func lockRun(path string) (*runLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { //nolint:gosec // the user names it
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		defer f.Close() //nolint:errcheck // only read
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, taken(f)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	l := &runLock{f}
	if err := l.tell(""); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// taken is the error that another run has the lock in f.
func taken(f *os.File) error {
	var other holder
	text, _ := io.ReadAll(f) // it may be about to write it
	_ = json.Unmarshal(text, &other)
	who := "another run"
	if other.PID != 0 {
		who += fmt.Sprintf(", process %d", other.PID)
	}
	if other.Site != "" {
		who += " at " + other.Site
	}
	return fmt.Errorf("%s, has %s: end it first, or give this run files and ports of its own, "+
		"such as -outputs .local/second/outputs.json -site 127.0.0.1:0 -api 127.0.0.1:0 -http 127.0.0.1:0 -issuer 127.0.0.1:0",
		who, filepath.Dir(f.Name()))
}

// tell writes for others that this process has the lock and serves site.
func (l *runLock) tell(site string) error {
	text, err := json.Marshal(holder{PID: os.Getpid(), Site: site})
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", l.file.Name(), err)
	}
	return nil
}

// release lets other runs have the lock.
func (l *runLock) release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
