package inspector

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
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
		t.Errorf("got %d calls of the function, want 3", *real)
	}

	events := f.state(t, "").Events
	if len(events) != 2 || events[0].Failure != refuse || events[0].Answer == nil || events[1].Failure != expire || events[1].Error != "errorString: Unauthorized" {
		t.Errorf("got the events %+v", events)
	}
}
