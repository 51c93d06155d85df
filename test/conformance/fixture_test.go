package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/local/gateway"
	"sallyport/local/sigv4"
)

// function is a Lambda function. It records its events and returns the result of answer.
type function struct {
	events chan event
	answer func(ctx context.Context, e event) (string, error)
}

func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e := event(payload)
	select {
	case f.events <- e:
	default: // the channel has more events than a test reads
	}
	text, err := f.answer(ctx, e)
	return []byte(text), err
}

// next returns the next event of the function.
func (f *function) next(t *testing.T) event {
	t.Helper()
	select {
	case e := <-f.events:
		return e
	case <-time.After(hangLimit):
		t.Fatal("the function was not called")
		return nil
	}
}

// calls returns the number of calls in words, without the calls that next returned.
func (f *function) calls() string {
	return []string{"not called", "called once", "called twice"}[min(len(f.events), 2)]
}

// newFunction returns a function that returns the result of answer.
func newFunction(answer func(ctx context.Context, e event) (string, error)) *function {
	return &function{events: make(chan event, 100), answer: answer}
}

// answers returns a function that always returns text.
func answers(text string) *function {
	return newFunction(func(context.Context, event) (string, error) { return text, nil })
}

// echoes returns a function that returns the body of its event.
func echoes() *function {
	return newFunction(func(_ context.Context, e event) (string, error) {
		return fmt.Sprintf(`{"statusCode":200,"body":%s}`, e.at("body")), nil
	})
}

// reported is the message of an error that a function returns.
type reported string

func (r reported) Error() string        { return "function error" }
func (r reported) ErrorMessage() string { return string(r) }

// fails returns a function that returns an error.
func fails(message string) *function {
	return newFunction(func(context.Context, event) (string, error) { return "", reported(message) })
}

// unreachable returns a function that cannot be invoked.
func unreachable() *function {
	return newFunction(func(context.Context, event) (string, error) { return "", errors.New("no such function") })
}

// hangs returns a function that answers text when release is closed.
func hangs(release <-chan struct{}, text string) *function {
	return newFunction(func(context.Context, event) (string, error) {
		<-release
		return text, nil
	})
}

const allowAll = `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`

const ok = `{"statusCode":200}`

// api describes the API of a fixture. A nil function means that the route does not exist.
type api struct {
	authorizer          *function
	sources             []string
	connect, disconnect *function
	byDefault           *function // two-way
	oneWay              *function // instead of byDefault
	routes              map[string]*function
	timeout             time.Duration // of every integration
	config              func(*gateway.Config)
}

func (a api) gatewayConfig() gateway.Config {
	c := gateway.Config{
		APIID: "a1b2c3d4e5", Region: "eu-west-1", AccountID: "111122223333", Stage: "dev",
		RouteSelection: "$request.body.action", Routes: map[string]gateway.Route{},
	}
	if a.authorizer != nil {
		c.Authorizer = &gateway.Authorizer{IdentitySources: a.sources, Invoker: a.authorizer}
	}
	add := func(key string, f *function, twoWay bool) {
		if f != nil {
			c.Routes[key] = gateway.Route{Integration: gateway.Integration{Invoker: f, Timeout: a.timeout}, RouteResponse: twoWay}
		}
	}
	add("$connect", a.connect, false)
	add("$disconnect", a.disconnect, false)
	add("$default", a.byDefault, true)
	add("$default", a.oneWay, false)
	for key, f := range a.routes {
		add(key, f, true)
	}
	if a.config != nil {
		a.config(&c)
	}
	return c
}

// serve starts an API. The API ends with the test.
func (s *env) serve(a api) *endpoint {
	s.Helper()
	key := aws.Credentials{AccessKeyID: "LOCALFIXTURE", SecretAccessKey: "of this test"}
	c := a.gatewayConfig()
	c.Verify = (&sigv4.Verifier{Keys: []aws.Credentials{key}, Service: "execute-api", Region: c.Region}).Verify
	g, err := gateway.New(c)
	if err != nil {
		s.Fatal(err)
	}
	l := s.listen()
	server := &http.Server{Handler: g, ConnContext: gateway.ConnContext, ReadHeaderTimeout: hangLimit}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(gateway.Listen(l))
	}()
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), hangLimit)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			s.Error(err)
		}
		_ = server.Close()
		<-done
	})
	host := l.Addr().String()
	return &endpoint{
		socket: &url.URL{Scheme: "ws", Host: host, Path: "/dev"}, connections: &url.URL{Scheme: "http", Host: host, Path: "/dev"},
		region: c.Region, key: key, pipes: s.pipes,
	}
}

// listen returns a listener on the network of the environment.
func (s *env) listen() net.Listener {
	s.Helper()
	if s.pipes != nil {
		return s.pipes
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	return l
}

// event is the event that a function received.
type event json.RawMessage

// at returns the unchanged JSON of the value at a path such as requestContext.identity, or
// "absent".
func (e event) at(path string) string {
	value := json.RawMessage(e)
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil || members[name] == nil {
			return "absent"
		}
		value = members[name]
	}
	return string(value)
}

// text returns the string at a path.
func (e event) text(path string) string {
	var s string
	if json.Unmarshal([]byte(e.at(path)), &s) != nil {
		return "not a string: " + e.at(path)
	}
	return s
}

// keys returns the names of the members of the object at a path ("": the event), in order.
func (e event) keys(path string) string {
	value := string(e)
	if path != "" {
		value = e.at(path)
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return "not an object: " + value
	}
	var names []string
	for decoder.More() {
		name, _ := decoder.Token()
		names = append(names, fmt.Sprint(name))
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return "not JSON"
		}
	}
	return strings.Join(names, ", ")
}
