package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"sallyport/infra/build"
	"sallyport/infra/plan"
	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/inspector"
	"sallyport/local/services"
	"sallyport/local/site"
)

// system is everything that runs, and how to end it.
type system struct {
	settings settings
	progress *progress
	stack    stack
	binary   string             // the Lambda that runs
	function *function.Function // and what runs it
	gateway  *gateway.Gateway
	tableURL string
	keys     keys
	failed   chan error     // the first part that fails while running
	closers  []func() error // in the order of starting

	inspector *inspector.Inspector // nil: not wanted
}

// artifacts are the built files that run.
type artifacts struct {
	dist   string // folder of the site
	binary string // the Lambda, for this machine
}

const (
	stopTime = time.Minute      // for the parts to end: seconds, but on a busy machine
	headTime = 10 * time.Second // for a client to send the head of a request
)

func (s *system) start(ctx context.Context) error {
	p, err := readPlan(s.settings.plan)
	if err != nil {
		return err
	}
	for _, t := range unknownTypes(p) {
		s.progress.say("not run here: the stack's " + t + ", which has no local stand-in")
	}
	declared, err := readStack(p)
	if err != nil {
		return err
	}
	// Before the build, so that a port or folder in use is an error at once.
	l, err := s.claim(ctx, declared.http != nil)
	if err != nil {
		return err
	}
	var sources []*source
	if s.settings.watch { // before the build, to miss no edit
		sources = s.sources(".")
	}
	built, err := s.build(ctx)
	if err != nil {
		return err
	}
	a := l.addresses()
	if err := s.startServices(ctx, declared.signIn, &a); err != nil {
		return err
	}
	if p, err = localize(p, a); err != nil {
		return err
	}
	if s.stack, err = readStack(p); err != nil {
		return err
	}
	if err := s.inspect(l.site.Addr().String()); err != nil {
		return err
	}
	if err := s.startBackend(ctx, l, built.binary); err != nil {
		return err
	}
	handler, err := newSite(s.stack.site, built.dist)
	if err != nil {
		return err
	}
	s.serve("site", l.site, &http.Server{Handler: site.OnlyAt(a.site, s.beforeSite(handler)), ReadHeaderTimeout: headTime})
	s.watchSources(sources)
	s.reportDrift(ctx, ".")
	return s.ready(ctx)
}

// startBackend starts the function, and everything that calls it.
func (s *system) startBackend(ctx context.Context, l listeners, binary string) error {
	if err := s.startFunction(ctx, binary); err != nil {
		return err
	}
	if err := s.startHTTP(ctx, l.http, s.function); err != nil {
		return err
	}
	if err := s.startAPI(ctx, l.api); err != nil {
		return err
	}
	s.startRules(s.function)
	return nil
}

func readPlan(file string) (plan.Plan, error) {
	f, err := os.Open(file) //nolint:gosec // the user names it
	if errors.Is(err, os.ErrNotExist) {
		return plan.Plan{}, fmt.Errorf("the plan %s is missing: run this in the project's folder, or renew it with make plan", file)
	}
	if err != nil {
		return plan.Plan{}, fmt.Errorf("open plan: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	p, err := plan.Read(f)
	if err != nil {
		return plan.Plan{}, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// build makes what is out of date: the parts at the same time.
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
		func() (err error) { a.dist, err = build.Frontend(ctx, ".", s.progress.say); return err },
		func() error { return services.Install(ctx, s.progress.say) },
	)
}

// startServices starts DynamoDB and the sign-in, and completes the addresses.
func (s *system) startServices(ctx context.Context, declared signInSettings, a *addresses) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var table, signIn *services.Service
	err := together(cancel,
		func() (err error) { table, err = services.StartDynamoDB(ctx, os.Stderr); return err },
		func() (err error) {
			if a.issuer = loopbackOrigin(declared.Issuer); a.issuer != "" {
				return nil // it runs already
			}
			signIn, err = services.StartSignIn(ctx, services.SignIn{
				Listen: s.settings.issuer, SiteURL: a.site,
				ClientID: declared.ClientID, Audience: declared.Audience,
			}, os.Stderr)
			return err
		},
	)
	for _, service := range []*services.Service{table, signIn} {
		if service != nil {
			s.onStop(service.Stop)
			go s.watch(service)
		}
	}
	if err != nil {
		return err
	}
	s.tableURL = table.URL
	if signIn != nil {
		a.issuer = signIn.URL
	}
	return nil
}

// serve runs server on l until the system stops.
func (s *system) serve(name string, l net.Listener, server *http.Server) {
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fail(fmt.Errorf("serve %s: %w", name, err))
		}
	}()
	s.onStop(server.Close)
}

// ready waits until every address answers, then publishes the outputs.
func (s *system) ready(ctx context.Context) error {
	for _, url := range []string{ // the HTTP API would log a request to no route, and has listened for long
		s.stack.output("siteUrl") + "/",
		apiOrigin(s.stack.output("connectionsUrl")) + "/2015-03-31/functions/",
		s.stack.output("issuer") + "/.well-known/openid-configuration",
	} {
		if err := answers(ctx, url); err != nil {
			return err
		}
	}
	credentials, outputs := s.settings.credentialsFile(), s.settings.outputs
	s.onStop(func() error { return errors.Join(os.Remove(credentials), os.Remove(outputs)) })
	if err := writeCredentials(credentials, s.keys.user); err != nil {
		return err
	}
	return writeOutputs(outputs, s.stack.outputs) // last: the scripts look for them
}

func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("ask %s: it answers %s", url, resp.Status)
	}
	return nil
}
