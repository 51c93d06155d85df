package loopback_test

import (
	"strings"
	"testing"

	"sallyport/local/loopback"
)

func TestHost(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.1.2.3:1": true, "[::1]": true, "[::1]:8080": true, "::1": true,
		"localhost": true, "LOCALHOST:8080": true, "app.localhost": true,
		"": false, "0.0.0.0:8080": false, "10.0.0.1": false, "[::]:80": false, "localhost.example": false,
		"127.0.0.1.example:80": false, "notlocalhost": false, "0177.0.0.1": false,
	} {
		if got := loopback.Host(host); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}

func TestCheckListen(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:0": "", "127.0.0.2:80": "", "[::1]:8080": "",
		"localhost:8080": "is not a loopback address", "0.0.0.0:80": "is not a loopback address", ":80": "is not a loopback address",
		"[::]:80": "is not a loopback address", "127.0.0.1": "is not an address", "": "is not an address",
	} {
		err := loopback.CheckListen(address)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", address, err, want)
		}
	}
}
