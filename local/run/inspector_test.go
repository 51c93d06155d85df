package run

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sallyport/local/site"
)

func TestConfigurePage(t *testing.T) {
	for name, c := range map[string]struct {
		settings Settings
		signOut  string // a part of the plan's config.json
		want     string
	}{
		"default":     {Settings{Inspector: true, Outputs: DefaultOutputs}, "", `{"local":true,"scope":"openid"}`},
		"noInspector": {Settings{Outputs: DefaultOutputs}, "", `{"scope":"openid"}`},
		"secondRun":   {Settings{Inspector: true, Outputs: ".local/second/outputs.json"}, "", `{"local":true,"outputs":".local/second/outputs.json","scope":"openid"}`},
		"userPool":    {Settings{Outputs: DefaultOutputs}, `,"signOutUrl":"https://users.auth.eu-west-1.amazoncognito.com/logout?client_id=x"`, `{"scope":"openid"}`},
		"localIssuer": {Settings{Outputs: DefaultOutputs}, `,"signOutUrl":"http://127.0.0.1:4711/logout"`, `{"scope":"openid","signOutUrl":"http://127.0.0.1:4711/logout"}`},
	} {
		t.Run(name, func(t *testing.T) {
			objects := []site.Object{{Key: "index.html"}, {Key: "config.json", Content: `{"scope":"openid"` + c.signOut + `}`}}
			s := &system{settings: c.settings}
			if err := s.configurePage(objects); err != nil {
				t.Fatal(err)
			}
			if got := objects[1].Content; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			wantError(t, s.configurePage([]site.Object{{Key: "config.json", Content: "{"}}), "read config.json of the plan")
		})
	}
}

// The committed plan, which is like that of a deployment, does not have the setting local.
func TestPlanIsNotLocal(t *testing.T) {
	for _, r := range committedPlan(t).OfType("aws:s3/bucketObjectv2:BucketObjectv2") {
		if strings.Contains(r.Text("content"), "local\":") {
			t.Errorf("%s: got the setting local: %s", r.Text("key"), r.Text("content"))
		}
	}
}

// TestInspect sends a message and reads the events from the inspector.
func TestInspect(t *testing.T) {
	sys := started(t)
	token := strings.TrimSpace(tokenFor(t, sys, "alice"))
	options := &websocket.DialOptions{Subprotocols: []string{"sallyport.v1", "bearer." + token}}
	c, _, err := websocket.Dial(t.Context(), sys.stack.Output("websocketUrl"), options) //nolint:bodyclose // Dial closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	ask(t, c)

	url := sys.stack.Output("siteUrl") + "/inspector/state"
	for end := time.Now().Add(hangLimit); time.Now().Before(end); { // an event is recorded a moment after its answer; each request waits up to a second
		if strings.Contains(fetch(t, url+"?after=2"), "$default") {
			break
		}
	}
	text := fetch(t, url)
	var state struct {
		Events []struct {
			Kind, ConnectionID string
			Init               float64
			Answer             struct{ JSON json.RawMessage }
		}
		Connections []struct {
			ID, User       string
			Received, Sent int
		}
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var kinds []string
	for _, e := range state.Events {
		kinds = append(kinds, e.Kind)
	}
	if want := []string{"authorizer", "$connect", "$default"}; !slices.Equal(kinds, want) {
		t.Fatalf("got the events %v, want %v", kinds, want)
	}
	if len(state.Connections) != 1 || state.Connections[0].User != "alice" || state.Connections[0].Received != 1 {
		t.Errorf("got the connections %+v", state.Connections)
	}
	if echo := state.Events[2]; !strings.Contains(string(echo.Answer.JSON), "hello") || echo.ConnectionID != state.Connections[0].ID {
		t.Errorf("got the echo %+v", echo)
	}
	if state.Events[0].Init <= 0 || state.Events[2].Init != 0 {
		t.Errorf("cold start: got %v ms for the first event and %v ms for the last", state.Events[0].Init, state.Events[2].Init)
	}
	for _, part := range append(strings.Split(token, "."), token) {
		if strings.Contains(text, part) {
			t.Errorf("got a part of the token: %s", text)
		}
	}
	if config := fetch(t, sys.stack.Output("siteUrl")+"/config.json"); !strings.Contains(config, `"local":true`) || !strings.Contains(config, `"outputs":"`+sys.settings.Outputs+`"`) {
		t.Errorf("config.json: got %s, want local and outputs", config)
	}
}

// tokenFor returns a token of the local sign-in.
func tokenFor(t *testing.T, sys *system, user string) string {
	t.Helper()
	return tokenOf(t, sys.stack.Output("issuer"), `{"user":"`+user+`"}`)
}

// tokenOf returns a token of an issuer. order is the body of the request.
func tokenOf(t *testing.T, issuer, order string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, issuer+"/token-for-user", strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(do(t, r)), &answer); err != nil || answer.Token == "" {
		t.Fatalf("got no token: %v", err)
	}
	return answer.Token
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d %s: %v", r.URL, response.StatusCode, text, err)
	}
	return string(text)
}
