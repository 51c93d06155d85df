package main

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// watchEvery is how often sources are looked at. An edit is built when it has
// stood still for that long.
const watchEvery = 250 * time.Millisecond

// source is a set of files that something is built from.
//
// They are found edited by looking at the times and sizes of all of them, which
// takes less than two milliseconds for all that there is here. Notifications of
// the system would have to be set up anew for each new folder, are limited in
// number, differ by system, and do not come at all from many shared folders and
// containers; what they save is not worth that.
type source struct {
	paths []string // files and folders, with all that is in them
	// rebuild makes it anew. Its error is told, and that is all that comes of it.
	rebuild func(context.Context) error
	say     func(string)

	built stamps // what was there when it was built last
	seen  stamps // and when it was looked at last
}

// stamps tell the state of files by their path.
type stamps map[string]stamp

type stamp struct {
	size     int64
	modified int64 // Unix, in nanoseconds
}

// newSource returns a source whose present state counts as built: make it
// before the first build, and an edit during that is not missed.
func newSource(paths ...string) *source {
	s := &source{paths: paths}
	s.built = s.stamps()
	s.seen = s.built
	return s
}

// watch looks at the source at each tick, until ctx is done.
func (s *source) watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			s.look(ctx)
		}
	}
}

// look rebuilds what was edited, unless it is still being edited: an editor
// may save many files, and a file in many steps.
func (s *source) look(ctx context.Context) {
	now := s.stamps()
	still := maps.Equal(now, s.seen)
	s.seen = now
	if !still || maps.Equal(now, s.built) {
		return
	}
	s.built = now
	if err := s.rebuild(ctx); err != nil && ctx.Err() == nil {
		s.say(err.Error() + "\n         what ran before still runs")
	}
}

// stamps returns the state of every file that counts. What cannot be read is
// as good as absent: the build will say why.
func (s *source) stamps() stamps {
	all := stamps{}
	for _, path := range s.paths {
		_ = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil //nolint:nilerr // see above
			case e.IsDir() && beside(e.Name()):
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

// beside tells the folders that lie among sources and are none.
func beside(folder string) bool {
	switch folder {
	case "node_modules", "dist", "coverage", "test-results", "playwright-report", "testdata":
		return true
	}
	return false
}

// replaced tells whether the file at path is another than before: builds put a
// new file in place only if there is something new.
func replaced(path string, before os.FileInfo) bool {
	after, err := os.Stat(path)
	return err != nil || before == nil || !os.SameFile(before, after)
}
