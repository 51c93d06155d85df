package gateway

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"api", func(c *Config) { c.APIID = "" }, "APIID is empty"},
		{"region", func(c *Config) { c.Region = "" }, "Region is empty"},
		{"account", func(c *Config) { c.AccountID = "" }, "AccountID is empty"},
		{"noStage", func(c *Config) { c.Stage = "" }, `stage ""`},
		{"stage", func(c *Config) { c.Stage = "a/b" }, `stage "a/b"`},
		{"selection", func(c *Config) { c.RouteSelection = "$action" }, `route selection expression "$action"`},
		{"sourceOfHTTPAPI", withAuthorizer(&function{}, "$request.header.Auth"), `identity source "$request.header.Auth": want route.request.header.NAME`},
		{"sourceWithoutName", withAuthorizer(&function{}, "route.request.header."), "identity source"},
		{"contextSource", withAuthorizer(&function{}, "context.authorizer.x"), "want one of context.{apiId,"},
		{"authorizer", func(c *Config) { c.Authorizer = &Authorizer{} }, "the authorizer has no Invoker"},
		{"emptyKey", func(c *Config) { c.Routes[""] = oneWay(&function{}) }, "empty key"},
		{"dollarKey", func(c *Config) { c.Routes["$other"] = oneWay(&function{}) }, "route $other: API Gateway reserves the keys"},
		{"noIntegration", func(c *Config) { c.Routes["x"] = Route{} }, "route x: its integration has neither"},
		{"twoIntegrations", func(c *Config) { c.Routes["x"] = Route{Integration: Integration{Invoker: &function{}, Mock: "x"}} }, "both"},
		{"longTimeout", func(c *Config) {
			c.Routes["x"] = Route{Integration: Integration{Mock: "x", Timeout: 30 * time.Second}}
		}, "30s, want 50ms to 29s"},
		{"shortTimeout", func(c *Config) {
			c.Routes["x"] = Route{Integration: Integration{Mock: "x", Timeout: 49 * time.Millisecond}}
		}, "49ms"},
		{"throttle", func(c *Config) { c.Throttle = &Throttle{Rate: -1} }, "the stage: the throttle is -1 requests a second"},
		{"routeThrottle", func(c *Config) {
			c.Routes["x"] = Route{Integration: Integration{Mock: "x"}, Throttle: &Throttle{Burst: -1}}
		}, "route x: the throttle"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config(map[string]Route{})
			test.change(&c)
			_, err := New(c)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "configure gateway: ") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := New(Config{}); strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("got %v, want five errors", err)
	}
}

func TestLimits(t *testing.T) {
	aws := Limits{}.withDefaults()
	if aws.Idle != 10*time.Minute || aws.Duration != 2*time.Hour || aws.Frame != 32768 || aws.Message != 131072 || aws.Rate != 10000 || aws.Burst != 5000 || aws.ConnectRate != 500 {
		t.Errorf("got %+v, want the limits of AWS", aws)
	}
	none := Limits{Rate: -1, ConnectRate: -1, Idle: -1, Frame: -1}.withDefaults()
	if throttleOf(none.Rate, none.Burst) != nil || throttleOf(none.ConnectRate, none.ConnectRate) != nil || none.Idle < 1000*time.Hour || none.Frame < 1<<40 {
		t.Errorf("got %+v, want no limits", none)
	}
}

// TestNoLimits checks that connections work without limits, and that sums do not overflow.
func TestNoLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(map[string]Route{routeDefault: twoWay(echoing())})
		c.Limits = Limits{Idle: -1, Duration: -1, Frame: -1, Message: -1, Authorizer: -1, ConnectRate: -1, Rate: -1, Burst: -1, Write: -1, Unsent: -1, Calls: -1}
		withAuthorizer(answering(allowAll))(&c)
		ws := serve(t, c).connect(t, nil)
		ws.SetReadLimit(-1)
		time.Sleep(100 * time.Hour)
		text := strings.Repeat("x", 200<<10)
		writeText(t, ws, text)
		if got := readText(t, ws); got != text {
			t.Errorf("got %d bytes, want %d", len(got), len(text))
		}
	})
}

// TestHeaderCaseLongHead checks that the names of a long head have the case of net/http.
func TestHeaderCaseLongHead(t *testing.T) {
	f := &function{}
	s := serve(t, config(map[string]Route{routeConnect: oneWay(f)}))
	s.sendHandshake(t, rawHandshake+"authorization: a\r\nX-Long: "+strings.Repeat("x", maxHead)+"\r\n\r\n")
	headers := decode(t, f.events()[0])["headers"].(map[string]any)
	if headers["Authorization"] != "a" || headers["Sec-WebSocket-Key"] == nil {
		t.Errorf("got the headers %v, want Authorization and Sec-WebSocket-Key", headers)
	}
}

// TestWithoutListen checks that the gateway works without Listen, with the header case of
// net/http.
func TestWithoutListen(t *testing.T) {
	f := &function{}
	g, err := New(config(map[string]Route{routeConnect: oneWay(f)}))
	if err != nil {
		t.Fatal(err)
	}
	network := newPipeListener()
	h := &http.Server{Handler: g, ReadHeaderTimeout: hangLimit}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Serve(network)
	}()
	client, server := net.Pipe()
	network.conns <- server
	handshakeOn(t, client, rawHandshake+"x-name: a\r\n\r\n")
	headers := decode(t, f.events()[0])["headers"].(map[string]any)
	if headers["X-Name"] != "a" || headers["Sec-WebSocket-Key"] == nil {
		t.Errorf("got the headers %v, want X-Name and Sec-WebSocket-Key", headers)
	}
	_ = client.Close()
	if err := g.Close(context.Background()); err != nil {
		t.Error(err)
	}
	_ = h.Close()
	<-done
}
