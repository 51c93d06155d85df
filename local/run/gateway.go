package run

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/rs/zerolog"

	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/sigv4"
	"sallyport/local/stack"
)

// maxInvocation is one byte more than the longest event of Lambda, so that the Lambda API
// refuses a longer one itself.
const maxInvocation = 6<<20 + 1

// startAPI starts the gateway and the Lambda API on l. The function must be running.
func (s *system) startAPI(ctx context.Context, l net.Listener) error {
	f := s.function
	limits := s.settings.limits()
	if !s.settings.Throttle {
		s.stack.API.ThrottleRate, limits.Rate, limits.ConnectRate = 0, -1, -1
	}
	config, invoke := gatewayConfig(s.stack.API, s.inspector.Invoker(f), limits, s.logger()), function.NewAPI(f)
	if !s.settings.AnySignature {
		config.Verify = s.verifier("execute-api").Verify
		invoke = s.verifier("lambda").Handler(maxInvocation, invoke)
	}
	g, err := gateway.New(config)
	if err != nil {
		return fmt.Errorf("start gateway: %w", err)
	}
	s.gateway = g
	handler := below("/2015-03-31/functions/", invoke, s.inspector.Gateway(g))
	// The listener of package gateway keeps the case of header names.
	s.serve("api", gateway.Listen(l), &http.Server{Handler: handler, ConnContext: gateway.ConnContext, ReadHeaderTimeout: headTime})
	s.closeOnStop(ctx, g.Close)
	return nil
}

// below returns a handler that passes requests for paths below folder to inside, and
// all others to outside. It does not clean paths: http.ServeMux would redirect //live
// to /live, which AWS does not.
func below(folder string, inside, outside http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, folder) {
			inside.ServeHTTP(w, r)
			return
		}
		outside.ServeHTTP(w, r)
	})
}

// verifier returns a verifier for requests to service, signed with a key of this run.
func (s *system) verifier(service string) *sigv4.Verifier {
	return &sigv4.Verifier{Keys: []aws.Credentials{s.keys.user, s.keys.role}, Service: service, Region: s.stack.API.Region}
}

// gatewayConfig returns the configuration of the gateway for an API of the plan. The
// authorizer and every integration call the same function f.
func gatewayConfig(api stack.API, f gateway.Invoker, limits gateway.Limits, log zerolog.Logger) gateway.Config {
	c := gateway.Config{
		APIID: api.ID, Region: api.Region, AccountID: api.AccountID, Stage: api.Stage,
		RouteSelection: api.RouteSelection, Routes: map[string]gateway.Route{}, Limits: limits,
		Log: log,
	}
	if api.ThrottleRate > 0 {
		c.Throttle = &gateway.Throttle{Rate: api.ThrottleRate, Burst: api.ThrottleBurst}
	}
	if api.HasAuthorizer {
		c.Authorizer = &gateway.Authorizer{IdentitySources: api.IdentitySources, Invoker: f}
	}
	for key, r := range api.Routes {
		in := gateway.Integration{Mock: r.Mock, Timeout: r.Timeout}
		if r.Mock == "" {
			in.Invoker = f
		}
		c.Routes[key] = gateway.Route{Integration: in, RouteResponse: r.Replies}
	}
	return c
}

// logger returns a logger with readable lines, coloured on a terminal.
func (s *system) logger() zerolog.Logger {
	terminal := false
	if file, ok := s.log.(*os.File); ok {
		info, err := file.Stat()
		terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return zerolog.New(zerolog.ConsoleWriter{Out: s.log, TimeFormat: "15:04:05.000", NoColor: !terminal}).
		With().Timestamp().Logger()
}
