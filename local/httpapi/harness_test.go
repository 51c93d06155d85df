package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
)

// invoker is a function as an Invoker.
type invoker func(ctx context.Context, payload []byte) ([]byte, error)

func (f invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// answering returns a function whose answer is always text.
func answering(text string) invoker {
	return func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }
}

// recording returns a function that stores its event in payload and answers 200.
func recording(payload *[]byte) invoker {
	return func(_ context.Context, p []byte) ([]byte, error) {
		*payload = p
		return []byte(`{"statusCode":200}`), nil
	}
}

// newAPI returns an API with the route "POST /things" and its log.
func newAPI(t *testing.T, r Route, throttle *Throttle) (*API, *log) {
	t.Helper()
	l := &log{}
	a, err := New(Config{
		APIID: "a1b2c3", AccountID: "123456789012", Stage: "$default",
		Routes: map[string]Route{"POST /things": r}, Throttle: throttle, Log: zerolog.New(l),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return a, l
}

// log stores the lines of a log.
type log struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// request calls the handler of the API with a request.
func request(t *testing.T, a *API, method, target, body string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}
