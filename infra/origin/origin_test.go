package origin_test

import (
	"strings"
	"testing"

	"sallyport/infra/origin"
)

func TestCheckApps(t *testing.T) {
	tests := []struct{ origin, want string }{
		{"capacitor://localhost", ""},
		{"ionic://localhost", ""},
		{"tauri://localhost", ""},
		{"my-app.2://app.example", ""},
		{"http://tauri.localhost", ""},
		{"https://tauri.localhost", ""},
		{"chrome-extension://abcdefghijklmnopabcdefghijklmnop", ""},
		{"moz-extension://0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0", ""},
		{"chrome-extension://abc", "the id of an extension"},
		{"chrome-extension://*", "the id of an extension"},
		{"chrome-extension://abcdefghijklmnopabcdefghijklmnoq", "the id of an extension"},
		{"moz-extension://0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0", "the id of an extension"},
		{"capacitor://", "scheme, host and port"},
		{"capacitor://localhost/", "scheme, host and port"},
		{"Capacitor://localhost", "scheme, host and port"},
		{"capacitor:localhost", "scheme, host and port"},
		{"capacitor://me@localhost", "scheme, host and port"},
		{"capacitor://localhost?x", "scheme, host and port"},
		{"capacitor://localhost:8080", "the host of an app"},
		{"capacitor://LOCALHOST", "the host of an app"},
		{"capacitor://*", "the host of an app"},
		{"capacitor://a;b", "the host of an app"},
		{"file://host", "https, such as"},
		{"data://host", "https, such as"},
		{"ws://a.example", "https, such as"},
		{"http://tauri.localhost.example", "https, because"},
	}
	for _, test := range tests {
		t.Run(test.origin, func(t *testing.T) {
			got := origin.Check(test.origin)
			if (test.want == "") != (got == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if page := origin.CheckPage(test.origin); page == "" && !strings.HasPrefix(test.origin, "http") {
				t.Error("CheckPage accepts the origin of an app")
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"https://a.example", "capacitor://localhost", "https://[::1]:80", "null", "x://y;z", "a:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if origin.Check(s) != "" {
			return
		}
		// The function gets the origins as a space-separated list, and a header has them.
		if strings.ContainsAny(s, " \t\r\n;,'\"*@?#") || strings.Count(s, "/") != 2 || s != strings.ToLower(s) {
			t.Errorf("Check accepts %q", s)
		}
	})
}
