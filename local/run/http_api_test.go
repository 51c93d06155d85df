package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sallyport/infra/plan"
	"sallyport/local/services"
	"sallyport/local/stack"
)

// TestTickets requests a ticket as the page does, connects with it, and signs out, which ends
// the connection.
func TestTickets(t *testing.T) {
	sys := started(t)
	token := tokenFor(t, sys, "alice")
	status, text := callHTTP(t, sys, http.MethodPost, "/tickets", token)
	var answer struct {
		Data struct{ Ticket string }
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusCreated || answer.Data.Ticket == "" {
		t.Fatalf("got %d %s, %v, want a ticket", status, text, err)
	}
	c, _ := connect(t, sys, "ticket."+answer.Data.Ticket)
	if c == nil {
		t.Fatal("first use of the ticket: got a refusal")
	}
	if again, status := connect(t, sys, "ticket."+answer.Data.Ticket); again != nil || status != http.StatusUnauthorized {
		t.Errorf("second use of the ticket: got %d, want 401", status)
	}
	if status, text = callHTTP(t, sys, http.MethodDelete, "/connections", token); status != http.StatusOK || !strings.Contains(text, `"disconnected":1`) {
		t.Errorf("got %d %s, want 200 and one disconnected", status, text)
	}
	wantClosing(t, c, "signed_out")

	served := inspected(t, sys, "DELETE /connections")
	inspected(t, sys, "POST /tickets")
	for _, secret := range append(strings.Split(token, "."), answer.Data.Ticket) {
		if strings.Contains(served, secret) {
			t.Errorf("inspector: got the secret %s", secret)
		}
	}
}

// TestSweep has a silent connection whose token expires, and a time scale.
func TestSweep(t *testing.T) {
	sys := started(t, func(s *Settings) { // a sweep every 200 ms
		s.TimeScale, s.Limits.Idle, s.Limits.Duration = 1500, 100*time.Hour, 100*time.Hour
	})
	var c *websocket.Conn
	for left := 5; c == nil && left < 3600; left *= 2 { // on a busy machine the token may expire before the connection
		// The token has expired, but by less than the leeway for clocks.
		token := tokenOf(t, sys.stack.Output("issuer"), fmt.Sprintf(`{"user":"alice","expiresIn":%d}`, left-30))
		c, _ = connect(t, sys, "bearer."+token)
	}
	if c == nil {
		t.Fatal("connection with the token: got a refusal")
	}
	wantClosing(t, c, "token_expired")
	inspected(t, sys, "schedule")
}

// TestMinimalStack runs a stack without tickets, sweep and channels. It has no HTTP API, no
// second table, no queue and no rule.
func TestMinimalStack(t *testing.T) {
	p := committedPlan(t)
	const typeAPI = "aws:apigatewayv2/api:Api"
	http := ""
	for _, r := range p.OfType(typeAPI) {
		if r.Text("protocolType") == "HTTP" {
			http = r.ID
		}
	}
	p.Resources = slices.DeleteFunc(p.Resources, func(r plan.Resource) bool {
		return strings.HasPrefix(r.Type, "aws:cloudwatch/event") || strings.HasPrefix(r.Type, "aws:sqs/") || r.Type == plan.TypeEventSource ||
			r.Type == plan.TypeTable && r.Name != "connections" || r.Text("apiId") == http || r.Type == typeAPI && r.ID == http
	})
	delete(p.Outputs, "httpUrl")
	delete(p.Outputs, "ticketTableName")
	for _, name := range []string{"TICKET_TABLE_NAME", "CHANNEL_TABLE_NAME", "QUEUE_URL"} {
		delete(environmentOf(p), name)
	}
	sys := started(t, withPlan(planFile(t, p)))
	if sys.stack.HTTP != nil || len(sys.stack.Tables) != 1 || len(sys.stack.Queues) != 0 || len(sys.stack.Rules) != 0 {
		t.Errorf("got %+v", sys.stack)
	}
	if c, status := connect(t, sys, "bearer."+tokenFor(t, sys, "alice")); c == nil {
		t.Errorf("got %d, want a connection", status)
	}
	var banner strings.Builder
	sys.printBanner(&banner)
	if strings.Contains(banner.String(), "tickets") {
		t.Errorf("banner: got %s, want no tickets", &banner)
	}
}

// TestSecondIssuer connects users of two issuers, as in a migration.
func TestSecondIssuer(t *testing.T) {
	p := committedPlan(t)
	if err := services.Install(t.Context(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	second, err := services.StartSignIn(t.Context(), services.SignIn{Listen: "127.0.0.1:0", SiteURL: "http://127.0.0.1:9", ClientID: "old", Audience: "old"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Stop() })
	environmentOf(p)["SECOND_ISSUER"], environmentOf(p)["SECOND_AUDIENCE"] = second.URL, "old"
	sys := started(t, withPlan(planFile(t, p)))
	for _, issuer := range []string{sys.stack.Output("issuer"), second.URL} {
		if c, status := connect(t, sys, "bearer."+tokenOf(t, issuer, `{"user":"alice"}`)); c == nil {
			t.Errorf("%s: got %d, want a connection", issuer, status)
		}
	}
	if c, status := connect(t, sys, "bearer."+tokenOf(t, second.URL, `{"user":"alice","audience":"sallyport"}`)); c != nil || status != http.StatusForbidden {
		t.Errorf("audience of the other issuer: got %d, want 403", status)
	}
}

// environmentOf returns the declared environment of the function, which the caller may change.
func environmentOf(p plan.Plan) map[string]any {
	environment, _ := p.OfType("aws:lambda/function:Function")[0].Inputs["environment"].(map[string]any)
	variables, _ := environment["variables"].(map[string]any)
	return variables
}

// committedPlan returns the plan in local/plan.json.
func committedPlan(tb testing.TB) plan.Plan {
	tb.Helper()
	p, err := stack.ReadPlan("../plan.json")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// planFile writes a plan to a file.
func planFile(t *testing.T, p plan.Plan) string {
	t.Helper()
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// inspected waits until the inspector has an event of that kind, and returns the state. An
// event is recorded a moment after its answer.
func inspected(t *testing.T, sys *system, kind string) (served string) {
	t.Helper()
	url := sys.stack.Output("siteUrl") + "/inspector/state"
	for end := time.Now().Add(hangLimit); time.Now().Before(end); {
		if served = fetch(t, url); strings.Contains(served, `"kind":"`+kind+`"`) {
			return served
		}
		fetch(t, url+"?after=999999") // waits for a second
	}
	t.Fatalf("inspector: got no event %s: %s", kind, served)
	return ""
}

// callHTTP sends a request to the HTTP API as the page does.
func callHTTP(t *testing.T, sys *system, method, path, token string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, sys.stack.Output("httpUrl")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", sys.stack.Output("siteUrl"))
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // the body has been read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// connect connects as the page does. If the connection is refused, c is nil and status is
// that of the refusal.
func connect(t *testing.T, sys *system, credential string) (c *websocket.Conn, status int) {
	t.Helper()
	c, resp, err := websocket.Dial(t.Context(), sys.stack.Output("websocketUrl"), &websocket.DialOptions{ //nolint:bodyclose // Dial closes it
		Subprotocols: []string{"sallyport.v1", credential}, HTTPHeader: http.Header{"Origin": {sys.stack.Output("siteUrl")}},
	})
	if err != nil {
		if resp == nil {
			t.Fatal(err)
		}
		return nil, resp.StatusCode
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c, resp.StatusCode
}

// wantClosing checks that the connection gets a closing message with code, and then ends.
func wantClosing(t *testing.T, c *websocket.Conn, code string) {
	t.Helper()
	_, text, err := c.Read(t.Context())
	if err != nil || !strings.Contains(string(text), `"type":"closing"`) || !strings.Contains(string(text), `"code":"`+code+`"`) {
		t.Fatalf("got %s, %v, want a closing message with %s", text, err, code)
	}
	if _, text, err = c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("got %s, %v, want the close code 1000", text, err)
	}
}
