package program

import (
	"bytes"
	"testing"

	"github.com/rs/zerolog"
)

func TestRuntimeLog(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"eventFailed", `{"errorMessage":"Unauthorized","errorType":"errorString"}` + "\n", ""},
		{
			"panicked", `{"errorMessage":"a bug","errorType":"string","stackTrace":[]}`,
			`{"level":"error","message":"{\"errorMessage\":\"a bug\",\"errorType\":\"string\",\"stackTrace\":[]}"}` + "\n",
		},
		{"fatal", "failed to GET http://127.0.0.1\n", `{"level":"error","message":"failed to GET http://127.0.0.1"}` + "\n"},
		{"otherJSON", `{}`, `{"level":"error","message":"{}"}` + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			n, err := runtimeLog{zerolog.New(&b)}.Write([]byte(test.text))
			if n != len(test.text) || err != nil {
				t.Errorf("got %d, error %v, want %d", n, err, len(test.text))
			}
			if b.String() != test.want {
				t.Errorf("got %s, want %s", b.String(), test.want)
			}
		})
	}
}
