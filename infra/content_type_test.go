package infra

import (
	"strings"
	"testing"
)

func TestFileTypeOf(t *testing.T) {
	tests := []struct{ key, contentType, cacheControl string }{
		{"index.html", "text/html; charset=utf-8", "no-cache"},
		{"config.json", "application/json", "no-cache"},
		{"favicon.svg", "image/svg+xml", "no-cache"},
		{"assets/index-Bx1_9z.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"assets/a.b.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			got, err := fileTypeOf(test.key)
			if err != nil {
				t.Fatal(err)
			}
			if got.ContentType != test.contentType || got.CacheControl != test.cacheControl {
				t.Errorf("got %q, %q, want %q, %q", got.ContentType, got.CacheControl, test.contentType, test.cacheControl)
			}
		})
	}
}

func TestFileTypeOfUnknownFiles(t *testing.T) {
	for _, key := range []string{"assets/film.mp4", "index.js", "assets/deep/index.js", ".vite/manifest.json", "LICENSE", ""} {
		t.Run(key, func(t *testing.T) {
			_, err := fileTypeOf(key)
			if err == nil || !strings.Contains(err.Error(), `serve "`+key+`"`) {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
}

func TestSamplesOfFileTypes(t *testing.T) {
	for _, k := range fileTypes {
		if got, err := fileTypeOf(k.Sample); err != nil || got != k {
			t.Errorf("fileTypeOf(%q): got %v, %v, want %v", k.Sample, got, err, k)
		}
	}
}
