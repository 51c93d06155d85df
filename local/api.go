package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/rs/zerolog"

	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/sigv4"
)

// maxInvocation is a little more than the longest event that Lambda takes, so
// that it is Lambda's API that refuses what is too long.
const maxInvocation = 6<<20 + 1

// startFunction starts the tables' schema and the function, which uses them.
func (s *system) startFunction(ctx context.Context, binary string) error {
	client := newTableClient(s.tableURL, s.stack.api.Region)
	for _, t := range s.stack.tables {
		if err := t.create(ctx, client); err != nil {
			return err
		}
	}
	f, err := function.New(function.Config{
		Name: s.stack.function.Name, ARN: s.stack.function.ARN, Path: binary, Env: s.environment(),
		MemoryMB: s.stack.function.MemoryMB, Timeout: s.stack.function.Timeout,
		Log: os.Stderr, Observe: s.observer(),
	})
	if err != nil {
		return fmt.Errorf("start function %s: %w", s.stack.function.Name, err)
	}
	s.binary, s.function = binary, f
	s.onStop(f.Close)
	return nil
}

// startAPI starts the gateway with the Lambda API beside it on l. Both call the
// function, which runs.
func (s *system) startAPI(ctx context.Context, l net.Listener) error {
	f := s.function
	if !s.settings.throttle {
		s.stack.api.ThrottleRate, s.settings.limits.Rate, s.settings.limits.ConnectRate = 0, -1, -1
	}
	config, invoke := gatewayConfig(s.stack.api, s.beforeFunction(f), s.settings.limits), function.NewAPI(f)
	if !s.settings.insecure {
		config.Verify = s.verifier("execute-api").Verify
		invoke = s.verifier("lambda").Handler(maxInvocation, invoke)
	}
	g, err := gateway.New(config)
	if err != nil {
		return fmt.Errorf("start gateway: %w", err)
	}
	s.gateway = g
	handler := below("/2015-03-31/functions/", invoke, s.beforeGateway(g))
	// Through the gateway's own listener: it keeps the spelling of headers.
	s.serve("api", gateway.Listen(l), &http.Server{Handler: handler, ConnContext: gateway.ConnContext, ReadHeaderTimeout: headTime})
	s.onStop(func() error { // before the server and the function, which it needs
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		return g.Close(ctx)
	})
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

// verifier accepts what is signed with a key of this run for a service.
func (s *system) verifier(service string) *sigv4.Verifier {
	return &sigv4.Verifier{Keys: []aws.Credentials{s.keys.user, s.keys.role}, Service: service, Region: s.stack.api.Region}
}

// wholeProcessor is the memory, in MB, from which on Lambda gives a function a
// whole processor. Go programs with less are told to use one thread: that is
// nearer to what they get there, and a fifth cheaper for a message here.
const wholeProcessor = 1769

// environment is the function's declared environment with what Lambda and the
// redirection to the local table add.
func (s *system) environment() map[string]string {
	env := maps.Clone(s.stack.function.Environment)
	if env == nil {
		env = map[string]string{}
	}
	env["AWS_REGION"] = s.stack.api.Region
	env["AWS_DEFAULT_REGION"] = s.stack.api.Region
	env["AWS_ACCESS_KEY_ID"] = s.keys.role.AccessKeyID
	env["AWS_SECRET_ACCESS_KEY"] = s.keys.role.SecretAccessKey
	env["AWS_SESSION_TOKEN"] = s.keys.role.SessionToken
	env["AWS_ENDPOINT_URL_DYNAMODB"] = s.tableURL
	if s.stack.function.MemoryMB < wholeProcessor && env["GOMAXPROCS"] == "" {
		env["GOMAXPROCS"] = "1"
	}
	return env
}

// gatewayConfig turns the plan's API into the gateway's configuration. There
// is one function, which every integration and the authorizer call.
func gatewayConfig(api apiSettings, f gateway.Invoker, limits gateway.Limits) gateway.Config {
	c := gateway.Config{
		APIID: api.ID, Region: api.Region, AccountID: api.AccountID, Stage: api.Stage,
		RouteSelection: api.RouteSelection, Routes: map[string]gateway.Route{}, Limits: limits,
		Log: gatewayLog(),
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

// gatewayLog writes for people, in colour on a terminal.
func gatewayLog() zerolog.Logger {
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: "15:04:05.000", NoColor: !terminal}).
		With().Timestamp().Logger()
}
