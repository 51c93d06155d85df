package run

import (
	"context"

	"sallyport/infra/build"
	"sallyport/local/services"
)

// artifacts are the results of a build.
type artifacts struct {
	console map[string][]byte // the built files by path
	binary  string            // path of the Lambda for this machine
}

// build builds the parts that are out of date, all at the same time.
func (s *system) build(ctx context.Context) (artifacts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var a artifacts
	err := together(cancel,
		func() error { return s.buildWithNode(ctx, cancel, &a) },
		func() (err error) {
			s.progress.say("building the Lambda")
			a.binary, err = build.Binary(ctx, ".", build.Target{})
			return err
		},
	)
	return a, err
}

// buildWithNode builds the console and installs the local services. It checks the
// version of Node.js first, because an old one fails after a minute with an error that
// does not name the cause.
func (s *system) buildWithNode(ctx context.Context, cancel func(), a *artifacts) error {
	if err := build.CheckNode(ctx); err != nil {
		return err
	}
	return together(cancel,
		func() (err error) { a.console, err = build.FrontendFiles(ctx, ".", s.progress.say); return err },
		func() error { return services.Install(ctx, s.progress.say) },
	)
}
