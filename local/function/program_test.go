package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// This file has the function of the tests: the test binary itself, started as Lambda's
// bootstrap. Environment variables control its start. Each event names an action.

// event is an action of the test function.
type event struct {
	Do   string
	Text string `json:",omitempty"`
	Size int    `json:",omitempty"`
	URL  string `json:",omitempty"`
}

// about describes a process of the test function.
type about struct {
	PID       int
	Root      string
	RequestID string
	ARN       string
	Trace     string
	Left      time.Duration // until the deadline
	Env       []string
}

type customError struct{ text string }

func (e customError) Error() string { return e.text }

// runFunction is the main function of the test function.
func runFunction() {
	if addr := os.Getenv("LIFELINE"); addr != "" {
		if err := holdLifeline(addr); err != nil {
			fmt.Println("hold lifeline:", err)
			os.Exit(9)
		}
	}
	switch os.Getenv("INIT") {
	case "exit":
		fmt.Println("cannot start")
		os.Exit(4)
	case "error":
		call(http.MethodPost, "init/error", `{"errorType":"Init.Broken","errorMessage":"no table"}`)
		os.Exit(1)
	case "hang", "grandchild":
		time.Sleep(time.Hour)
	case "protocol":
		misuseAPI()
	}
	lambda.Start(handle)
}

// holdLifeline opens a connection that ends with the process.
func holdLifeline(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	held = conn
	_, err = fmt.Fprintf(conn, "%d\n", os.Getpid())
	return err
}

var held net.Conn // the reference keeps it from the garbage collector

func handle(ctx context.Context, e event) (any, error) {
	switch e.Do {
	case "echo":
		return e.Text, nil
	case "error":
		return nil, errors.New(e.Text)
	case "custom":
		return nil, customError{e.Text}
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.Size)
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Hour)
	case "sleep":
		time.Sleep(time.Hour)
	case "print":
		fmt.Print(e.Text)
	case "printAPI":
		fmt.Println("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/x: EOF")
	case "large":
		return strings.NewReader(strings.Repeat("x", e.Size)), nil
	case "halfway":
		return io.MultiReader(strings.NewReader("half"), failingReader{}), nil
	case "call":
		return "called", fetch(ctx, e.URL)
	case "spawn":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "INIT=grandchild")
		return "spawned", cmd.Start()
	case "about":
		return describe(ctx), nil
	}
	return nil, nil
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, customError{"broken off"} }

// fetch requests url, whose server answers when the test opens its gate.
func fetch(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func describe(ctx context.Context) about {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return about{
		PID: os.Getpid(), Root: os.Getenv("LAMBDA_TASK_ROOT"), Env: os.Environ(),
		RequestID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn,
		Trace: os.Getenv("_X_AMZN_TRACE_ID"), Left: time.Until(deadline),
	}
}

// call sends a request to the Runtime API without a library. It returns the status of the
// response, or 0 if there is none, and the id of the event in it.
func call(method, path, body string, headers ...string) (status int, id string) {
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/" + path
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	// With Expect: 100-continue, the client sends the body after the API's agreement only.
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
}

// misuseAPI misuses the Runtime API while it processes one event. It returns the statuses
// of the responses as the answer to the next event.
func misuseAPI() {
	var statuses []string
	try := func(name, method, path, body string, headers ...string) (id string) {
		status, id := call(method, path, body, headers...)
		statuses = append(statuses, fmt.Sprintf("%s: %d", name, status))
		return id
	}
	id := try("next", "GET", "invocation/next", "")
	try("next without an answer", "GET", "invocation/next", "")
	try("init error too late", "POST", "init/error", "{}")
	try("another id", "POST", "invocation/other/response", `"x"`)
	try("error of another id", "POST", "invocation/other/error", `{}`)
	try("no such path", "POST", "elsewhere", "")
	try("wrong method", "POST", "invocation/next", "")
	try("from a page", "POST", "invocation/"+id+"/response", `"x"`, "Origin", "http://evil.example")
	try("curl with a large body", "POST", "invocation/"+id+"/response", `"done"`, "Expect", "100-continue")
	try("twice", "POST", "invocation/"+id+"/response", `"again"`)
	id = try("next", "GET", "invocation/next", "")
	result, _ := json.Marshal(statuses)
	call("POST", "invocation/"+id+"/response", string(result))
	time.Sleep(time.Hour)
}
