package inspector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// gateway is a handler of the @connections API that keeps the messages.
type gateway struct{ messages []string }

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.messages = append(g.messages, string(body))
}

func TestPushFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, g := newFixture(), &gateway{}
		f.connections = []Connection{{ID: "one="}, {ID: "two="}, {ID: "four="}, {ID: "five="}}
		h := f.Gateway(g)
		for _, action := range []struct{ name, body string }{
			{"gone", `{"connectionId":"one="}`},
			{"slow", `{}`},
			{"slow", `{"connectionId":"two="}`}, // replaces the previous one
			{"lose", `{"connectionId":"four="}`},
			{"delay", `{"connectionId":"five=","seconds":3}`},
		} {
			f.ask(t, http.MethodPost, "/inspector/actions/"+action.name, action.body)
		}
		for i, c := range []struct {
			method, path string
			status       int
			kind         string // the error type
			took         time.Duration
			arrives      bool
		}{
			{"POST", "/live", 200, "", 0, true},
			{"GET", "/live/@connections/one=", 200, "", 0, true},
			{"POST", "/live/@connections/three=", 200, "", 0, true},
			{"POST", "/live/%40connections/one%3D", 410, "GoneException", 0, false},
			{"POST", "/live/@connections/one=", 200, "", 0, true},
			{"POST", "/live/@connections/two=", 200, "", slowDelay, true},
			{"POST", "/live/@connections/two=", 200, "", 0, true},
			{"POST", "/live/@connections/four=", 500, "InternalServerErrorException", slowDelay, false},
			{"POST", "/live/@connections/four=", 200, "", 0, true},
			{"POST", "/live/@connections/five=", 200, "", 1500 * time.Millisecond, true}, // the time passes twice as fast
			{"POST", "/live/@connections/five=", 200, "", 0, true},
		} {
			g.messages = nil
			began, w := time.Now(), httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader("hello")))
			if took := time.Since(began); w.Code != c.status || took != c.took || len(g.messages) == 1 != c.arrives {
				t.Errorf("call %d: got %d after %v, messages %q, want %d after %v, arrives %t", i, w.Code, took, g.messages, c.status, c.took, c.arrives)
			}
			if got := strings.Join(w.Header()["x-amzn-ErrorType"], ","); got != c.kind { //nolint:staticcheck // the spelling of AWS
				t.Errorf("call %d: got the error type %q, want %q", i, got, c.kind)
			}
		}
		if got := len(f.armed); got != 0 {
			t.Errorf("got %d injected failures, want none", got)
		}
	})
}

func TestDelayRange(t *testing.T) {
	for body, status := range map[string]int{`{}`: 204, `{"seconds":60}`: 204, `{"seconds":60.1}`: 400, `{"seconds":-1}`: 400, `{"seconds":"1"}`: 400} {
		if w := newFixture().ask(t, http.MethodPost, "/inspector/actions/delay", body); w.Code != status {
			t.Errorf("%s: got %d %s, want %d", body, w.Code, w.Body, status)
		}
	}
}

// The worker is killed during its first push. A push of another event kills no process.
func TestKillWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, g := newFixture(), &gateway{}
		message := []byte(`{"requestContext":{"routeKey":"$default","connectionId":"one"}}`)
		work := []byte(`{"Records":[{"eventSource":"aws:sqs"}]}`)
		f.ask(t, http.MethodPost, "/inspector/actions/kill-worker", `{}`)
		for _, c := range []struct {
			working [][]byte
			left    int
			armed   bool
		}{
			{[][]byte{message}, 1, true},
			{[][]byte{message, work}, 1, false},
			{[][]byte{message, work}, 2, false},
		} {
			f.working = c.working
			w := httptest.NewRecorder()
			f.Gateway(g).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/live/@connections/one=", strings.NewReader("hello")))
			if len(f.working) != c.left || f.isArmed(killWorker, "") != c.armed || w.Code != http.StatusOK {
				t.Errorf("got %d events in progress, armed %t, status %d, want %d, %t, 200", len(f.working), f.isArmed(killWorker, ""), w.Code, c.left, c.armed)
			}
		}
		if got := strings.Join(g.messages, ","); got != "hello,hello,hello" {
			t.Errorf("got the messages %q, want hello three times", got)
		}
	})
}

func TestOutages(t *testing.T) {
	f := newFixture()
	handlers := map[string]func(http.Handler) http.Handler{"queue-down": f.Queue, "table-down": f.Table, "gateway-down": f.Gateway}
	wantDown := func(down string) {
		t.Helper()
		for outage, wrap := range handlers {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				w := httptest.NewRecorder()
				wrap(&gateway{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/", nil))
				if failed := w.Code >= 500; failed != (outage == down) {
					t.Errorf("%s during %q: got %d %s, want a failure %t", outage, down, w.Code, w.Body, outage == down)
				}
			}
		}
	}
	wantDown("")
	for outage := range handlers {
		f.expired = nil
		if w := f.ask(t, http.MethodPost, "/inspector/actions/"+outage, `{}`); w.Code != http.StatusNoContent {
			t.Errorf("%s: got %d %s, want 204", outage, w.Code, w.Body)
		}
		wantDown(outage)
		wantDown(outage) // an outage lasts until it is disarmed
		want := ""
		if outage == "gateway-down" {
			want = "one,two"
		}
		if got := strings.Join(f.expired, ","); got != want {
			t.Errorf("%s: got closed connections %q, want %q", outage, got, want)
		}
		f.ask(t, http.MethodPost, "/inspector/actions/disarm", `{}`)
		wantDown("")
	}
}
