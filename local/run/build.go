package run

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sallyport/infra/build"
	"sallyport/local/services"
)

// artifacts are the results of a build.
type artifacts struct {
	console map[string][]byte // the built files by path
	binary  string            // path of the function for this machine
}

// build builds the parts that are out of date, all at the same time.
func (s *system) build(ctx context.Context) (artifacts, error) {
	var a artifacts
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.progress.say("building the function")
		a.binary, err = build.Binary(ctx, ".", build.Target{})
		return err
	})
	group.Go(func() error {
		// An old version of Node.js would fail after a minute with an error that does not
		// name the cause.
		if err := build.CheckNode(ctx); err != nil {
			return err
		}
		group.Go(func() error { return services.Install(ctx, s.progress.say) })
		var err error
		a.console, err = build.FrontendFiles(ctx, ".", s.progress.say)
		return err
	})
	return a, group.Wait()
}
