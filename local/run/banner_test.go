package run

import "testing"

func TestShellQuote(t *testing.T) {
	for text, want := range map[string]string{
		".local/second/outputs.json": ".local/second/outputs.json",
		"my files/outputs.json":      "'my files/outputs.json'",
		"it's $HOME":                 `'it'\''s $HOME'`,
		"":                           "''",
	} {
		if got := shellQuote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
