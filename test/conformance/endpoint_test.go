package conformance

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the time limit of each operation. Only an operation that hangs reaches it,
// on a busy machine too.
const hangLimit = support.HangLimit

// endpoint is a stage of an API, with the credentials of its clients.
type endpoint struct {
	socket, connections *url.URL
	http                string // the address of the HTTP API; "": the system has none
	region              string
	key                 aws.Credentials
	offer               string // the subprotocols that a client offers; "": none
	pipes               *pipes // the network in memory; nil: the network of the machine
}

func newEndpoint(o target.Outputs, key aws.Credentials, token string) *endpoint {
	e := &endpoint{region: o.Region, key: key, http: o.HTTPURL}
	if token != "" {
		e.offer = "sallyport.v1, bearer." + token
	}
	e.socket, _ = url.Parse(o.WebSocketURL)
	e.connections, _ = url.Parse(o.ConnectionsURL)
	return e
}

// upgrade is the request of a handshake. The zero value of each field is the usual value.
type upgrade struct {
	method  string
	path    string   // after the host; "": the path of the stage
	query   string   // begins with ?
	headers []string // they replace those with the same name; "Name:" removes a header
	noToken bool     // the request offers no subprotocols
}

// head returns the head of the request.
func (u upgrade) head(e *endpoint) string {
	if u.method == "" {
		u.method = "GET"
	}
	if u.path == "" {
		u.path = e.socket.Path
	}
	lines := []string{
		"Host: " + e.socket.Host, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}
	if e.offer != "" && !u.noToken {
		lines = append(lines, "Sec-WebSocket-Protocol: "+e.offer)
	}
	var own []string
	for _, h := range u.headers {
		name, value, _ := strings.Cut(h, ":")
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, name+":") })
		if value != "" {
			own = append(own, h)
		}
	}
	lines = slices.Concat([]string{u.method + " " + u.path + u.query + " HTTP/1.1"}, lines, own, []string{"", ""})
	return strings.Join(lines, "\r\n")
}

// dial opens a network connection. The connection ends with the test.
func (e *endpoint) dial(t *testing.T) net.Conn {
	t.Helper()
	address := e.socket.Host
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	var c net.Conn
	var err error
	switch {
	case e.pipes != nil:
		c, err = e.pipes.dial()
	case e.socket.Scheme == "wss":
		c, err = (&tls.Dialer{}).DialContext(ctx, "tcp", address+":443")
	default:
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(hangLimit))
	return c
}

// handshake sends the request of a handshake, and returns the client with the answer.
func (e *endpoint) handshake(t *testing.T, u upgrade) *client {
	t.Helper()
	c := newClient(t, e.dial(t))
	c.write([]byte(u.head(e)))
	c.readHead()
	return c
}

// open connects a client, or fails the test.
func (e *endpoint) open(t *testing.T) *client {
	t.Helper()
	return e.openWith(t, upgrade{})
}

func (e *endpoint) openWith(t *testing.T, u upgrade) *client {
	t.Helper()
	c := e.handshake(t, u)
	if c.Status != 101 {
		t.Fatalf("got the refusal %s of the handshake, want 101", c.refusal())
	}
	return c
}

// answer is an HTTP answer.
type answer struct {
	status int
	header http.Header
	body   string
}

var idPattern = regexp.MustCompile(`[A-Za-z0-9_-]{15}=`)

// plain returns text with each connection id replaced, because ids differ between runs.
func plain(text string) string {
	return idPattern.ReplaceAllString(text, "<id>")
}

// String returns status, error type and body.
func (a answer) String() string {
	parts := []string{fmt.Sprint(a.status)}
	if kind := a.header.Get("x-amzn-ErrorType"); kind != "" {
		parts = append(parts, kind)
	}
	if a.body != "" {
		parts = append(parts, plain(a.body))
	}
	return strings.Join(parts, " ")
}

// call is a request to @connections.
type call struct {
	method, id, body string
	path             string // after the host; "": the path of the id below the stage
	contentType      string
	signer           signer
}

// signer describes the signature of a call. The zero value signs correctly.
type signer struct {
	none, presign   bool
	key             *aws.Credentials
	service, region string
	at              time.Duration // from now
	expires         string        // presigned: seconds
	payload         string        // instead of the hash of the body
	encodedOnce     bool          // without a second encoding of the path
	change          func(r *http.Request)
}

func (e *endpoint) call(t *testing.T, c call) answer {
	t.Helper()
	base := *e.connections
	if c.path == "" {
		c.path = base.Path + "/@connections/" + url.QueryEscape(c.id)
	}
	base.Path = ""
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, c.method, base.String()+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	c.signer.sign(t, e, r, c.body)
	transport := &http.Transport{}
	if e.pipes != nil {
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return e.pipes.dial() }
	}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (s signer) sign(t *testing.T, e *endpoint, r *http.Request, body string) {
	t.Helper()
	key, service, region, payload := e.key, s.service, s.region, s.payload
	if s.key != nil {
		key = *s.key
	}
	if service == "" {
		service = "execute-api"
	}
	if region == "" {
		region = e.region
	}
	if hash := sha256.Sum256([]byte(body)); payload == "" {
		payload = hex.EncodeToString(hash[:])
	}
	options := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.encodedOnce }
	at := time.Now().Add(s.at)
	var err error
	switch {
	case s.none:
	case s.presign:
		if s.expires != "" {
			r.URL.RawQuery = "X-Amz-Expires=" + s.expires
		}
		var uri string
		if uri, _, err = v4.NewSigner().PresignHTTP(r.Context(), key, r, payload, service, region, at, options); err == nil {
			r.URL, err = url.Parse(uri)
		}
	default:
		err = v4.NewSigner().SignHTTP(r.Context(), key, r, payload, service, region, at, options)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.change != nil {
		s.change(r)
	}
}
