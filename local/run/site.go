package run

import (
	"net/http"
	"os"

	"sallyport/local/site"
	"sallyport/local/stack"
)

// newSite returns the handler of the site whose console is built into the folder dist.
func newSite(s stack.Site, dist string) (http.Handler, error) {
	return site.New(site.Config{
		Files: os.DirFS(dist), Objects: s.Objects, Headers: s.Headers,
		Root: s.Root, NotFoundKey: s.NotFoundKey, NotFoundStatus: s.NotFoundStatus,
	})
}
