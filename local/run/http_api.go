package run

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/rs/zerolog"

	"sallyport/local/httpapi"
	"sallyport/local/stack"
)

// startHTTP starts the HTTP API on l. Its routes call f. If the stack has no HTTP API,
// startHTTP does nothing.
func (s *system) startHTTP(ctx context.Context, l net.Listener, f httpapi.Invoker) error {
	if s.stack.HTTP == nil {
		return nil
	}
	config := httpConfig(*s.stack.HTTP, f, s.logger())
	if !s.settings.Throttle {
		config.Throttle = nil
	}
	a, err := httpapi.New(config)
	if err != nil {
		return fmt.Errorf("start HTTP API: %w", err)
	}
	s.serve("http", l, &http.Server{Handler: a, ReadHeaderTimeout: headTime})
	s.closeOnStop(ctx, a.Close)
	return nil
}

// httpConfig returns the configuration of the HTTP API for an API of the plan.
func httpConfig(api stack.API, f httpapi.Invoker, log zerolog.Logger) httpapi.Config {
	c := httpapi.Config{APIID: api.ID, AccountID: api.AccountID, Stage: api.Stage, Routes: map[string]httpapi.Route{}, Log: log}
	if api.ThrottleRate > 0 {
		c.Throttle = &httpapi.Throttle{Rate: api.ThrottleRate, Burst: api.ThrottleBurst}
	}
	for key, r := range api.Routes {
		c.Routes[key] = httpapi.Route{Invoker: f, Timeout: r.Timeout}
	}
	return c
}
