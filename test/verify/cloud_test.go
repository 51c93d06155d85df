package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sallyport/test/conformance/target"
)

// cloud emulates the services of AWS that the program calls with the AWS CLI.
type cloud struct {
	local *target.Local // gets invocations and the requests for tables, and issues tokens; nil: none

	mu         sync.Mutex        // guards the fields below
	calls      map[string]bool   // the operations that were called
	fail       map[string]string // operation to the code of its error
	users      map[string]string // names to passwords
	alarms     []string          // names without the prefix of the stack
	silent     string            // an alarm without an action
	dashboards int
	rate       int
	variables  map[string]string // of the function
	answers    map[string]string // operation to an answer, in place of the usual one
	open       string            // an operation that accepts unsigned requests
	on         func(operation string)
}

// newCloud starts a cloud for a stack with the default settings.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	return &cloud{
		calls: map[string]bool{}, fail: map[string]string{}, users: map[string]string{}, on: func(string) {},
		alarms: slices.Clone(alarmNames), dashboards: 1, rate: 100, variables: map[string]string{"CONNECTIONS_PER_USER": "20", "TOKEN_IN_QUERY": "false", "TABLE_NAME": "t"},
	}
}

// operation returns the name of the operation of a request.
func operation(r *http.Request, body []byte) string {
	if _, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return name
	}
	form, err := url.ParseQuery(string(body))
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && err == nil:
		return form.Get("Action")
	case strings.HasSuffix(r.URL.Path, "/invocations"):
		return "Invoke"
	case strings.HasSuffix(r.URL.Path, "/configuration"):
		return "GetFunctionConfiguration"
	case strings.Contains(r.URL.Path, "/distributionsByWebACLId/"):
		return "ListDistributionsByWebACLId"
	case strings.Contains(r.URL.Path, "/stages/"):
		return "GetStage"
	case r.URL.Path == "/v2/apis":
		return "GetApis"
	case r.URL.Path == "/tickets":
		return "PostTickets" // no operation of AWS
	}
	return "GetObject"
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	name := operation(r, body)
	signed := r.Header.Get("Authorization") != ""
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on(name)
	if signed {
		c.calls[name] = true
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	code, status := c.fail[name], http.StatusBadRequest
	switch {
	case name == "InitiateAuth": // it is never signed
		code = map[bool]string{false: "InvalidParameterException", true: "NotAuthorizedException"}[c.open == name]
	case !signed && c.open != name:
		code, status = "MissingAuthenticationTokenException", map[bool]int{true: http.StatusBadRequest, false: http.StatusForbidden}[name == "Scan"]
	}
	if code != "" {
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(status)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>refused</Message></Error></ErrorResponse>`, code)
			return
		}
		fmt.Fprintf(w, `{"__type":%q,"message":"refused for account 111122223333"}`, code)
		return
	}
	c.answer(w, r, name, body)
}

// answer answers a request that is not refused.
func (c *cloud) answer(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	var in struct {
		Username, Password string
		AuthParameters     struct{ USERNAME, PASSWORD string }
	}
	_ = json.Unmarshal(body, &in) // other requests have other members
	if text, ok := c.answers[name]; ok {
		fmt.Fprint(w, text)
		return
	}
	switch name {
	case "AdminCreateUser":
		c.users[in.Username] = ""
		fmt.Fprint(w, `{}`)
	case "AdminSetUserPassword":
		c.users[in.Username] = in.Password
		fmt.Fprint(w, `{}`)
	case "AdminDeleteUser":
		delete(c.users, in.Username)
	case "AdminInitiateAuth":
		c.initiate(w, r, in.AuthParameters.USERNAME, in.AuthParameters.PASSWORD)
	case "DescribeAlarms", "ListDashboards":
		c.watch(w, r, name)
	case "GetApis":
		fmt.Fprint(w, `{"items":[{"name":"other-http-1a2b3c4","apiId":"z"},{"name":"sallyport-dev-http-1a2b3c4","apiId":"f6g7h8i9j0"}]}`)
	case "PostTickets":
		if c.open != name {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"type":"error","data":{"code":"not_through_site"}}`)
		}
	case "GetStage":
		fmt.Fprintf(w, `{"stageName":"live","defaultRouteSettings":{"throttlingRateLimit":%d,"throttlingBurstLimit":200}}`, c.rate)
	case "GetFunctionConfiguration":
		_ = json.NewEncoder(w).Encode(map[string]any{"MemorySize": 256, "Timeout": 10, "Environment": map[string]any{"Variables": c.variables}})
	case "Invoke":
		forward(w, r, strings.TrimSuffix(c.local.ConnectionsURL, "/live"))
	case "Query", "BatchWriteItem":
		if c.local != nil {
			forward(w, r, c.local.TableURL)
			return
		}
		fmt.Fprint(w, map[string]string{
			"Query": `{"Items":[{"item":{"S":"1"},"epoch":{"S":"e"}}]}`, "BatchWriteItem": `{"UnprocessedItems":{"channels":[{"DeleteRequest":{"Key":{}}}]}}`,
		}[name])
	}
}

func (c *cloud) initiate(w http.ResponseWriter, r *http.Request, user, password string) {
	if want, ok := c.users[user]; !ok || want != password {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`)
		return
	}
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"sub-%s"}`, user))
	token := "eyJhbGciOiJSUzI1NiJ9." + claims + ".c2lnbmF0dXJl"
	if c.local != nil {
		var err error
		if token, err = c.local.Token(r.Context(), target.TokenRequest{User: user}); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	fmt.Fprintf(w, `{"AuthenticationResult":{"AccessToken":%q}}`, token)
}

// watch answers for CloudWatch: in XML to older versions of the AWS CLI, in JSON to newer ones.
func (c *cloud) watch(w http.ResponseWriter, r *http.Request, name string) {
	var alarms, dashboards []any
	var xml strings.Builder
	for i, alarm := range c.alarms {
		full, actions := fmt.Sprintf("sallyport-dev-%s-%07x", alarm, i), []string{"arn:aws:sns:eu-west-1:111122223333:t"}
		if alarm == c.silent {
			actions = []string{}
		}
		alarms = append(alarms, map[string]any{"AlarmName": full, "ActionsEnabled": true, "AlarmActions": actions})
		fmt.Fprintf(&xml, "<member><AlarmName>%s</AlarmName><ActionsEnabled>true</ActionsEnabled><AlarmActions>", full)
		for _, a := range actions {
			fmt.Fprintf(&xml, "<member>%s</member>", a)
		}
		xml.WriteString("</AlarmActions></member>")
	}
	list := "MetricAlarms"
	if name == "ListDashboards" {
		list = "DashboardEntries"
		xml.Reset()
		for range c.dashboards {
			dashboards = append(dashboards, map[string]any{"DashboardName": "sallyport-dev-a1b2c3d4e5"})
			xml.WriteString("<member><DashboardName>sallyport-dev-a1b2c3d4e5</DashboardName></member>")
		}
		alarms = dashboards
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult><%[2]s>%[3]s</%[2]s></%[1]sResult></%[1]sResponse>", name, list, xml.String())
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{list: alarms})
}

// forward forwards a request. The signature covers the host, so it keeps that of the request.
func forward(w http.ResponseWriter, r *http.Request, address string) {
	to, err := url.Parse(address)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = to.Scheme, to.Host
		p.Out.Host = p.In.Host
	}}
	proxy.ServeHTTP(w, r)
}

// stack is the environment of a stack in the cloud: a stub of Pulumi, and the real AWS CLI.
// outputs are the outputs of the stack, and config is the answer of pulumi config --json.
func (c *cloud) stack(t *testing.T, outputs map[string]string, config string) []string {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	stubs := t.TempDir()
	text, err := json.Marshal(outputs)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"outputs.json": string(text), "config.json": config, "credentials": "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
		"pulumi": "#!/bin/sh\nhere=$(dirname \"$0\")\ncase \"$1\" in\n  version) echo v3.200.0 ;;\n  stack) cat \"$here/outputs.json\" ;;\n  config) cat \"$here/config.json\" ;;\nesac\n",
	} {
		if err := os.WriteFile(filepath.Join(stubs, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat("/usr/bin/aws"); err == nil { // Debian's version, as in the other tests
		if err := os.Symlink("/usr/bin/aws", filepath.Join(stubs, "aws")); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", stubs+":"+os.Getenv("PATH"))
	credentials := filepath.Join(stubs, "credentials")
	if c.local != nil {
		credentials = c.local.CredentialsFile
	}
	environ := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "AWS_") })
	return append(environ, "AWS_ENDPOINT_URL="+server.URL, "AWS_SHARED_CREDENTIALS_FILE="+credentials, "AWS_CONFIG_FILE=/dev/null",
		"AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true", "no_proxy=*", "NO_PROXY=*")
}
