package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// folders are where things lie in the checkout.
type folders struct {
	services string // this one
	notes    string // for what may go at any time, ignored by git
}

// findFolder looks for the checkout that this process was started in.
func findFolder() (folders, error) {
	start, err := os.Getwd()
	if err != nil {
		return folders{}, err
	}
	for root := start; ; root = filepath.Dir(root) {
		services := filepath.Join(root, "local", "services")
		if _, err := os.Stat(filepath.Join(services, "package-lock.json")); err == nil {
			return folders{services: services, notes: filepath.Join(root, ".build")}, nil
		}
		if root == filepath.Dir(root) {
			return folders{}, fmt.Errorf("find local/services: %s is not in the project", start)
		}
	}
}

// Install installs the npm packages of this folder, unless those that
// package-lock.json names are there. It may be called by several processes at
// once: one installs, the others wait. progress, which may be nil, is told when
// it takes a while.
func Install(ctx context.Context, progress func(string)) error {
	where, err := findFolder()
	if err == nil {
		err = where.install(ctx, progress)
	}
	if err != nil {
		return fmt.Errorf("install local services: %w", err)
	}
	return nil
}

func (f folders) install(ctx context.Context, progress func(string)) error {
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	want, err := os.ReadFile(filepath.Join(f.services, "package-lock.json"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(want)
	stamp := filepath.Join(f.services, "node_modules", ".installed") // goes with the packages
	have, err := os.ReadFile(stamp)                                  //nolint:gosec // ours
	if err == nil && string(have) == hex.EncodeToString(sum[:]) {
		return nil
	}
	if progress != nil {
		progress("installing npm packages for DynamoDB and sign-in")
	}
	if err := f.runNPM(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(stamp), 0o750); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(hex.EncodeToString(sum[:])), 0o600) //nolint:gosec // in our own folder
}

func (f folders) runNPM(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "npm", "ci", "--loglevel=error")
	cmd.Dir = f.services
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	var said []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "npm error") && len(said) < 3 {
			said = append(said, strings.TrimSpace(strings.TrimPrefix(line, "npm error")))
		}
	}
	if len(said) > 0 {
		return fmt.Errorf("run npm ci: %w: %s", err, strings.Join(said, "; "))
	}
	return fmt.Errorf("run npm ci: %w", explain(err))
}

// lock keeps other processes from installing until unlock.
func (f folders) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(f.notes, 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(f.notes, "services.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = file.Close() }, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			_ = file.Close()
			return nil, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			_ = file.Close()
			return nil, ctx.Err()
		}
	}
}
