package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var testFiles = map[string][]byte{
	"index.html":             []byte("<!doctype html>"),
	"assets/index-C0ffee.js": []byte("console"),
}

func testConfig() Config {
	return Config{
		Objects: []Object{
			{Key: "index.html", ContentType: "text/html; charset=utf-8", CacheControl: "no-cache"},
			{Key: "assets/index.js", ContentType: "text/javascript", CacheControl: "max-age=31536000, immutable"},
			{Key: "config.json", ContentType: "application/json", CacheControl: "no-store", Content: `{"a":1}`},
		},
		Root: "index.html",
	}
}

// newDistribution returns a distribution in front of the bucket only, as without oneDomain.
func newDistribution(t *testing.T, c Config, pages ...ErrorPage) *Distribution {
	t.Helper()
	bucket, err := New(c, testFiles)
	if err != nil {
		t.Fatal(err)
	}
	return &Distribution{
		Default: Behavior{
			Methods: []string{"GET", "HEAD"}, Origin: bucket,
			Headers: map[string]string{"Content-Security-Policy": "default-src 'none'"},
		},
		Pages: pages,
	}
}

var notFound = ErrorPage{Code: http.StatusForbidden, Status: http.StatusNotFound, Path: "/index.html"}

func TestServe(t *testing.T) {
	h := newDistribution(t, testConfig(), notFound)
	for name, c := range map[string]struct {
		method, path              string
		status                    int
		body, contentType, caches string
	}{
		"root":              {"GET", "/", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"hashedAsset":       {"GET", "/assets/index-C0ffee.js", 200, "console", "text/javascript", "max-age=31536000, immutable"},
		"contentObject":     {"GET", "/config.json", 200, `{"a":1}`, "application/json", "no-store"},
		"missing":           {"GET", "/nothing", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"missingOfKind":     {"GET", "/assets/other.js", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"outsideFolder":     {"GET", "/../../etc/passwd", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"contentOfOtherKey": {"GET", "/other.json", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"head":              {"HEAD", "/", 200, "", "text/html; charset=utf-8", "no-cache"},
		"otherMethod":       {"POST", "/", 403, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if got := w.Header().Get("Content-Type"); got != c.contentType {
				t.Errorf("Content-Type: got %q, want %q", got, c.contentType)
			}
			if got := w.Header().Get("Cache-Control"); got != c.caches {
				t.Errorf("Cache-Control: got %q, want %q", got, c.caches)
			}
			if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'" {
				t.Errorf("Content-Security-Policy: got %q", got)
			}
		})
	}
}

func TestMissingWithoutErrorPage(t *testing.T) {
	for missing, want := range map[int]int{0: 403, 404: 404} {
		c := testConfig()
		c.Missing = missing
		w := httptest.NewRecorder()
		newDistribution(t, c).ServeHTTP(w, httptest.NewRequest("GET", "/nothing", nil))
		if w.Code != want || w.Body.Len() > 0 {
			t.Errorf("Missing %d: got %d %q, want %d without a page", missing, w.Code, w.Body, want)
		}
	}
}

func TestUndeclaredKind(t *testing.T) {
	_, err := New(testConfig(), map[string][]byte{"assets/font.woff2": []byte("f")})
	if err == nil || !strings.Contains(err.Error(), "assets/font.woff2") {
		t.Errorf("got error %v, want one that names the file", err)
	}
}

func TestReplace(t *testing.T) {
	s, err := New(testConfig(), testFiles)
	if err != nil {
		t.Fatal(err)
	}
	page := func() string {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	if changed, err := s.Replace(map[string][]byte{"index.html": []byte("<!doctype html>"), "assets/index-C0ffee.js": []byte("console")}); changed || err != nil {
		t.Errorf("the same files: got %v, %v, want false", changed, err)
	}
	if changed, err := s.Replace(map[string][]byte{"index.html": []byte("new")}); !changed || err != nil || page() != "new" {
		t.Errorf("other files: got %v, %v and the page %q, want true and the page new", changed, err, page())
	}
	if _, err := s.Replace(map[string][]byte{"index.html": []byte("newer"), "photo.jpeg": nil}); err == nil || page() != "new" {
		t.Errorf("a file of an unknown kind: got error %v and the page %q, want an error and the page new", err, page())
	}
}
