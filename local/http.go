package main

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"sallyport/local/httpapi"
)

// startHTTP starts the HTTP API on l, whose routes call f. Without one in the
// plan it does nothing.
func (s *system) startHTTP(ctx context.Context, l net.Listener, f httpapi.Invoker) error {
	if s.stack.http == nil {
		return nil
	}
	config := httpConfig(*s.stack.http, f)
	if !s.settings.throttle {
		config.Throttle = nil
	}
	a, err := httpapi.New(config)
	if err != nil {
		return fmt.Errorf("start HTTP API: %w", err)
	}
	s.serve("http", l, &http.Server{Handler: a, ReadHeaderTimeout: headTime})
	s.onStop(func() error { // before the server and the function, which it needs
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		return a.Close(ctx)
	})
	return nil
}

// httpConfig turns the plan's HTTP API into its configuration.
func httpConfig(api apiSettings, f httpapi.Invoker) httpapi.Config {
	c := httpapi.Config{APIID: api.ID, AccountID: api.AccountID, Stage: api.Stage, Routes: map[string]httpapi.Route{}, Log: gatewayLog()}
	if api.ThrottleRate > 0 {
		c.Throttle = &httpapi.Throttle{Rate: api.ThrottleRate, Burst: api.ThrottleBurst}
	}
	for key, r := range api.Routes {
		c.Routes[key] = httpapi.Route{Invoker: f, Timeout: r.Timeout}
	}
	return c
}
