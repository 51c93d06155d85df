package inspector

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// counter is a function that counts its calls.
type counter int

func (c *counter) Invoke(context.Context, []byte) ([]byte, error) {
	*c++
	return []byte(`"real"`), nil
}

func TestAuthorizerFailures(t *testing.T) {
	f, real := newFixture(), new(counter)
	invoker := f.Invoker(real)
	message := []byte(`{"requestContext":{"routeKey":"$default","connectionId":"one"}}`)
	invoke := func(payload []byte) string {
		answer, err := invoker.Invoke(t.Context(), payload)
		var failure interface {
			error
			ErrorMessage() string
		}
		if errors.As(err, &failure) {
			return failure.ErrorMessage()
		}
		return string(answer)
	}
	if got := invoke(authorizerEvent()); got != `"real"` {
		t.Errorf("without a failure: got %s", got)
	}

	f.arm(refuse, "")
	if got := invoke(message); got != `"real"` {
		t.Errorf("message: got %s", got)
	}
	var policy struct {
		PolicyDocument struct{ Statement []map[string]string }
	}
	if err := json.Unmarshal([]byte(invoke(authorizerEvent())), &policy); err != nil {
		t.Fatal(err)
	}
	if got := policy.PolicyDocument.Statement[0]; got["Effect"] != "Deny" || got["Resource"] != "arn:x/live/$connect" {
		t.Errorf("got the statement %v", got)
	}
	f.arm(expire, "")
	if got := invoke(authorizerEvent()); got != "Unauthorized" {
		t.Errorf("expired token: got %s", got)
	}
	if got := invoke(authorizerEvent()); got != `"real"` {
		t.Errorf("next event: got %s", got)
	}
	if *real != 3 {
		t.Errorf("got %d calls of the Lambda, want 3", *real)
	}

	events := f.state(t, "").Events
	if len(events) != 2 || events[0].Failure != refuse || events[0].Answer == nil || events[1].Failure != expire || events[1].Error != "errorString: Unauthorized" {
		t.Errorf("got the events %+v", events)
	}
}

func TestPushFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		h := f.Management(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
		call := func(method, path string) (status int, took time.Duration, kind []string) {
			began, w := time.Now(), httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
			return w.Code, time.Since(began), w.Header()["x-amzn-ErrorType"] //nolint:staticcheck // the spelling of AWS
		}
		f.arm(gone, "one=")
		f.arm(slow, "")
		f.arm(slow, "two=") // replaces the previous one
		for i, c := range []struct {
			method, path string
			status       int
			took         time.Duration
		}{
			{"POST", "/live", 200, 0},
			{"GET", "/live/@connections/one=", 200, 0},
			{"POST", "/live/@connections/three=", 200, 0},
			{"POST", "/live/%40connections/one%3D", 410, 0},
			{"POST", "/live/@connections/one=", 200, 0},
			{"POST", "/live/@connections/two=", 200, slowDelay},
			{"POST", "/live/@connections/two=", 200, 0},
		} {
			status, took, kind := call(c.method, c.path)
			if status != c.status || took != c.took {
				t.Errorf("call %d: got %d after %v, want %d after %v", i, status, took, c.status, c.took)
			}
			if gone := len(kind) == 1 && kind[0] == "GoneException"; gone != (c.status == 410) {
				t.Errorf("call %d: got the error type %v", i, kind)
			}
		}
		if got := len(f.armed); got != 0 {
			t.Errorf("got %d injected failures, want none", got)
		}
	})
}
