//go:build unix

package build

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock waits until no other program has the lock at path, and takes it. The system
// releases the lock of a program that dies.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // within the project
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
