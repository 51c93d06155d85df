package loopback_test

import (
	"testing"

	"sallyport/lambda/loopback"
)

func TestIs(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "app.localhost": true, "a.b.localhost": true,
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example": false, "mylocalhost": false, "localhost.": false,
		"127.0.0.1.example": false, "128.0.0.1": false, "0.0.0.0": false, "::": false, "::2": false, "[::1]": false, "example.com": false,
	} {
		if got := loopback.Is(host); got != want {
			t.Errorf("%q: got %t, want %t", host, got, want)
		}
	}
}
