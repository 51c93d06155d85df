package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestRefusals(t *testing.T) {
	broken := invoker(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("panic: secret") })
	for name, c := range map[string]struct {
		function        Invoker
		throttle        *Throttle
		method, path    string
		body, header    string
		status          int
		message, reason string // of the body; of the log
	}{
		"otherPath":     {method: "POST", path: "/secret", status: 404, message: "Not Found", reason: "no such route"},
		"otherMethod":   {method: "GET", path: "/things", status: 404, message: "Not Found", reason: "no such route"},
		"slashAtEnd":    {method: "POST", path: "/things/", status: 404, message: "Not Found", reason: "no such route"},
		"stageInPath":   {method: "POST", path: "/$default/things", status: 404, message: "Not Found", reason: "no such route"},
		"throttled":     {throttle: &Throttle{}, method: "POST", path: "/things", status: 429, message: "Too Many Requests", reason: "throttled"},
		"bodyTooLong":   {method: "POST", path: "/things", body: strings.Repeat("x", 10<<20+1), status: 413, message: "Request Entity Too Large", reason: "the body has more than"},
		"eventTooLong":  {method: "POST", path: "/things", body: strings.Repeat("x", 6<<20), status: 413, message: "Request Entity Too Large", reason: "the event has more than"},
		"headTooLong":   {method: "POST", path: "/things", header: strings.Repeat("x", 10240), status: 431, message: "Request Header Fields Too Large", reason: "the head has"},
		"functionFails": {function: broken, method: "POST", path: "/things", status: 500, message: "Internal Server Error", reason: "the function failed"},
		"notJSON":       {function: answering("secret"), method: "POST", path: "/things", status: 500, message: "Internal Server Error", reason: "not JSON"},
		"noAnswer":      {function: answering(""), method: "POST", path: "/things", status: 500, message: "Internal Server Error", reason: "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.function == nil {
				c.function = answering(`{"statusCode":200,"body":"called"}`)
			}
			a, logged := newAPI(t, Route{Invoker: c.function}, c.throttle)
			resp := request(t, a, c.method, c.path+"?secret=1", c.body, "X-Secret", c.header, "Authorization", "Bearer secret")
			defer resp.Body.Close() //nolint:errcheck // in memory
			body, _ := io.ReadAll(resp.Body)
			if got, want := string(body), `{"message":"`+c.message+`"}`; resp.StatusCode != c.status || got != want {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, got, c.status, want)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("got the content type %q, want application/json", got)
			}
			if !strings.Contains(logged.String(), c.reason) || strings.Contains(logged.String(), "secret") {
				t.Errorf("got the log %s, want %q and no text of the client or the function", logged, c.reason)
			}
		})
	}
}

// TestTimeout checks that the client gets 503 after 30 s, while the function continues.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		a, logged := newAPI(t, Route{Invoker: invoker(func(ctx context.Context, _ []byte) ([]byte, error) {
			time.Sleep(time.Minute) // of the fake clock
			ended <- ctx.Err()
			return []byte(`{}`), nil
		})}, nil)
		started := time.Now()
		resp := request(t, a, "POST", "/things", "")
		defer resp.Body.Close() //nolint:errcheck // in memory
		body, _ := io.ReadAll(resp.Body)
		if took := time.Since(started); took != 30*time.Second {
			t.Errorf("the client waited for %v, want 30 s", took)
		}
		if resp.StatusCode != 503 || string(body) != `{"message":"Service Unavailable"}` || resp.Header.Get("Content-Type") != "" {
			t.Errorf("got %d %s with the headers %v, want 503 without a content type", resp.StatusCode, body, resp.Header)
		}
		if err := <-ended; err != nil {
			t.Errorf("got the context error %v in the function, want none", err)
		}
		if !strings.Contains(logged.String(), "did not answer in time") {
			t.Errorf("got the log %s, want the reason", logged)
		}
	})
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAPI(t, Route{Invoker: answering(`{"statusCode":200}`)}, &Throttle{Rate: 2, Burst: 3})
		passed := func(n int) (got int) {
			for range n {
				resp := request(t, a, "POST", "/things", "")
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					got++
				}
			}
			return got
		}
		if got := passed(10); got != 3 {
			t.Errorf("%d requests passed at once, want the burst of 3", got)
		}
		time.Sleep(time.Second)
		if got := passed(10); got != 2 {
			t.Errorf("%d requests passed a second later, want the rate of 2", got)
		}
	})
}

// TestThrottleRace checks that exactly the burst passes when clients send concurrently.
func TestThrottleRace(t *testing.T) {
	const burst, clients = 7, 50
	a, _ := newAPI(t, Route{Invoker: answering(`{"statusCode":200}`)}, &Throttle{Rate: 1e-9, Burst: burst})
	var wg sync.WaitGroup
	statuses := make(chan int, clients)
	for range clients {
		wg.Go(func() {
			resp := request(t, a, "POST", "/things", "")
			_ = resp.Body.Close()
			statuses <- resp.StatusCode
		})
	}
	wg.Wait()
	close(statuses)
	passed := 0
	for status := range statuses {
		if status == http.StatusOK {
			passed++
		}
	}
	if passed != burst {
		t.Errorf("%d requests passed, want %d", passed, burst)
	}
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAPI(t, Route{Invoker: invoker(func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done() // the function does not end before
			return nil, ctx.Err()
		})}, nil)
		var requests sync.WaitGroup
		requests.Go(func() {
			resp := request(t, a, "POST", "/things", "")
			_ = resp.Body.Close()
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := a.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want that of the deadline", err)
		}
		requests.Wait()
		resp := request(t, a, "POST", "/things", "")
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got %d from a closed API, want 503", resp.StatusCode)
		}
	})
}

func TestConfigRefused(t *testing.T) {
	f := answering("{}")
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"stage":     {Config{Stage: "dev"}, `the stage is "dev": only $default is served`},
		"throttle":  {Config{Stage: "$default", Throttle: &Throttle{Rate: -1}}, "the stage: the throttle is -1 requests a second"},
		"any":       {Config{Stage: "$default", Routes: map[string]Route{"ANY /x": {Invoker: f}}}, `route "ANY /x": want a method and a path`},
		"default":   {Config{Stage: "$default", Routes: map[string]Route{"$default": {Invoker: f}}}, `route "$default": want a method and a path`},
		"variable":  {Config{Stage: "$default", Routes: map[string]Route{"GET /{id}": {Invoker: f}}}, `route "GET /{id}": want a method and a path`},
		"noInvoker": {Config{Stage: "$default", Routes: map[string]Route{"GET /x": {}}}, "route GET /x: it has no Invoker"},
		"tooLong":   {Config{Stage: "$default", Routes: map[string]Route{"GET /x": {Invoker: f, Timeout: time.Minute}}}, "the integration's timeout is 1m0s, want 50ms to 30s"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}
