package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func testConfig() Config {
	return Config{
		Files: fstest.MapFS{
			"index.html":             {Data: []byte("<!doctype html>")},
			"assets/index-C0ffee.js": {Data: []byte("console")},
		},
		Objects: []Object{
			{Key: "index.html", ContentType: "text/html; charset=utf-8", CacheControl: "no-cache"},
			{Key: "assets/index.js", ContentType: "text/javascript", CacheControl: "max-age=31536000, immutable"},
			{Key: "config.json", ContentType: "application/json", CacheControl: "no-store", Content: `{"a":1}`},
		},
		Headers:     map[string]string{"Content-Security-Policy": "default-src 'none'"},
		Root:        "index.html",
		NotFoundKey: "index.html", NotFoundStatus: http.StatusNotFound,
	}
}

func TestServe(t *testing.T) {
	h, err := New(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method, path              string
		status                    int
		body, contentType, caches string
	}{
		"root":          {"GET", "/", 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"hashedAsset":   {"GET", "/assets/index-C0ffee.js", 200, "console", "text/javascript", "max-age=31536000, immutable"},
		"contentObject": {"GET", "/config.json", 200, `{"a":1}`, "application/json", "no-store"},
		"missing":       {"GET", "/nothing", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"missingOfKind": {"GET", "/assets/other.js", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"outsideFolder": {"GET", "/../../etc/passwd", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"kindIsNoAlias": {"GET", "/other.json", 404, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		"head":          {"HEAD", "/", 200, "", "text/html; charset=utf-8", "no-cache"},
		"otherMethod":   {"POST", "/", 403, "", "", ""},
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
	c := testConfig()
	c.NotFoundKey = ""
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/nothing", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("got %d, want 403, what a private bucket answers", w.Code)
	}
}

func TestUndeclaredKind(t *testing.T) {
	c := testConfig()
	c.Files = fstest.MapFS{"assets/font.woff2": {Data: []byte("f")}}
	_, err := New(c)
	if err == nil || !strings.Contains(err.Error(), "assets/font.woff2") {
		t.Errorf("got error %v, want one that names the file", err)
	}
}
