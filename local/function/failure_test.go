package function_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"sallyport/local/function"
)

func TestFailures(t *testing.T) {
	exit := func(reason string) string {
		return `^RequestId: [0-9a-f-]{36} Error: Runtime exited ` + reason + `$`
	}
	tests := map[string]struct {
		event   event
		typ     string
		message string // a regular expression
	}{
		"error":       {event{Do: "error", Text: "Unauthorized"}, "errorString", `^Unauthorized$`},
		"customError": {event{Do: "custom", Text: "odd"}, "customError", `^odd$`},
		"panic":       {event{Do: "panic", Text: "oh"}, "string", `^oh$`},
		"exit":        {event{Do: "exit", Size: 3}, "Runtime.ExitError", exit("with error: exit status 3")},
		"exitZero":    {event{Do: "exit"}, "Runtime.ExitError", exit("without providing a reason")},
		"killed":      {event{Do: "kill"}, "Runtime.ExitError", exit("with error: signal: killed")},
		"tooLarge":    {event{Do: "large", Size: 6<<20 + 101}, "Function.ResponseSizeTooLarge", `exceeded.*6291556`},
		"halfway":     {event{Do: "halfway"}, "customError", `^broken off$`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, function.Config{MaxEnvironments: 1})
			got := fail(t, f, test.event)
			if got.Type != test.typ || !regexp.MustCompile(test.message).MatchString(got.Message) {
				t.Errorf("got %s %q, want %s %q", got.Type, got.Message, test.typ, test.message)
			}
			if got.ErrorMessage() != got.Message {
				t.Errorf("got ErrorMessage %q, want the message", got.ErrorMessage())
			}
			if hasStack := len(got.StackTrace) > 0; hasStack != (name == "panic") {
				t.Errorf("got stack trace %s", got.StackTrace)
			}
			if got := invoke(t, f, event{Do: "echo", Text: "next"}); got != `"next"` {
				t.Errorf("next event: got %s", got)
			}
		})
	}
	t.Run("largestResponse", func(t *testing.T) {
		f := start(t, function.Config{})
		if got := len(invoke(t, f, event{Do: "large", Size: 6<<20 + 100})); got != 6<<20+100 {
			t.Errorf("got %d bytes", got)
		}
	})
}

func TestInitFailures(t *testing.T) {
	text := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(text, []byte("not a program"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		cfg     function.Config
		typ     string
		message string
	}{
		"exit": {
			function.Config{Env: map[string]string{"INIT": "exit"}},
			"Runtime.ExitError", `^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 4$`,
		},
		"reported": {
			function.Config{Env: map[string]string{"INIT": "error"}},
			"Init.Broken", `^no table$`,
		},
		"tooSlow": {
			function.Config{Env: map[string]string{"INIT": "hang"}},
			"Sandbox.Timedout", `^\S+Z [0-9a-f-]{36} Task timed out after 0.20 seconds$`,
		},
		"noProgram": {
			function.Config{Path: text},
			"Runtime.InvalidEntrypoint", `^RequestId: [0-9a-f-]{36} Error: fork/exec .*: exec format error$`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, test.cfg)
			if name == "tooSlow" {
				f.SetInitTimeout(200 * time.Millisecond)
			}
			for range 2 { // each event has one attempt
				got := fail(t, f, event{Do: "echo"})
				if got.Type != test.typ || !regexp.MustCompile(test.message).MatchString(got.Message) {
					t.Errorf("got %s %q, want %s %q", got.Type, got.Message, test.typ, test.message)
				}
			}
		})
	}
}
