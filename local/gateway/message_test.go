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
)

// checkErrorFrame checks the exact text of an error frame, except for its request id.
func checkErrorFrame(t *testing.T, got, message, connectionID string) {
	t.Helper()
	const id = `"requestId":"[A-Za-z0-9_-]{15}="`
	want := fmt.Sprintf(`{"message": %q, "connectionId":%q, "requestId":ID}`, message, connectionID)
	if got := regexp.MustCompile(id).ReplaceAllString(got, `"requestId":ID`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDisconnectMock checks that a MOCK integration of $disconnect is ignored.
func TestDisconnectMock(t *testing.T) {
	s := serve(t, config(map[string]Route{routeDisconnect: {Integration: Integration{Mock: "ignored"}, RouteResponse: true}}))
	client := s.rawConnect(t)
	client.write(closeFrame(1000, ""))
	if code, _ := client.readClose(); code != 1000 {
		t.Errorf("got the close code %d, want 1000", code)
	}
}

// TestIntegrationTimeout checks the default timeout of an integration, and that the function
// continues while its answer is dropped.
func TestIntegrationTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		f := &function{answer: func(ctx context.Context, _ []byte) ([]byte, error) {
			time.Sleep(40 * time.Second)
			ended.Store(ctx.Err() == nil)
			return []byte(`{"statusCode":200,"body":"late"}`), nil
		}}
		s := serve(t, config(map[string]Route{"slow": twoWay(f), "marker": markerRoute}))
		c := s.connect(t, nil)
		started := time.Now()
		writeText(t, c, `{"action":"slow"}`)
		checkErrorFrame(t, readText(t, c), "Endpoint request timed out", s.ids()[0])
		if took := time.Since(started); took != 29*time.Second {
			t.Errorf("the timeout came after %v, want 29s", took)
		}
		time.Sleep(15 * time.Second)
		writeText(t, c, marker)
		if got := readText(t, c); got != "marker" || !ended.Load() {
			t.Errorf("got %q and ended = %v, want the marker and an ended function", got, ended.Load())
		}
	})
}

// TestCallsLimit checks that the gateway stops reading a connection with Limits.Calls
// messages in progress.
func TestCallsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := sleeping(time.Second, `{"statusCode":200}`)
		c := config(map[string]Route{routeDefault: oneWay(f)})
		c.Limits.Calls = 2
		ws := serve(t, c).connect(t, nil)
		go func() {
			for range 3 {
				_ = ws.Write(context.Background(), websocket.MessageText, []byte("x"))
			}
		}()
		synctest.Wait()
		if n := len(f.events()); n != 2 {
			t.Errorf("got %d calls at the same time, want 2", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(f.events()); n != 3 {
			t.Errorf("got %d calls in all, want 3", n)
		}
	})
}

// TestLogHasNoSecrets checks that the log has no text of a client or a function.
func TestLogHasNoSecrets(t *testing.T) {
	const secret = "s3cr3t"
	f := &function{answer: func(_ context.Context, event []byte) ([]byte, error) {
		text, _ := json.Marshal(map[string]any{"statusCode": 200, "body": secret + string(event)})
		return text, nil
	}}
	c := config(map[string]Route{routeConnect: oneWay(f), routeDefault: twoWay(f), "fail": oneWay(failing(reported(secret))), routeDisconnect: oneWay(failing(reported(secret)))})
	withAuthorizer(answering(strings.ReplaceAll(allowAll, "ann", secret)), "route.request.querystring.token")(&c)
	s := serve(t, c)
	client := s.sendHandshake(t, strings.Replace(rawHandshake, "/dev", "/dev?token="+secret, 1)+"Cookie: "+secret+"\r\n\r\n")
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
		t.Errorf("got a secret in the log:\n%s", log)
	}
	for _, want := range []string{`"message":"connected"`, `"message":"disconnected"`, `"route":"fail"`, `"status":403`, `"status":400`} {
		if !strings.Contains(log, want) {
			t.Errorf("got a log without %s:\n%s", want, log)
		}
	}
}
