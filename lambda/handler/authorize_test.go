package handler_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

const methodARN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/live/$connect"

// wantPolicy is the expected policy: Allow with a context, or Deny.
func wantPolicy(effect, principal string) map[string]any {
	p := map[string]any{
		"principalId": principal,
		"policyDocument": map[string]any{
			"Version":   "2012-10-17",
			"Statement": []any{map[string]any{"Action": "execute-api:Invoke", "Effect": effect, "Resource": methodARN}},
		},
	}
	if effect == "Allow" {
		p["context"] = map[string]any{"user": principal, "issuer": issuer, "sub": "sub-" + principal, "expires": 1708330500.0, "trace": madeTrace}
	}
	return p
}

func TestAuthorize(t *testing.T) {
	tests := []struct {
		name    string
		user    string
		verify  error
		wantLog map[string]any
		wantErr string
		want    map[string]any
	}{
		{
			name: "goodToken", user: "alice",
			wantLog: map[string]any{"level": "info", "outcome": "allowed", "code": nil, "reason": nil, "error": nil, "user": "alice", "userId": issuer + "#sub-alice", "credential": "bearer"},
			want:    wantPolicy("Allow", "alice"),
		},
		{
			name: "badToken", verify: errcode.Refuse(errcode.TokenExpired, "token expired 3m12s ago"),
			wantLog: map[string]any{
				"level": "warn", "outcome": "refused", "code": "token_expired", "reason": "token expired 3m12s ago", "error": nil, "user": nil,
			},
			wantErr: "Unauthorized",
		},
		{
			name: "otherAudience", user: "alice", verify: fmt.Errorf("wrapped: %w", errcode.Refuse(errcode.TokenAudience, "token is for another")),
			wantLog: map[string]any{
				"level": "warn", "outcome": "denied", "code": "token_audience", "reason": "token is for another", "error": nil, "user": "alice",
			},
			want: wantPolicy("Deny", "alice"),
		},
		{
			name: "deniedWithoutUser", verify: errcode.Refuse(errcode.TicketOrigin, "ticket of another origin"),
			wantLog: map[string]any{
				"level": "warn", "outcome": "denied", "code": "ticket_origin", "reason": "ticket of another origin", "error": nil, "user": nil,
			},
			want: wantPolicy("Deny", "nobody"),
		},
		{
			name: "issuerDown", verify: errors.New("issuer is down"),
			wantLog: map[string]any{
				"level": "error", "outcome": "failed", "code": "unavailable", "reason": nil, "error": "verify token: issuer is down", "user": nil,
			},
			wantErr: "verify token: issuer is down",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			w.verify = func(got string) (identity.User, time.Time, error) {
				if got != token {
					t.Errorf("verified token %q, want %q", got, token)
				}
				return person(test.user), expires, test.verify
			}
			answer, err := w.invoke(t.Context(), readEvent(t, "authorizer", nil))
			checkAnswer(t, answer, err, test.want, test.wantErr)
			w.logged(t, test.wantLog)
			w.logged(t, map[string]any{"route": "authorizer", "connectionId": connectionID})
			if w.table.calls != 0 {
				t.Errorf("got %d calls of the table, want none for a token", w.table.calls)
			}
		})
	}
}

// checkAnswer checks the answer, or the text of the error if wantErr is not empty.
func checkAnswer(t *testing.T, answer string, err error, want map[string]any, wantErr string) {
	t.Helper()
	if wantErr != "" {
		if err == nil || err.Error() != wantErr {
			t.Errorf("got %s, error %v, want exactly %q", answer, err, wantErr)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// refusalOf sends an authorizer event and returns the code of the refusal, "" if the
// client may connect. It checks that the refusal has the status of the catalogue.
func (w *fixture) refusalOf(t *testing.T, payload []byte) string {
	t.Helper()
	answer, err := w.invoke(t.Context(), payload)
	lines := w.lines(t)
	code, _ := lines[len(lines)-1]["code"].(string)
	var p struct {
		PolicyDocument struct{ Statement []struct{ Effect string } }
	}
	if err == nil {
		if err := json.Unmarshal([]byte(answer), &p); err != nil || len(p.PolicyDocument.Statement) != 1 {
			t.Fatalf("got answer %s, error %v, want a policy", answer, err)
		}
	}
	switch want := errcode.Of(errcode.Code(code)).Status; {
	case code == "" && err == nil && p.PolicyDocument.Statement[0].Effect == "Allow":
	case want == 401 && err != nil && err.Error() == "Unauthorized":
	case want == 403 && err == nil && p.PolicyDocument.Statement[0].Effect == "Deny":
	case want == 503 && err != nil && err.Error() != "Unauthorized":
	default:
		t.Errorf("got code %q with answer %s, error %v, want the status of the catalogue: %d", code, answer, err, want)
	}
	return code
}
