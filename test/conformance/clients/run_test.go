package clients

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sallyport/local/gateway"
	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

// hangLimit is the time limit of a client.
const hangLimit = support.HangLimit

// gone is the id of a connection that never existed. malformed is an id that is not valid.
const (
	gone      = "WhHAe-TROkECC5w="
	malformed = "bot_X"
)

// stage is the local run and the credential of a user.
type stage struct {
	*target.Local
	token     string
	protocols []string // the subprotocols that clients of the user offer
}

func TestClients(t *testing.T) {
	support.InstallPackages(t, ".")
	support.DependOn(t, "testdata", "../../../scripts")
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	local, err := target.Start(t.Context(), root, t.TempDir(), "-plan", planWithTicketInQuery(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
	})
	token, err := local.Token(t.Context(), target.TokenRequest{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	s := stage{local, token, []string{"sallyport.v1", "bearer." + token}}
	t.Run("awsCLI", s.testAWSCLI)
	t.Run("boto3", s.testBoto3)
	t.Run("goSDK", s.testGoSDK)
	t.Run("javaScriptSDK", s.testJavaScriptSDK)
	t.Run("scripts", s.testScripts)
	t.Run("disconnectScript", s.testDisconnect)
	t.Run("disconnectScriptRefused", s.testDisconnectRefused)
	t.Run("ticketScript", s.testTicketScript)
	t.Run("wscat", s.testWscat)
	t.Run("centrifugeJS", s.testCentrifugeJS)
	t.Run("centrifugeGo", s.testCentrifugeGo)
	t.Run("nodeWS", func(t *testing.T) { s.testSocket(t, "node", "testdata/talk.mjs") })
	t.Run("pythonWebsockets", func(t *testing.T) { s.testSocket(t, "/usr/bin/python3", "testdata/talk.py") })
	t.Run("pythonTicketInQuery", s.testTicketInQuery)
}

// planWithTicketInQuery writes a copy of the local run's plan with the setting ticketInQuery,
// and returns the path of its file.
func planWithTicketInQuery(t *testing.T) string {
	t.Helper()
	plan, err := os.ReadFile("../../../local/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	edited := string(plan)
	for _, edit := range [][2]string{
		{`"TICKET_IN_QUERY": "false"`, `"TICKET_IN_QUERY": "true"`},
		{`"route.request.header.Sec-WebSocket-Protocol"`, ""}, // the only identity source
	} {
		if strings.Count(edited, edit[0]) != 1 {
			t.Fatalf("%s: got %d in the plan, want 1", edit[0], strings.Count(edited, edit[0]))
		}
		edited = strings.Replace(edited, edit[0], edit[1], 1)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// testTicketInQuery uses a channel without a subprotocol, as centrifuge-python does.
func (s stage) testTicketInQuery(t *testing.T) {
	got, _ := s.run(t, "/usr/bin/python3", "testdata/channels.py", s.WebSocketURL, s.HTTPURL, s.token)
	want := "connected True\npublished {'n': 1}\nused ticket: 401\nrecovered True [{'n': 1}]\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// run runs a client with the keys of the local run. It returns the output of the client, and
// whether the exit code is not 0.
func (s stage) run(t *testing.T, name string, args ...string) (output string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	if _, err := cmd.StdinPipe(); err != nil { // it stays open, because wscat ends when it is closed
		t.Fatal(err)
	}
	cmd.Env = []string{"HOME=" + t.TempDir(), "AWS_SHARED_CREDENTIALS_FILE=" + s.CredentialsFile, "NODE_NO_WARNINGS=1", "SALLYPORT_OUTPUTS=" + s.OutputsFile}
	cmd.Env = append(cmd.Env, "PATH=/usr/bin:"+os.Getenv("PATH")) // the AWS CLI of Debian comes first
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v: .ci/check installs missing clients", name, err)
	}
	return string(out), err != nil
}

// receiver is a connection to which the clients of @connections send.
type receiver struct {
	id       string
	messages chan string // closed after the last one, which is the close status
}

// receive opens a connection and receives its messages.
func (s stage) receive(t *testing.T) receiver {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), s.WebSocketURL, &websocket.DialOptions{Subprotocols: s.protocols}) //nolint:bodyclose // Dial closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"whoami"}`)); err != nil {
		t.Fatal(err)
	}
	_, text, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var me struct {
		Data struct {
			ConnectionID string `json:"connectionId"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &me); err != nil {
		t.Fatal(err)
	}
	r := receiver{me.Data.ConnectionID, make(chan string, 100)}
	go func() {
		defer close(r.messages)
		for {
			_, text, err := c.Read(t.Context())
			if err != nil {
				var e websocket.CloseError
				if errors.As(err, &e) {
					r.messages <- e.Error()
				}
				return
			}
			r.messages <- string(text)
		}
	}()
	return r
}

// next returns the next message or the close status.
func (r receiver) next(t *testing.T) string {
	t.Helper()
	select {
	case text := <-r.messages:
		return text
	case <-time.After(hangLimit):
		t.Fatal("the connection received no message")
		return ""
	}
}

// check checks that the connection receives a message, and that it is then deleted.
func (r receiver) check(t *testing.T, message string) {
	t.Helper()
	if got := r.next(t); got != message {
		t.Errorf("got the message %q, want %q", got, message)
	}
	if got := r.next(t); !strings.Contains(got, "StatusNormalClosure") || !strings.Contains(got, "Connection Closed Normally") {
		t.Errorf("got the end %q, want 1000 Connection Closed Normally", got)
	}
}

// echoFunction is a Lambda function that answers each message with its text.
type echoFunction struct{}

func (echoFunction) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var event struct {
		Body string `json:"body"`
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"statusCode": 200, "body": event.Body})
}

// open starts an API without an authorizer, for clients without a subprotocol. It returns
// the address of the API.
func open(t *testing.T) string {
	t.Helper()
	route := gateway.Route{Integration: gateway.Integration{Invoker: echoFunction{}}, RouteResponse: true}
	g, err := gateway.New(gateway.Config{
		APIID: "a1b2c3d4e5", Region: "eu-west-1", AccountID: "111122223333", Stage: "dev",
		RouteSelection: "$request.body.action", Routes: map[string]gateway.Route{"$default": route},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), hangLimit)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return strings.Replace(server.URL, "http", "ws", 1) + "/dev"
}
