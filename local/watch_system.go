package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sallyport/infra/build"
)

// sources returns what the running system is built from, in the project's
// folder root. The plan is not among them: after an edit of infra, make plan
// shows the changes, and a new run has them. reportDrift reminds of routes.
func (s *system) sources(root string) []*source {
	return []*source{s.lambdaSource(root), s.consoleSource(root)}
}

// lambdaSource is the Lambda, which is swapped below the connections: they
// stay, and their next events reach the new one.
func (s *system) lambdaSource(root string) *source {
	src := newSource(filepath.Join(root, "lambda"), filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum"))
	src.say = s.progress.say
	src.rebuild = func(ctx context.Context) error {
		s.progress.say("building the edited Lambda")
		before, _ := os.Stat(s.binary) // nil: the one that runs is gone, so any is new
		path, err := build.Binary(ctx, root, build.Target{})
		if err != nil {
			return err
		}
		if !replaced(path, before) {
			s.progress.say("the Lambda is the same as before")
			return nil
		}
		if err := s.function.Replace(path); err != nil {
			return err
		}
		s.progress.say("the edited Lambda runs; connections stay open")
		s.reportDrift(ctx, root)
		return nil
	}
	return src
}

// consoleSource is the console, whose files are read at each request.
func (s *system) consoleSource(root string) *source {
	src := newSource(filepath.Join(root, "frontend"))
	src.say = s.progress.say
	src.rebuild = func(ctx context.Context) error {
		news := false
		dist, err := build.Frontend(ctx, root, func(what string) {
			news = true
			s.progress.say(what)
		})
		if err != nil || !news {
			return err
		}
		// It is served already; this only finds files that nothing declares.
		if _, err := newSite(s.stack.site, dist); err != nil {
			return err
		}
		s.progress.say("the edited console is served: reload the page")
		return nil
	}
	return src
}

// watchSources rebuilds each source when it is edited, until the system stops.
func (s *system) watchSources(sources []*source) {
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	for _, src := range sources {
		watching.Go(func() {
			ticker := time.NewTicker(watchEvery)
			defer ticker.Stop()
			src.watch(ctx, ticker.C)
		})
	}
	s.onStop(func() error {
		cancel()
		watching.Wait()
		return nil
	})
}
