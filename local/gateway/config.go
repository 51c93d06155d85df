package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Invoker calls a function and returns what it answers.
//
// An error with a method ErrorMessage() string is the function's own, with the
// errorMessage that it reported; every other error means that the function
// could not be invoked. payload belongs to the callee. Invoke may run
// concurrently, and may go on after the client got a timeout.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Config describes one stage of a WebSocket API.
type Config struct {
	// APIID, Region and AccountID are the API's, as they stand in its ARN.
	APIID, Region, AccountID string
	// Stage is the stage's name, the first part of every path.
	Stage string
	// StageVariables are those of the stage; nil is none.
	StageVariables map[string]string
	// RouteSelection is the route selection expression, for example
	// $request.body.action (api-gateway.md 4).
	RouteSelection string
	// Authorizer decides who may connect. Nil lets everybody in.
	Authorizer *Authorizer
	// Routes are the routes by their key. All of them are optional, those of
	// API Gateway ($connect, $disconnect, $default) too.
	Routes map[string]Route
	// Throttle is the stage's default for each of its routes (AWS calls it
	// defaultRouteSettings). Nil: only the account's limits count.
	Throttle *Throttle
	// Limits are the quotas; the zero value is AWS's.
	Limits Limits
	// Verify checks the signature of a management call, whose body it gets. An
	// error refuses the call; one with a method ErrorType() string chooses the
	// x-amzn-ErrorType, which else is InvalidSignatureException. Nil: a call
	// must only look signed (api-gateway.md 7.2).
	Verify func(r *http.Request, body []byte) error
	// Log gets one line for each refused handshake, connect, disconnect,
	// failed function and refused management call: ids and reasons, never a
	// header, a query string, a token or a message. The zero value is silent.
	Log zerolog.Logger
}

// Authorizer is a Lambda REQUEST authorizer (api-gateway.md 2).
type Authorizer struct {
	// IdentitySources must all be present, or the client is refused without a
	// call: route.request.header.NAME, route.request.querystring.NAME,
	// stageVariables.NAME or context.NAME. Empty: the function is always called.
	IdentitySources []string
	// Invoker calls the function.
	Invoker Invoker
}

// Route is what answers one route key.
type Route struct {
	Integration Integration
	// RouteResponse makes the route two-way: the answer's body goes back to the
	// sender (api-gateway.md 5.2). $connect and $disconnect ignore it.
	RouteResponse bool
	// Throttle is the route's own; nil means Config.Throttle.
	Throttle *Throttle
}

// Integration answers a route: a function, or a fixed text. Exactly one of
// Invoker and Mock is set.
type Integration struct {
	// Invoker calls the function (AWS_PROXY).
	Invoker Invoker
	// Mock is the text that a MOCK integration answers, without a call.
	Mock string
	// Timeout is how long a client waits for the function, 50 ms to 29 s. Zero
	// is 29 s.
	Timeout time.Duration
}

const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 29 * time.Second

	routeConnect    = "$connect"
	routeDisconnect = "$disconnect"
	routeDefault    = "$default"
)

var stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func (c Config) check() error {
	var errs []error
	for _, s := range [][2]string{{"APIID", c.APIID}, {"Region", c.Region}, {"AccountID", c.AccountID}} {
		if s[1] == "" {
			errs = append(errs, fmt.Errorf("%s is empty", s[0]))
		}
	}
	if !stageName.MatchString(c.Stage) {
		errs = append(errs, fmt.Errorf("stage %q: want 1 to 128 letters, digits, - and _", c.Stage))
	}
	if _, err := parseSelection(c.RouteSelection); err != nil {
		errs = append(errs, fmt.Errorf("route selection expression %q: %w", c.RouteSelection, err))
	}
	if c.Authorizer != nil {
		errs = append(errs, c.Authorizer.check())
	}
	errs = append(errs, c.Throttle.check("the stage"))
	for _, key := range slices.Sorted(maps.Keys(c.Routes)) {
		errs = append(errs, c.Routes[key].check(key))
	}
	return errors.Join(errs...)
}

func (a Authorizer) check() error {
	_, err := parseSources(a.IdentitySources)
	if a.Invoker == nil {
		err = errors.Join(err, errors.New("the authorizer has no Invoker"))
	}
	return err
}

func (r Route) check(key string) error {
	in := r.Integration
	special := key == routeConnect || key == routeDisconnect || key == routeDefault
	switch {
	case key == "":
		return errors.New("a route has an empty key")
	case strings.HasPrefix(key, "$") && !special:
		return fmt.Errorf("route %s: keys that begin with $ belong to API Gateway: $connect, $disconnect, $default", key)
	case in.Invoker == nil && in.Mock == "":
		return fmt.Errorf("route %s: its integration has neither an Invoker nor a Mock text", key)
	case in.Invoker != nil && in.Mock != "":
		return fmt.Errorf("route %s: its integration has both an Invoker and a Mock text", key)
	case in.Timeout != 0 && (in.Timeout < minTimeout || in.Timeout > maxTimeout):
		return fmt.Errorf("route %s: the integration's timeout is %v, want %v to %v", key, in.Timeout, minTimeout, maxTimeout)
	}
	return r.Throttle.check("route " + key)
}
