package scripts_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sallyport/test/support"
)

const (
	lambdaHost  = "lambda.eu-west-1.amazonaws.com"
	cognitoHost = "cognito-idp.eu-west-1.amazonaws.com"
	socketHost  = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
	httpHost    = "f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com"
)

// reply is an answer of a service.
type reply struct {
	status        int    // 0: 200
	error         string // code of an AWS error
	functionError string
	body          string
}

// cloud emulates the services of AWS. It is the HTTPS proxy of the scripts and answers
// for every host, with a certificate of an authority that the scripts trust. So the
// scripts and the AWS CLI run as on AWS.
type cloud struct {
	proxy     string // address
	authority string // file
	mu        sync.Mutex
	requests  []string // METHOD HOST/PATH BODY, in order
	answers   []reply  // of the next requests
	// answer, if set, answers the requests instead.
	answer    func(r *http.Request, body []byte) reply
	onRequest func()
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{}
	c.proxy, c.authority = support.NewProxy(t, http.HandlerFunc(c.serve), "*.amazonaws.com", "*.eu-west-1.amazonaws.com", "*.us-east-1.amazonaws.com", lambdaHost, cognitoHost, socketHost, httpHost)
	return c
}

// serve records a request and writes the next answer.
func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, describe(r, body))
	if c.onRequest != nil {
		c.onRequest()
	}
	var a reply
	if c.answer != nil {
		a = c.answer(r, body)
	} else if len(c.answers) > 0 {
		a, c.answers = c.answers[0], c.answers[1:]
	}
	if a.error != "" {
		w.Header().Set("X-Amzn-ErrorType", a.error)
	}
	if a.functionError != "" {
		w.Header().Set("X-Amz-Function-Error", a.functionError)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // the client may have ended
}

// describe returns the line that tests compare. Bodies of Cognito, which the CLI
// encodes, have their members sorted.
func describe(r *http.Request, body []byte) string {
	line := r.Method + " " + r.Host + r.RequestURI
	if r.Host == cognitoHost {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil {
			return line + " " + err.Error()
		}
		sorted, err := json.Marshal(members)
		if err != nil {
			return line + " " + err.Error()
		}
		line, body = operation, sorted
	}
	if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") && r.Host != httpHost {
		line += " (not signed for the region)"
	}
	if bearer := r.Header.Get("Authorization"); r.Host == httpHost {
		line += " " + bearer
	}
	return strings.TrimSpace(line + " " + string(body))
}

// share makes the writes of a test visible to the services that it emulates, and theirs to the
// test. A test writes only while no script runs.
func (c *cloud) share() {
	c.mu.Lock()
	c.mu.Unlock() //nolint:staticcheck // the lock only orders the writes
}

// take returns the requests since the last call.
func (c *cloud) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.requests
	c.requests, c.answers = nil, nil
	return taken
}

// give sets the answers of the next requests.
func (c *cloud) give(answers ...reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = answers
}
