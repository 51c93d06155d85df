// Package livereload rebuilds parts of a running system when their sources are edited.
//
// It finds an edit by the times and sizes of all files, which takes less than two
// milliseconds for this project. File notifications of the operating system have to be
// registered for each new folder, are limited in number, differ by system, and are missing
// from many shared folders and containers.
package livereload

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// interval is the time between two checks of the sources. An edit is built when the files
// have not changed for this time.
const interval = 250 * time.Millisecond

// Source is the set of files from which a part of the system is built. Make one with New.
type Source struct {
	// Rebuild builds the part again. Its error is reported, and the previous build stays in
	// use.
	Rebuild func(context.Context) error
	// Report prints one message for the user.
	Report func(string)

	paths []string // files and folders, with their contents
	built stamps   // the files at the last build
	seen  stamps   // the files at the last check
}

// stamps are the states of files by path.
type stamps map[string]stamp

type stamp struct {
	size     int64
	modified int64 // Unix time in nanoseconds
}

// New returns a source whose present state counts as built. Call it before the first
// build, so that an edit during the build is noticed. Set Rebuild and Report before Watch.
func New(paths ...string) *Source {
	s := &Source{paths: paths}
	s.built = s.stamps()
	s.seen = s.built
	return s
}

// Files returns the paths of the files at the last build, sorted.
func (s *Source) Files() []string { return slices.Sorted(maps.Keys(s.built)) }

// Watch rebuilds each source when it is edited. It returns a function that stops watching
// and waits for a build that is running, whose context it cancels.
func Watch(sources []*Source) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	for _, s := range sources {
		watching.Go(func() {
			ticker := time.NewTicker(interval)
			defer ticker.Stop()
			s.watch(ctx, ticker.C)
		})
	}
	return func() {
		cancel()
		watching.Wait()
	}
}

// watch checks the source at each tick, until ctx is done.
func (s *Source) watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			s.Check(ctx)
		}
	}
}

// Check rebuilds the source if it was edited and has not changed since the previous check:
// an editor may save many files, and one file in several steps. Watch calls it.
func (s *Source) Check(ctx context.Context) {
	now := s.stamps()
	unchanged := maps.Equal(now, s.seen)
	s.seen = now
	if !unchanged || maps.Equal(now, s.built) {
		return
	}
	s.built = now
	if err := s.Rebuild(ctx); err != nil && ctx.Err() == nil {
		s.Report(err.Error() + "\n         the previous build stays in use")
	}
}

// stamps returns the state of every source file. It omits files that cannot be read, as if
// they were absent: the build reports them.
func (s *Source) stamps() stamps {
	all := stamps{}
	for _, path := range s.paths {
		_ = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil //nolint:nilerr // see above
			case e.IsDir() && generated(e.Name()):
				return fs.SkipDir
			case !e.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			if info, err := e.Info(); err == nil {
				all[path] = stamp{info.Size(), info.ModTime().UnixNano()}
			}
			return nil
		})
	}
	return all
}

// generated reports whether a folder contains no sources, but generated files or test data.
func generated(folder string) bool {
	switch folder {
	case "node_modules", "dist", "coverage", "test-results", "playwright-report", "testdata":
		return true
	}
	return false
}

// Replaced reports whether the file at path is another file than before. A build replaces the
// file only if the content has changed. If before is nil, Replaced reports true.
func Replaced(path string, before os.FileInfo) bool {
	after, err := os.Stat(path)
	return err != nil || before == nil || !os.SameFile(before, after)
}
