package infra

import (
	"bytes"
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/discovery"
	"sallyport/infra/plan"
)

// asIssuers is the argument with which the test binary runs the program on a network
// with the issuers of testdata/issuers.
const asIssuers = "issuers"

//go:embed testdata/issuers/*.json
var issuerFiles embed.FS

// issuers is a transport that answers with the discovery document of an issuer.
type issuers struct{}

func (issuers) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := &http.Response{StatusCode: http.StatusNotFound, Status: "404 Not Found", Body: http.NoBody, Request: r}
	files, err := issuerFiles.ReadDir("testdata/issuers")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := issuerFiles.ReadFile("testdata/issuers/" + f.Name())
		if err != nil {
			return nil, err
		}
		var d struct{ Issuer string }
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, err
		}
		if r.URL.String() == strings.TrimSuffix(d.Issuer, "/")+"/.well-known/openid-configuration" {
			answer.StatusCode, answer.Status, answer.Body = http.StatusOK, "200 OK", io.NopCloser(bytes.NewReader(text))
		}
	}
	return answer, nil
}

func issuersOrigins() originFinder {
	return discovery.Reader{Client: &http.Client{Transport: issuers{}}}.Origins
}

// stackFile writes a stack's configuration file. Each line is a setting in YAML,
// without the project's name.
func stackFile(t *testing.T, lines ...string) string {
	t.Helper()
	text := "config:\n  aws:region: eu-west-1\n"
	for _, line := range lines {
		text += "  sallyport:" + line + "\n"
	}
	path := filepath.Join(t.TempDir(), "Pulumi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The console may call the endpoints of its issuer on every origin that the discovery
// document has.
func TestConsoleMayCallIssuer(t *testing.T) {
	const tenant = "11112222-3333-4444-5555-666677778888"
	tests := map[string]struct{ issuer, want string }{
		"cognito": {
			"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
			"https://cognito-idp.eu-west-1.amazonaws.com https://chat.auth.eu-west-1.amazoncognito.com",
		},
		"google": {
			"https://accounts.google.com",
			"https://accounts.google.com https://oauth2.googleapis.com https://openidconnect.googleapis.com https://www.googleapis.com",
		},
		"entra v1": {"https://sts.windows.net/" + tenant + "/", "https://sts.windows.net https://login.microsoftonline.com"},
		"entra v2": {"https://login.microsoftonline.com/" + tenant + "/v2.0", "https://login.microsoftonline.com https://graph.microsoft.com"},
		"okta":     {"https://chat.okta.com/oauth2/default", "https://chat.okta.com"},
		"auth0":    {"https://chat.eu.auth0.com/", "https://chat.eu.auth0.com"},
		"keycloak": {"https://id.example.com/realms/chat", "https://id.example.com"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := runProgram(t, asIssuers, "dev", stackFile(t, "issuer: "+test.issuer, "clientId: console"))
			if err != nil {
				t.Fatal(err)
			}
			if got := mayCall(t, p); !strings.HasSuffix(got, "execute-api.eu-west-1.amazonaws.com "+test.want) {
				t.Errorf("the console may call %s, want %s at the end", got, test.want)
			}
		})
	}
}

// mayCall returns the connect-src of the content security policy.
func mayCall(t *testing.T, p plan.Plan) string {
	t.Helper()
	text := string(encode(t, p))
	_, list, _ := strings.Cut(text, "connect-src 'self' ")
	list, _, _ = strings.Cut(list, ";")
	return list
}

// The settings for sign-in reach the console and the function.
func TestSignInSettings(t *testing.T) {
	p, err := runProgram(t, asProgram, "dev", stackFile(t, // the program has no network
		"issuer: https://id.example.com/", "clientId: a&b", "audience: https://api.example.com", "scope: openid offline_access",
		"authorizationParameters: {audience: 'https://api.example.com', prompt: login}", "requiredScope: chat read",
		"signOutUrl: https://id.example.com/v2/logout?client_id={clientId}&returnTo={siteUrl}",
		"signInOrigins: ['https://id.example.com', 'https://keys.example.com']"))
	if err != nil {
		t.Fatal(err)
	}
	if got := mayCall(t, p); !strings.HasSuffix(got, " https://id.example.com https://keys.example.com") {
		t.Errorf("the console may call %s", got)
	}
	want := map[string]any{
		"websocketUrl": p.Outputs["websocketUrl"], "httpUrl": p.Outputs["httpUrl"], "issuer": "https://id.example.com/",
		"clientId": "a&b", "audience": "https://api.example.com", "scope": "openid offline_access",
		"authorizationParameters": map[string]any{"audience": "https://api.example.com", "prompt": "login"},
		"signOutUrl":              "https://id.example.com/v2/logout?client_id=a%26b&returnTo=https%3A%2F%2Fdxq21qkxc2v5q2.cloudfront.net%2F",
	}
	if diff := cmp.Diff(consoleConfig(t, p), want); diff != "" {
		t.Errorf("config.json: -got +want:\n%s", diff)
	}
	if got := environment(t, p)["REQUIRED_SCOPE"]; got != "chat read" {
		t.Errorf("got required scope %v", got)
	}

	p, err = runProgram(t, asProgram, "dev", stackFile(t, "issuer: https://id.example.com", "clientId: console",
		"signOutIdToken: true", "signInOrigins: ['https://id.example.com']"))
	if err != nil {
		t.Fatal(err)
	}
	if got := consoleConfig(t, p); got["idTokenHint"] != true || got["signOutUrl"] != nil || got["authorizationParameters"] != nil {
		t.Errorf("got %v, want idTokenHint only", got)
	}
}

// consoleConfig returns the console's config.json.
func consoleConfig(t *testing.T, p plan.Plan) map[string]any {
	t.Helper()
	var content string
	for _, r := range p.OfType("aws:s3/bucketObjectv2:BucketObjectv2") {
		if r.Text("key") == configFile {
			content = r.Text("content")
		}
	}
	got, _ := parse(t, content).(map[string]any)
	return got
}

// If the discovery document cannot be read, the program ends before it declares a
// resource. The error names the setting that replaces the document.
func TestUnreachableIssuer(t *testing.T) {
	for name, test := range map[string]struct{ program, issuer, want string }{
		"no network": {asProgram, "https://id.example.com", "there is no network"},
		"no issuer":  {asIssuers, "https://nothing.example.com", "read https://nothing.example.com/.well-known/openid-configuration: the status is 404"},
		"slash":      {asIssuers, "https://chat.eu.auth0.com", `names the issuer "https://chat.eu.auth0.com/", want "https://chat.eu.auth0.com", byte for byte`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runProgram(t, test.program, "dev", stackFile(t, "issuer: "+test.issuer, "clientId: console"))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `setting signInOrigins is "": must be the origins of`) {
				t.Errorf("got %v, want %q and the remedy in it", err, test.want)
			}
		})
	}
}
