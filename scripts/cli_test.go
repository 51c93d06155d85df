package scripts_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
)

// awsStub is a stub of the AWS CLI, because a start of the real one takes a second of processor
// time. It sends its arguments to a server, and prints the answer after the first line, which is
// the exit code.
const awsStub = `#!/bin/bash
answer=$(printf '%s\0' "$@" | curl -sS --noproxy '*' --data-binary @- ADDRESS) || exit
[[ $answer == *$'\n'* ]] || answer+=$'\n' # without text
code=${answer%%$'\n'*} text=${answer#*$'\n'}
[[ $code == 0 ]] || { printf '%s\n' "$text" >&2; exit "$code"; }
[[ ! $text ]] || printf '%s\n' "$text"
`

// stub replaces the AWS CLI of the stage by a stub. cli returns the output or the error of a call,
// and the exit code.
func (s stage) stub(t *testing.T, cli func(call) (string, int)) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the stub was interrupted
		}
		text, code := cli(newCall(strings.Split(strings.TrimSuffix(string(body), "\x00"), "\x00")))
		fmt.Fprintf(w, "%d\n%s", code, text)
	}))
	t.Cleanup(server.Close)
	s.write(t, "aws", strings.Replace(awsStub, "ADDRESS", server.URL, 1))
}

// noCLI returns a stage with a stub of the AWS CLI that sends the requests of the real one. Each
// call of the scripts, and each kind of error, also has a test with the real CLI.
func noCLI(t *testing.T) stage {
	t.Helper()
	s := newStage(t, "")
	s.stub(t, s.cli)
	return s
}

// call is a call of the AWS CLI.
type call struct {
	words []string          // the service, the operation, and the other words
	flags map[string]string // by their names, as in --region
}

// newCall parses arguments. Each option of the scripts has a value.
func newCall(args []string) call {
	c := call{flags: map[string]string{}}
	for i := 0; i < len(args); i++ {
		name, value, ok := strings.Cut(args[i], "=")
		switch {
		case !strings.HasPrefix(name, "--"):
			c.words = append(c.words, args[i])
		case ok:
			c.flags[name] = value
		case i+1 < len(args):
			i++
			c.flags[name] = args[i]
		}
	}
	return c
}

// operation returns the service and the operation.
func (c call) operation() string { return strings.Join(c.words[:min(2, len(c.words))], " ") }

// name returns the operation as the API names it, such as StartQuery.
func (c call) name() string {
	var b strings.Builder
	for word := range strings.SplitSeq(c.words[1], "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// failed returns the output of the CLI for an error of AWS, and the exit code.
func (c call) failed(code, message string) (string, int) {
	return fmt.Sprintf("\nAn error occurred (%s) when calling the %s operation: %s", code, c.name(), message), 254
}

// cli sends the request of a call to the emulated services, and returns the output of the CLI.
func (c *cloud) cli(in call) (string, int) {
	method, address, body, err := in.request()
	if err != nil {
		return err.Error(), 252
	}
	r := httptest.NewRequest(method, address.RequestURI(), strings.NewReader(body))
	r.Host = address.Host
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/"+in.flags["--region"]+"/service/aws4_request")
	r.Header.Set("X-Amz-Target", "Service."+in.name())
	w := httptest.NewRecorder()
	c.serve(w, r)
	if w.Code != http.StatusOK {
		var e struct{ Message, Type string }
		e.Type = w.Header().Get("X-Amzn-ErrorType")
		_ = json.Unmarshal([]byte(strings.Replace(w.Body.String(), `"__type"`, `"type"`, 1)), &e) // an error can have no body
		return in.failed(e.Type, e.Message)
	}
	return in.output(w)
}

// request returns the request of a call.
func (c call) request() (method string, address *url.URL, body string, err error) {
	host := "https://" + c.words[0] + "." + c.flags["--region"] + ".amazonaws.com/"
	switch c.operation() {
	case "lambda invoke":
		body, err = c.file("--payload", "fileb://")
		host += "2015-03-31/functions/" + c.flags["--function-name"] + "/invocations"
	case "apigatewaymanagementapi post-to-connection":
		body, err = c.file("--data", "fileb://")
		host = c.flags["--endpoint-url"] + "/@connections/" + strings.ReplaceAll(c.flags["--connection-id"], "=", "%3D")
	case "cognito-idp admin-initiate-auth", "cognito-idp admin-create-user", "cognito-idp admin-set-user-password":
		body, err = c.file("--cli-input-json", "file://")
	case "logs describe-query-definitions":
		body = c.members(map[string]string{"--query-definition-name-prefix": "queryDefinitionNamePrefix"}, map[string]string{"--max-results": "maxResults"})
	case "logs start-query":
		body = c.members(map[string]string{"--log-group-name": "logGroupName", "--query-string": "queryString"}, map[string]string{"--start-time": "startTime", "--end-time": "endTime"})
	case "logs get-query-results":
		body = c.members(map[string]string{"--query-id": "queryId"}, nil)
	default:
		err = fmt.Errorf("the stub has no call %q", c.operation())
	}
	if err != nil {
		return "", nil, "", err
	}
	address, err = url.Parse(host)
	return http.MethodPost, address, body, err
}

// file returns the content of the file that an option names.
func (c call) file(option, scheme string) (string, error) {
	path, ok := strings.CutPrefix(c.flags[option], scheme)
	if !ok {
		return "", fmt.Errorf("%s %s: want a file", option, c.flags[option])
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// members returns a JSON object with the values of options, by the names of the members.
func (c call) members(texts, numbers map[string]string) string {
	object := map[string]any{}
	for option, name := range texts {
		object[name] = c.flags[option]
	}
	for option, name := range numbers {
		object[name], _ = strconv.Atoi(c.flags[option]) // the real CLI refuses another text
	}
	text, _ := json.Marshal(object)
	return string(text)
}

// output returns the output of a call that succeeded. An output in the form text has the part
// that the query selects, or None.
func (c call) output(w *httptest.ResponseRecorder) (string, int) {
	body := w.Body.String()
	part := ""
	switch c.flags["--query"] {
	case "":
		return body, 0
	case "FunctionError":
		if err := os.WriteFile(c.words[2], []byte(body), 0o600); err != nil {
			return err.Error(), 255
		}
		part = w.Header().Get("X-Amz-Function-Error")
	case "queryId", "AuthenticationResult.AccessToken":
		var answer struct {
			QueryID              string
			AuthenticationResult struct{ AccessToken string }
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			return err.Error(), 255
		}
		part = answer.QueryID + answer.AuthenticationResult.AccessToken
	default:
		return "the stub has no query " + c.flags["--query"], 252
	}
	if part == "" {
		part = "None"
	}
	return part, 0
}
