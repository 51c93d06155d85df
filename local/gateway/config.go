package gateway

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/stage"
)

// Invoker calls a function and returns its answer.
type Invoker = stage.Invoker

// Throttle is a rate limit.
type Throttle = stage.Throttle

// Config describes one stage of a WebSocket API.
type Config struct {
	// APIID, Region and AccountID are the parts of the API's ARN.
	APIID, Region, AccountID string
	// Stage is the name of the stage, which is the first part of every path.
	Stage string
	// StageVariables are the variables of the stage. Nil means none.
	StageVariables map[string]string
	// RouteSelection is the route selection expression, such as $request.body.action
	// (api-gateway.md 4).
	RouteSelection string
	// Authorizer decides whether a client may connect. Nil allows every client.
	Authorizer *Authorizer
	// Routes are the routes by key. All are optional, including $connect, $disconnect
	// and $default.
	Routes map[string]Route
	// Throttle is the default throttle of each route (AWS: defaultRouteSettings). If it is
	// nil, only the limits of the account apply.
	Throttle *Throttle
	// Limits are the quotas. The zero value has the quotas of AWS.
	Limits Limits
	// Verify checks the signature of a management call with its body. An error refuses the
	// call. Its method ErrorType() string, if it has one, returns the x-amzn-ErrorType; the
	// default is InvalidSignatureException. Nil: the gateway only checks that a call has a
	// signature (api-gateway.md 7.2).
	Verify func(r *http.Request, body []byte) error
	// Log gets one line for each refused handshake, connect, disconnect, failed function
	// and refused management call: IDs and reasons, never a header, a query string, a token
	// or a message. The zero value writes nothing.
	Log zerolog.Logger
}

// Authorizer is a Lambda REQUEST authorizer (api-gateway.md 2).
type Authorizer struct {
	// IdentitySources must all be present. Otherwise the client is refused and the function
	// is not called. The forms are route.request.header.NAME,
	// route.request.querystring.NAME, stageVariables.NAME and context.NAME. If the list is
	// empty, the function is always called.
	IdentitySources []string
	// Invoker calls the function.
	Invoker Invoker
}

// Route describes a route.
type Route struct {
	Integration Integration
	// RouteResponse makes the route two-way: the client gets the body of the answer
	// (api-gateway.md 5.2). $connect and $disconnect ignore it.
	RouteResponse bool
	// Throttle is the throttle of this route. Nil means Config.Throttle.
	Throttle *Throttle
}

// Integration answers the messages of a route, with a function or a fixed text. Exactly one
// of Invoker and Mock is set.
type Integration struct {
	// Invoker calls the function (AWS_PROXY).
	Invoker Invoker
	// Mock is the answer of a MOCK integration, which calls no function.
	Mock string
	// Timeout is the longest time that a client waits for the function, 50 ms to 29 s. Zero
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
	errs = append(errs, c.Throttle.Check("the stage"))
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
		return fmt.Errorf("route %s: API Gateway reserves the keys that begin with $; it knows $connect, $disconnect and $default", key)
	case in.Invoker == nil && in.Mock == "":
		return fmt.Errorf("route %s: its integration has neither an Invoker nor a Mock text", key)
	case in.Invoker != nil && in.Mock != "":
		return fmt.Errorf("route %s: its integration has both an Invoker and a Mock text", key)
	case in.Timeout != 0 && (in.Timeout < minTimeout || in.Timeout > maxTimeout):
		return fmt.Errorf("route %s: the integration's timeout is %v, want %v to %v", key, in.Timeout, minTimeout, maxTimeout)
	}
	return r.Throttle.Check("route " + key)
}
