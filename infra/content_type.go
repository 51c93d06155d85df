package infra

import (
	"fmt"
	"path"
)

// fileType says how the site serves the files of one folder and extension.
type fileType struct {
	Folder    string // "" at the root
	Extension string
	// Sample is the path of a file of this type.
	Sample       string
	ContentType  string
	CacheControl string
}

// The names of files under assets/ contain a hash of the content. The other
// files keep their names, so browsers must ask for them again each time.
const (
	forever = "public, max-age=31536000, immutable"
	noCache = "no-cache"
)

// fileTypes lists every type that the site serves. The table is our own because
// mime.TypeByExtension answers differently on each machine.
var fileTypes = []fileType{
	{"", ".html", "index.html", "text/html; charset=utf-8", noCache},
	{"", ".json", configFile, "application/json", noCache},
	{"", ".svg", "favicon.svg", "image/svg+xml", noCache},
	{"", ".ico", "favicon.ico", "image/x-icon", noCache},
	{"", ".txt", "robots.txt", "text/plain; charset=utf-8", noCache},
	{"assets", ".js", "assets/index.js", "text/javascript; charset=utf-8", forever},
	{"assets", ".css", "assets/index.css", "text/css; charset=utf-8", forever},
	{"assets", ".svg", "assets/image.svg", "image/svg+xml", forever},
	{"assets", ".png", "assets/image.png", "image/png", forever},
	{"assets", ".woff2", "assets/font.woff2", "font/woff2", forever},
}

// fileTypeOf returns the type of the file at key, a path within the site. It
// returns an error if the site has no type for such a file.
func fileTypeOf(key string) (fileType, error) {
	folder := path.Dir(key)
	if folder == "." {
		folder = ""
	}
	for _, t := range fileTypes {
		if t.Folder == folder && t.Extension == path.Ext(key) {
			return t, nil
		}
	}
	return fileType{}, fmt.Errorf("serve %q: the site has no content type for files with extension %q in folder %q; add one to infra/content_type.go", key, path.Ext(key), folder)
}
