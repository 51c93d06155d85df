package infra

import (
	"fmt"
	"path"
)

// kind is how the files of one folder and extension are served.
type kind struct {
	Folder    string // "" at the root
	Extension string
	// Sample is a file of this kind.
	Sample       string
	ContentType  string
	CacheControl string
}

// What stands under assets/ has its content's hash in its name; the rest keeps
// its name and is asked for again each time.
const (
	forever = "public, max-age=31536000, immutable"
	noCache = "no-cache"
)

// kinds are all that the site serves. The table is our own because
// mime.TypeByExtension answers differently on each machine.
var kinds = []kind{
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

// kindOf tells how to serve the file at key, a path within the site.
func kindOf(key string) (kind, error) {
	folder := path.Dir(key)
	if folder == "." {
		folder = ""
	}
	for _, k := range kinds {
		if k.Folder == folder && k.Extension == path.Ext(key) {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("serve %q: the site knows no file with extension %q in folder %q (add it to infra/kind.go)", key, path.Ext(key), folder)
}
