// Package lock prevents two runs from using the same folder of output files.
package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Lock is an exclusive lock on the folder of the outputs. Another run in the same
// folder would overwrite the files of this one and remove them when it ends. The
// operating system releases the lock when the process ends. The lock file stays.
type Lock struct{ file *os.File }

// holder is the content of the lock file: the run that holds the lock. The scripts read
// the process ID while the outputs are missing.
type holder struct {
	PID  int    `json:"pid"`
	Site string `json:"site,omitempty"` // empty until it is known
}

// Take acquires the lock at path. It creates the folder if necessary. If another run holds
// the lock, the error names that run.
func Take(path string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the user chooses the path
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		defer f.Close() //nolint:errcheck // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, taken(f)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	l := &Lock{f}
	if err := l.Write(""); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

// taken returns the error for a lock that another run holds. f is the lock file.
func taken(f *os.File) error {
	var other holder
	text, _ := io.ReadAll(f) // it may be empty or incomplete while the other run writes it
	_ = json.Unmarshal(text, &other)
	run := "another run"
	if other.PID != 0 {
		run += fmt.Sprintf(", process %d", other.PID)
	}
	if other.Site != "" {
		run += " at " + other.Site
	}
	return fmt.Errorf("%s, uses %s: end it first, or start this run with other files and ports, "+
		"such as -outputs .local/second/outputs.json -site 127.0.0.1:0 -api 127.0.0.1:0 -http 127.0.0.1:0 -issuer 127.0.0.1:0",
		run, filepath.Dir(f.Name()))
}

// Write records in the lock file that this process holds the lock and serves site.
func (l *Lock) Write(site string) error {
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

// Release releases the lock.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
