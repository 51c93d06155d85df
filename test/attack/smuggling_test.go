package attack

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestRequestSmuggling sends requests whose end two servers in a row could find at
// different places. The gateway must refuse the hidden request, an order to the function,
// like every unsigned request.
func TestRequestSmuggling(t *testing.T) {
	v := open.get(t)
	address := v.socket.Host
	live := v.mustConnect(t, v.token(t, "victoria"))
	hidden := fmt.Sprintf("POST /2015-03-31/functions/%s/invocations HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", v.FunctionName, len(forgedPush), forgedPush)
	chunked := "0\r\n\r\n" + hidden
	for _, try := range []struct{ name, tries, head, body string }{
		{"clTE", "Content-Length and Transfer-Encoding", fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", len(chunked)), chunked},
		{"teCL", "Transfer-Encoding and a short Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden)},
		{"teTE", "Transfer-Encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked},
		{"teUnknown", "an unknown Transfer-Encoding", "Transfer-Encoding: xchunked\r\n", chunked},
		{"teList", "chunked and identity in a list", "Transfer-Encoding: chunked, identity\r\n", chunked},
		{"teSpace", "a space before the colon", "Transfer-Encoding : chunked\r\n", chunked},
		{"teTab", "a vertical tab in its value", "Transfer-Encoding: \x0bchunked\r\n", chunked},
		{"clTwice", "Content-Length twice, with two values", "Content-Length: 0\r\nContent-Length: 44\r\n", hidden},
		{"clPlus", "Content-Length +5", "Content-Length: +5\r\n", hidden},
		{"clNegative", "Content-Length -1", "Content-Length: -1\r\n", hidden},
		{"clHex", "Content-Length 0x10", "Content-Length: 0x10\r\n", hidden},
		{"clHuge", "Content-Length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", hidden},
		{"badChunk", "a chunk of a negative length", "Transfer-Encoding: chunked\r\n", "-1\r\n\r\n" + hidden},
		{"hugeChunk", "a chunk of 2^64", "Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n" + hidden},
		{"upgradeBody", "a handshake with a body", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5\r\n", "hello" + hidden},
	} {
		for _, path := range []string{v.connections.Path + "/@connections/WhHAe-TROkECC5w%3D", "/2015-03-31/functions/f/invocations"} {
			answers := converse(t, address, "POST "+path+" HTTP/1.1\r\nHost: "+address+"\r\n"+try.head+"\r\n"+try.body)
			attempt{"smuggling/" + try.name, try.tries + ", at " + path[:min(12, len(path))]}.verdict(t, fmt.Sprint(answers), safely(answers))
		}
		if u, err := url.Parse(v.http); err == nil && v.http != "" {
			answers := converse(t, u.Host, "POST /tickets HTTP/1.1\r\nHost: "+u.Host+"\r\n"+try.head+"\r\n"+try.body)
			attempt{"smuggling/" + try.name + "Tickets", try.tries + ", at /tickets"}.verdict(t, fmt.Sprint(answers), safely(answers))
		}
	}
	attempt{"smuggling/order", "the function executes one of the hidden orders"}.expect(t, live.ask("are you there?"), `{"type":"echo"`)
}

// safely reports whether every answer refuses.
func safely(answers []int) bool {
	for _, status := range answers {
		if status < 400 {
			return false
		}
	}
	return true
}

// converse sends bytes and returns the status of each answer.
func converse(t *testing.T, address, request string) []int {
	t.Helper()
	conn := dial(t, address)
	_, _ = io.WriteString(conn, request)
	if w, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	in := bufio.NewReader(conn)
	var all []int
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return all
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		all = append(all, resp.StatusCode)
	}
}

// TestPathsOfTheGateway requests paths that the gateway must not serve.
func TestPathsOfTheGateway(t *testing.T) {
	v := open.get(t)
	base := "http://" + v.socket.Host
	for _, path := range []string{
		"/", "/live", "/live/", "/live/@connections", "/live/@connections/", "/live/@connections/../..", "/live/@connections/%2e%2e%2f", "//live", "/live//@connections/x",
		"/.git/config", "/.local/credentials", "/inspector/state", "/debug/pprof/", "/metrics", "/2015-03-31/functions/", "/2018-06-01/runtime/invocation/next", "/%00", "/live%00", "//evil.example/..", "/.//evil.example",
	} {
		got := do(t, request{method: http.MethodGet, url: base, change: func(r *http.Request) { r.URL.Opaque = "//" + r.URL.Host + path }})
		attempt{"path/" + strings.ReplaceAll(path, "/", "."), "GET " + path}.expect(t, got.verdict(), "4")
	}
}
