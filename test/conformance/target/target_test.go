package target

import (
	"strings"
	"testing"
)

func TestReadOutputs(t *testing.T) {
	good := `{"websocketUrl":"wss://a/live","connectionsUrl":"https://a/live","region":"eu-west-1","siteUrl":"https://b"}`
	o, err := ReadOutputs(strings.NewReader(good))
	if want := (Outputs{WebSocketURL: "wss://a/live", ConnectionsURL: "https://a/live", SiteURL: "https://b", Region: "eu-west-1"}); err != nil || o != want {
		t.Errorf("got %+v, %v, want %+v", o, err, want)
	}
	for _, bad := range []string{``, `{}`, `{"websocketUrl":"wss://a/live"}`} {
		if _, err := ReadOutputs(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}
