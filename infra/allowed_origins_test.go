package infra

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport/infra/configuration"
	"sallyport/lambda/setting"
)

// originTests are origins, each with the beginning of the description of a valid one. It
// is empty if the origin is allowed.
var originTests = []struct{ origin, want string }{
	{"https://app.example.com", ""},
	{"https://app.example.com:8443", ""},
	{"https://xn--bcher-kva.example", ""},
	{"https://a_b.example", ""},
	{"https://192.0.2.7", ""},
	{"https://a1.2b.example", ""},
	{"https://[2001:db8::1]:8443", ""},
	{"http://localhost:3000", ""},
	{"http://localhost", ""},
	{"http://127.0.0.1:8080", ""},
	{"http://127.9.9.9", ""},
	{"http://[::1]:8080", ""},
	{"", "scheme, host and port"},
	{"null", "scheme, host and port"},
	{"*", "scheme, host and port"},
	{"a.example", "scheme, host and port"},
	{"//a.example", "scheme, host and port"},
	{"https://", "scheme, host and port"},
	{"https://a.example/", "scheme, host and port"},
	{"https://a.example/app", "scheme, host and port"},
	{"https://a.example?x", "scheme, host and port"},
	{"https://a.example#x", "scheme, host and port"},
	{"https://me@a.example", "scheme, host and port"},
	{"https://a.example:no", "scheme, host and port"},
	{"HTTPS://a.example", "scheme, host and port"},
	{"https://a.example https://b.example", "scheme, host and port"},
	{" https://a.example", "scheme, host and port"},
	{"https://a.example\n", "scheme, host and port"},
	{"wss://a.example", "https, such as"},
	{"chrome-extension://abc", "the id of an extension"},
	{"https://A.example", "a host as browsers send it"},
	{"https://*.example", "a host as browsers send it"},
	{"https://a.example.", "a host as browsers send it"},
	{"https://a.example:", "a host as browsers send it"},
	{"https://b\u00fccher.example", "a host as browsers send it"},
	{"https://[2001:DB8::1]", "a host as browsers send it"},
	{"https://[2001:db8:0:0:0:0:0:1]", "a host as browsers send it"},
	{"https://[::ffff:192.0.2.7]", "a host as browsers send it"},
	{"https://192.0.2", "a host as browsers send it"},
	{"https://127.1", "a host as browsers send it"},
	{"https://192.0.02.7", "a host as browsers send it"},
	{"https://2130706433", "a host as browsers send it"},
	{"https://a,b", "a host as browsers send it"},
	{"https://a.example:443", "an origin without a port, because browsers"},
	{"http://localhost:80", "an origin without a port, because browsers"},
	{"https://a.example:0443", "a port from 1 to 65535"},
	{"https://a.example:0", "a port from 1 to 65535"},
	{"https://a.example:65536", "a port from 1 to 65535"},
	{"http://a.example", "https, because anyone"},
	{"http://localhost.example", "https, because anyone"},
	{"http://192.168.1.2:3000", "https, because anyone"},
}

func TestAllowedOrigins(t *testing.T) {
	for _, test := range originTests {
		t.Run(test.origin, func(t *testing.T) {
			list, err := json.Marshal([]string{"https://fine.example", test.origin})
			if err != nil {
				t.Fatal(err)
			}
			values := setting.Defaults()
			values["allowedOrigins"] = string(list)
			got, err := configuration.Read("eu-west-1", func(key string) (string, bool) { return values[key], true })
			if test.want == "" {
				if err != nil || !slices.Contains(got.AllowedOrigins, test.origin) {
					t.Errorf("got %q, %v, want it allowed", got.AllowedOrigins, err)
				}
				return
			}
			want := fmt.Sprintf("setting allowedOrigins is %q: must be %s", test.origin, test.want)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		})
	}
}
