package infra

import (
	"fmt"
	"path"
)

// fileType has the headers of the files with the folder and the extension of Sample.
type fileType struct {
	Sample       string // path within the site
	ContentType  string
	CacheControl string
}

// The names of files under assets/ contain a hash of the content. The other
// files keep their names, so browsers must request them again each time.
const (
	forever = "public, max-age=31536000, immutable"
	noCache = "no-cache"
)

// fileTypes lists every type that the site serves. The table is our own because
// mime.TypeByExtension returns another type on some machines.
var fileTypes = []fileType{
	{"index.html", "text/html; charset=utf-8", noCache},
	{configFile, "application/json", noCache},
	{"favicon.svg", "image/svg+xml", noCache},
	{"favicon.ico", "image/x-icon", noCache},
	{"robots.txt", "text/plain; charset=utf-8", noCache},
	{"assets/index.js", "text/javascript; charset=utf-8", forever},
	{"assets/index.css", "text/css; charset=utf-8", forever},
	{"assets/image.svg", "image/svg+xml", forever},
	{"assets/image.png", "image/png", forever},
	{"assets/font.woff2", "font/woff2", forever},
}

// fileTypeOf returns the type of the file at key, a path within the site. It
// returns an error if the site has no type for such a file.
func fileTypeOf(key string) (fileType, error) {
	for _, t := range fileTypes {
		if path.Dir(t.Sample) == path.Dir(key) && path.Ext(t.Sample) == path.Ext(key) {
			return t, nil
		}
	}
	return fileType{}, fmt.Errorf("serve %q: the site has no content type for files with extension %q in folder %q; add one to infra/content_type.go", key, path.Ext(key), path.Dir(key))
}
