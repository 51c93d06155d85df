package attack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/infra/build"
	"sallyport/local/function"
)

// A failure handles a request instead of the server, or calls pass to forward it.
type failure func(w http.ResponseWriter, r *http.Request, pass func())

// proxy forwards requests to a server, and lets a failure handle some of them.
type proxy struct {
	url  string
	next http.Handler

	mu      sync.Mutex // guards the fields below
	failure failure
	seen    int // requests since the failure was set
}

func newProxy(t *testing.T, next http.Handler) *proxy {
	t.Helper()
	p := &proxy{next: next}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.url = server.URL
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.failure
	p.seen++
	p.mu.Unlock()
	if f == nil {
		p.next.ServeHTTP(w, r)
		return
	}
	f(w, r, func() { p.next.ServeHTTP(w, r) })
}

// set makes the failure f handle all requests from now on; nil: forward them.
func (p *proxy) set(f failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure, p.seen = f, 0
}

// nth makes the failure f handle only the nth request from now on.
func (p *proxy) nth(n int, f failure) {
	var mu sync.Mutex // guards count
	count := 0
	p.set(func(w http.ResponseWriter, r *http.Request, pass func()) {
		mu.Lock()
		count++
		hit := count == n
		mu.Unlock()
		if hit {
			f(w, r, pass)
			return
		}
		pass()
	})
}

// requests returns the number of requests since the failure was set.
func (p *proxy) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// down closes the connection without an answer.
func down(http.ResponseWriter, *http.Request, func()) { panic(http.ErrAbortHandler) }

// slow never answers.
func slow(_ http.ResponseWriter, r *http.Request, _ func()) {
	_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client has gone
	<-r.Context().Done()
}

// answers returns a failure that answers with a status and a body.
func answers(status int, body string) failure {
	return func(w http.ResponseWriter, _ *http.Request, _ func()) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// forward returns a handler that forwards requests to the server at url.
func forward(url string) http.Handler {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, url+r.URL.Path, r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out.Header, out.ContentLength = r.Header.Clone(), r.ContentLength
		resp, err := client.Do(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = resp.Body.Close() }()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

// rig is the real Lambda with a proxy before its tables and a proxy before its issuer.
type rig struct {
	function       *function.Function
	tables, issuer *proxy
	keys           *issuer
	client         *dynamodb.Client // of the tables, without the proxy
	connections    string
	tickets        string
}

const rigOrigin = "https://site.example"

func newRig(t *testing.T) *rig {
	t.Helper()
	binary, err := build.Binary(t.Context(), "../..", build.Target{})
	if err != nil {
		t.Fatal(err)
	}
	dynamo, err := rigTables.get()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{keys: newIssuer(), client: newTables(dynamo, "eu-west-1")}
	r.tables, r.issuer = newProxy(t, forward(dynamo)), newProxy(t, r.keys)
	r.keys.url = r.issuer.url
	gone := httptest.NewServer(http.NotFoundHandler()) // @connections, without any connection
	t.Cleanup(gone.Close)

	plan, err := readPlan()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for name, value := range plannedVariables(plan) {
		env[name], _ = value.(string)
	}
	r.connections, r.tickets = env["TABLE_NAME"], env["TICKET_TABLE_NAME"]
	for name, value := range map[string]string{
		"ISSUER": r.issuer.url, "AUDIENCE": secondAudience, "ALLOWED_ORIGINS": rigOrigin, "CONNECTIONS_URL": gone.URL,
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_ENDPOINT_URL_DYNAMODB": r.tables.url,
	} {
		env[name] = value
	}
	if r.function, err = function.New(function.Config{Name: "rig", Path: binary, Env: env, Timeout: hangLimit}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.function.Close() })
	return r
}

// call invokes the function with an event. The answer of a failure begins with "failed: ".
func (r *rig) call(t *testing.T, event map[string]any) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	out, err := r.function.Invoke(ctx, []byte(encode(event)))
	var failure *function.Error
	if errors.As(err, &failure) {
		return fmt.Sprintf("failed: %s %s", failure.Type, failure.Message)
	}
	if err != nil {
		return "failed: " + err.Error()
	}
	return string(bytes.TrimSpace(out))
}

// askTicket sends the event of POST /tickets, as API Gateway does.
func (r *rig) askTicket(t *testing.T, token string) string {
	t.Helper()
	return r.call(t, map[string]any{
		"version": "2.0", "routeKey": "POST /tickets", "rawPath": "/tickets", "headers": map[string]string{"authorization": "Bearer " + token, "origin": rigOrigin},
		"requestContext": map[string]any{"routeKey": "POST /tickets", "http": map[string]string{"method": "POST", "path": "/tickets"}},
	})
}

// authorize sends the event of the authorizer with a credential such as bearer.X.
func (r *rig) authorize(t *testing.T, credential string) string {
	t.Helper()
	headers := map[string]string{"Sec-WebSocket-Protocol": "sallyport.v1, " + credential, "Origin": rigOrigin}
	return r.call(t, map[string]any{
		"type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/live/$connect", "headers": headers,
		"requestContext": map[string]any{"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "WhHAe-TROkECC5w="},
	})
}

// onConnection sends an event of a connection.
func (r *rig) onConnection(t *testing.T, id, routeKey, body string) string {
	t.Helper()
	kind := map[bool]string{true: "CONNECT", false: "MESSAGE"}[routeKey == "$connect"]
	now := time.Now()
	return r.call(t, map[string]any{
		"headers": map[string]string{"Sec-WebSocket-Protocol": "sallyport.v1", "Origin": rigOrigin}, "body": body,
		"requestContext": map[string]any{
			"routeKey": routeKey, "eventType": kind, "connectionId": id, "connectedAt": now.UnixMilli(),
			"authorizer": map[string]string{"user": "rigged", "issuer": r.keys.url, "sub": "rigged", "expires": fmt.Sprint(now.Add(time.Hour).Unix())},
		},
	})
}

// row returns a row of a table, or nil.
func (r *rig) row(t *testing.T, table, key, value string) map[string]types.AttributeValue {
	t.Helper()
	out, err := r.client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &table, ConsistentRead: aws.Bool(true), Key: map[string]types.AttributeValue{key: &types.AttributeValueMemberS{Value: value}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// eventually repeats do until it allows. After a failed fetch of keys, the function waits
// before the next one.
func eventually(do func() string) string {
	for end := time.Now().Add(hangLimit); ; {
		got := do()
		if strings.Contains(got, allowed) || time.Now().After(end) {
			return got
		}
		<-time.After(100 * time.Millisecond)
	}
}
