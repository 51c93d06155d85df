package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestRoutes(t *testing.T) {
	tests := map[string]string{ // message to route key
		`{"action":"join"}`:        "join",
		`{"action":"JOIN"}`:        "$default",
		`{"action":"other"}`:       "$default",
		`{"action":"$connect"}`:    "$default",
		`{"action":"$disconnect"}`: "$default",
		`{"action":5}`:             "5",
		`{"action":["a",1]}`:       "[a, 1]",
		`{"action":null}`:          "$default",
		`{}`:                       "$default",
		`plain text`:               "$default",
		``:                         "$default",
		`{"action":"join"`:         "$default",
		`{"action":"join"} x`:      "$default",
		`["join"]`:                 "$default",
	}
	f := &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
		doc, _ := parse(event)
		return bodyAnswer(doc.field("requestContext").field("routeKey")), nil
	}}
	routes := map[string]Route{}
	for _, key := range []string{"join", "5", "[a, 1]", routeConnect, routeDisconnect, routeDefault} {
		routes[key] = twoWay(f)
	}
	c := serve(t, config(routes)).mustConnect(t)
	for message, want := range tests {
		writeText(t, c, message)
		if got := readText(t, c); got != want {
			t.Errorf("%s took the route %s, want %s", message, got, want)
		}
	}
}

// Without $default, what selects no route gets an error frame, and the
// connection stays open.
func TestNoRoute(t *testing.T) {
	f := &fake{}
	s := serve(t, config(map[string]Route{"join": oneWay(f), routeConnect: oneWay(f)}))
	c := s.mustConnect(t)
	for _, message := range []string{`{"action":"other"}`, `text`, ``, `{"action":"$connect"}`} {
		writeText(t, c, message)
		checkErrorFrame(t, readText(t, c), "Forbidden", s.ids()[0])
	}
	if n := len(f.calls()); n != 1 {
		t.Errorf("got %d calls, want the one of $connect", n)
	}
}

// checkErrorFrame checks the frame to the byte, and returns its request id.
func checkErrorFrame(t *testing.T, got, message, connectionID string) string {
	t.Helper()
	id := regexp.MustCompile(`"requestId":"([A-Za-z0-9_-]{15}=)"`).FindStringSubmatch(got)
	if id == nil {
		t.Fatalf("got %s, want an error frame", got)
	}
	want := fmt.Sprintf(`{"message": %q, "connectionId":"%s", "requestId":"%s"}`, message, connectionID, id[1])
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	return id[1]
}

func TestMock(t *testing.T) {
	s := serve(t, config(map[string]Route{
		"ping":       {Integration: Integration{Mock: `{"type":"pong"}`}, RouteResponse: true},
		"silent":     {Integration: Integration{Mock: "never sent"}},
		routeConnect: {Integration: Integration{Mock: "ignored"}, RouteResponse: true}, routeDisconnect: {Integration: Integration{Mock: "ignored"}},
	}))
	c := s.mustConnect(t)
	writeText(t, c, `{"action":"silent"}`)
	writeText(t, c, `{"action":"ping"}`)
	if got := readText(t, c); got != `{"type":"pong"}` {
		t.Errorf("got %s, want the pong", got)
	}
}

// Messages run concurrently: the fast one overtakes the slow one.
func TestOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
			doc, _ := parse(event)
			wait, err := time.ParseDuration(doc.field("body").text())
			time.Sleep(wait)
			return bodyAnswer(doc.field("body")), err
		}}
		c := serve(t, config(map[string]Route{routeDefault: twoWay(f)})).mustConnect(t)
		var got []string
		for _, wait := range []string{"3s", "1s", "2s"} {
			writeText(t, c, wait)
		}
		for range 3 {
			got = append(got, readText(t, c))
		}
		if diff := cmp.Diff([]string{"1s", "2s", "3s"}, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

// A late function goes on; its answer is dropped.
func TestIntegrationTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		f := &fake{answer: func(ctx context.Context, _ []byte) ([]byte, error) {
			time.Sleep(40 * time.Second)
			ended.Store(ctx.Err() == nil)
			return []byte(`{"statusCode":200,"body":"late"}`), nil
		}}
		s := serve(t, config(map[string]Route{"slow": twoWay(f), "marker": {Integration: Integration{Mock: "marker"}, RouteResponse: true}}))
		c := s.mustConnect(t)
		started := time.Now()
		writeText(t, c, `{"action":"slow"}`)
		checkErrorFrame(t, readText(t, c), "Endpoint request timed out", s.ids()[0])
		if took := time.Since(started); took != 29*time.Second {
			t.Errorf("the timeout came after %v, want 29s", took)
		}
		time.Sleep(15 * time.Second)
		writeText(t, c, marker)
		if got := readText(t, c); got != "marker" || !ended.Load() {
			t.Errorf("got %q and ended = %v, want the function ended and its answer dropped", got, ended.Load())
		}
	})
}

func TestShorterTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoWay(sleeping(time.Second, `{"statusCode":200}`))
		r.Integration.Timeout = 500 * time.Millisecond
		s := serve(t, config(map[string]Route{routeDefault: r}))
		c := s.mustConnect(t)
		writeText(t, c, "x")
		checkErrorFrame(t, readText(t, c), "Endpoint request timed out", s.ids()[0])
	})
}

func TestThrottledMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := echoing()
		slow := twoWay(f)
		slow.Throttle = &Throttle{Rate: 1, Burst: 2}
		s := serve(t, config(map[string]Route{"slow": slow, routeDefault: twoWay(f)}))
		c := s.mustConnect(t)
		const message = `{"action":"slow"}`
		exchange := func() string {
			writeText(t, c, message)
			return readText(t, c)
		}
		for i, want := range []string{message, message, "", message, ""} {
			if i == 3 {
				time.Sleep(time.Second)
			}
			if got := exchange(); want == "" {
				checkErrorFrame(t, got, "Too Many Requests", s.ids()[0])
			} else if got != want {
				t.Errorf("message %d: got %s, want %s", i, got, want)
			}
		}
		writeText(t, c, "other route")
		if got := readText(t, c); got != "other route" {
			t.Errorf("got %s: another route is throttled too", got)
		}
	})
}

// A text to the client that is longer than a frame may be goes in several.
func TestLongReply(t *testing.T) {
	text := strings.Repeat("x", 128<<10)
	s := serve(t, config(map[string]Route{routeDefault: twoWay(answering(`{"statusCode":200,"body":"` + text + `"}`))}))
	c := s.rawConnect(t)
	c.write(frame(textEnd, nil))
	var got, lengths []int
	for done := false; !done; {
		first, payload := c.read()
		got, lengths = append(got, int(first)), append(lengths, len(payload))
		done = first&final != 0
	}
	if diff := cmp.Diff([]int{opText, 0, 0, 0, final}, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{32 << 10, 32 << 10, 32 << 10, 32 << 10, 0}, lengths); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
}

// One connection has only so many calls at a time; the rest waits unread.
func TestCallsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := sleeping(time.Second, `{"statusCode":200}`)
		c := config(map[string]Route{routeDefault: oneWay(f)})
		c.Limits.Calls = 2
		ws := serve(t, c).mustConnect(t)
		go func() {
			for range 3 {
				_ = ws.Write(context.Background(), websocket.MessageText, []byte("x"))
			}
		}()
		synctest.Wait()
		if n := len(f.calls()); n != 2 {
			t.Errorf("got %d calls at a time, want 2", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(f.calls()); n != 3 {
			t.Errorf("got %d calls in all, want 3", n)
		}
	})
}

// Secrets that pass through the gateway must not show in its log.
func TestLogTellsNoSecrets(t *testing.T) {
	const secret = "s3cr3t"
	f := &fake{answer: func(_ context.Context, event []byte) ([]byte, error) {
		text, _ := json.Marshal(map[string]any{"statusCode": 200, "body": secret + string(event)})
		return text, nil
	}}
	c := config(map[string]Route{routeConnect: oneWay(f), routeDefault: twoWay(f), "fail": oneWay(failing(reported(secret))), routeDisconnect: oneWay(failing(reported(secret)))})
	authorizedBy(answering(strings.ReplaceAll(allowAll, "ann", secret)), "route.request.querystring.token")(&c)
	s := serve(t, c)
	client := s.shake(t, strings.Replace(rawHandshake, "/dev", "/dev?token="+secret, 1)+"Cookie: "+secret+"\r\n\r\n")
	client.write(frame(textEnd, []byte(secret)))
	client.read()
	client.write(frame(textEnd, []byte(`{"action":"fail","`+secret+`":1}`)))
	client.read()
	client.write(closeFrame(4000, secret))
	client.readClose()
	for _, path := range []string{"/dev/@connections/" + secret, "/dev/" + secret, "/" + secret, "/dev?x=" + secret} {
		s.call(t, "POST", path, []byte(secret))
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := s.log.String()
	if strings.Contains(log, secret) || strings.Contains(log, "gateway.example") {
		t.Errorf("the log tells a secret:\n%s", log)
	}
	for _, want := range []string{`"message":"connected"`, `"message":"disconnected"`, `"route":"fail"`, `"status":403`, `"status":400`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}
