package run

import (
	"context"
	"os"
	"path/filepath"

	"sallyport/infra/build"
	"sallyport/local/livereload"
)

// sources returns the sources of the parts that are rebuilt during a run. root is the
// folder of the project. The plan is not one of them: after an edit of infra, make plan
// shows the changes, and the next run uses them. reportDrift prints the routes that differ.
func (s *system) sources(root string) []*livereload.Source {
	return []*livereload.Source{s.lambdaSource(root), s.consoleSource(root)}
}

// lambdaSource returns the source of the function, which is replaced while connections stay
// open: their next events reach the new one.
func (s *system) lambdaSource(root string) *livereload.Source {
	src := livereload.New(filepath.Join(root, "lambda"), filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum"))
	src.Report = s.progress.say
	src.Rebuild = func(ctx context.Context) error {
		s.progress.say("building the edited Lambda")
		before, _ := os.Stat(s.binary) // nil: the binary in use was deleted
		path, err := build.Binary(ctx, root, build.Target{})
		if err != nil {
			return err
		}
		if !livereload.Replaced(path, before) {
			s.progress.say("the function is the same as before")
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

// consoleSource returns the source of the console, whose files the site keeps in memory: the
// build of another run, which has the same folder, does not affect the site.
func (s *system) consoleSource(root string) *livereload.Source {
	src := livereload.New(filepath.Join(root, "frontend"))
	src.Report = s.progress.say
	src.Rebuild = func(ctx context.Context) error {
		files, err := build.FrontendFiles(ctx, root, s.progress.say)
		if err != nil {
			return err
		}
		changed, err := s.site.Replace(files)
		if changed {
			s.progress.say("the edited console is served: reload the page")
		}
		return err
	}
	return src
}
