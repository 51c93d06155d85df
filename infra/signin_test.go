package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
)

// The console's client rotates refresh tokens and has no password flow, because users
// sign in on the hosted pages. Cognito refuses ALLOW_REFRESH_TOKEN_AUTH beside
// rotation, and replaces an empty list of flows by its defaults.
func TestConsoleClient(t *testing.T) {
	client := named(t, stackPlan(t, "dev"), "aws:cognito/userPoolClient:UserPoolClient", "console")
	for name, pair := range map[string][2]any{
		"flows":      {client.Get("explicitAuthFlows"), []any{"ALLOW_CUSTOM_AUTH"}},
		"rotation":   {client.Get("refreshTokenRotation"), map[string]any{"feature": "ENABLED", "retryGracePeriodSeconds": 30.0}},
		"revocation": {client.Get("enableTokenRevocation"), true},
		"secret":     {client.Get("generateSecret"), false},
		"grants":     {client.Get("allowedOauthFlows"), []any{"code"}},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: -got +want:\n%s", name, diff)
		}
	}
}

// The client of scripts/token.sh has only the password flow that needs IAM permissions, and
// no sign-in pages. The function accepts its tokens.
func TestToolClient(t *testing.T) {
	p := stackPlan(t, "dev")
	client := named(t, p, "aws:cognito/userPoolClient:UserPoolClient", "tools")
	if diff := cmp.Diff(client.Get("explicitAuthFlows"), any([]any{"ALLOW_ADMIN_USER_PASSWORD_AUTH"})); diff != "" {
		t.Errorf("flows: -got +want:\n%s", diff)
	}
	for _, of := range []string{"allowedOauthFlows", "allowedOauthFlowsUserPoolClient", "callbackUrls", "supportedIdentityProviders"} {
		if got := client.Get(of); got != nil {
			t.Errorf("%s: got %v, want no pages", of, got)
		}
	}
	if got := environment(t, p)[env.ToolAudience]; got != client.ID || p.Outputs["toolClientId"] != client.ID {
		t.Errorf("got audience %v and output %v, want %s", got, p.Outputs["toolClientId"], client.ID)
	}
	elsewhere := stackPlan(t, "local") // with an issuer of its own
	if got := environment(t, elsewhere)[env.ToolAudience]; got != nil || elsewhere.Outputs["toolClientId"] != nil {
		t.Errorf("got audience %v and output %v with a configured issuer, want none", got, elsewhere.Outputs["toolClientId"])
	}
}
