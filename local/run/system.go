// Package run is the local run: it starts every part of the system on loopback addresses,
// reports their addresses, and stops them.
//
// The parts are those of the plan, which package stack reads. The inspector is added to
// them, and they do not depend on it. All state is in memory.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"sallyport/local/eventbridge"
	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/inspector"
	"sallyport/local/livereload"
	"sallyport/local/queue"
	"sallyport/local/site"
	"sallyport/local/stack"
)

// system has the running parts and the functions that stop them.
type system struct {
	settings Settings
	log      io.Writer // gets the output of the parts, and the gateways' logs
	progress *progress
	stack    stack.Stack
	binary   string // path of the function that runs
	function *function.Function
	gateway  *gateway.Gateway
	site     *site.Site
	tableURL string
	queues   map[string]*queue.Queue // by name
	queueURL string                  // empty: the stack has no queues

	directHTTP string // address of the HTTP API if the site forwards requests to it; else empty
	keys       keys
	failed     chan error     // the error of the first part that fails
	closers    []func() error // in the order of the start

	inspector *inspector.Inspector // nil: switched off
}

const (
	stopTime = time.Minute      // limit for each part to stop; only a very busy machine needs that long
	headTime = 10 * time.Second // limit for a client to send the head of a request
)

// start starts every part. After an error, the caller must call stop, which ends the
// parts that are running.
func (s *system) start(ctx context.Context) error {
	p, err := stack.ReadPlan(s.settings.Plan)
	if err != nil {
		return err
	}
	for _, t := range stack.UnknownTypes(p) {
		s.progress.say("the plan has " + t + ", which the local run does not emulate")
	}
	declared, err := stack.Read(p)
	if err != nil {
		return err
	}
	// Before the build, so that a port or folder in use is reported immediately.
	l, err := s.claim(ctx, declared.HTTP != nil)
	if err != nil {
		return err
	}
	var sources []*livereload.Source
	if s.settings.Watch { // before the build, so that no edit is missed
		sources = s.sources(".")
	}
	built, err := s.build(ctx)
	if err != nil {
		return err
	}
	a := l.addresses()
	if err := s.startServices(ctx, declared.SignIn, &a); err != nil {
		return err
	}
	if p, err = stack.Localize(p, a); err != nil {
		return err
	}
	if s.stack, err = stack.Read(p); err != nil {
		return err
	}
	if s.stack.Output("httpUrl") != a.HTTP {
		s.directHTTP = a.HTTP
	}
	s.createInspector(l.site.Addr().String())
	if err := s.startBackend(ctx, l, built.binary); err != nil {
		return err
	}
	if err := s.startSite(l.site, a, built.console); err != nil {
		return err
	}
	s.onEnd(livereload.Watch(sources))
	s.reportDrift(ctx, ".")
	return s.ready(ctx)
}

// startBackend starts the function and the parts that call it.
func (s *system) startBackend(ctx context.Context, l listeners, binary string) error {
	if err := s.startQueues(ctx); err != nil {
		return err
	}
	if err := s.startFunction(ctx, binary); err != nil {
		return err
	}
	if err := s.startHTTP(ctx, l.http, s.function); err != nil {
		return err
	}
	if err := s.startAPI(ctx, l.api); err != nil {
		return err
	}
	s.countConnections(ctx)
	s.startRules()
	s.startMappings()
	return nil
}

// startRules starts the rules that call the function on a schedule.
func (s *system) startRules() {
	s.onEnd(eventbridge.Start(eventbridge.Config{
		Rules: s.stack.Rules, Account: s.stack.API.AccountID, Region: s.stack.API.Region,
		Function: s.function, Interval: s.settings.scaled, Log: s.logger(),
	}))
}

// serveOnFreePort serves h on a free port of 127.0.0.1 until the system stops. It returns
// the address with the scheme.
func (s *system) serveOnFreePort(ctx context.Context, name string, h http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start %s: %w", name, err)
	}
	s.serve(name, l, &http.Server{Handler: h, ReadHeaderTimeout: headTime})
	return "http://" + l.Addr().String(), nil
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
