package site

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sallyport/local/loopback"
)

// OnlyAt returns a handler that serves next only to requests for origin, such as
// "http://127.0.0.1:8080". A page at http://localhost:8080 would have another origin,
// which is not registered at the issuer.
//
// A GET or HEAD for another loopback name or port, such as localhost, is redirected to
// origin. Every other request is answered with 421 and the reason. This prevents DNS
// rebinding, in which a page reads the site by a name that points to this machine. The
// handler is safe for concurrent use.
func OnlyAt(origin string, next http.Handler) http.Handler {
	host := strings.TrimSuffix(strings.TrimPrefix(origin, "http://"), ":80") // as browsers write it
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimSuffix(r.Host, ":80") == host {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		if reads := r.Method == http.MethodGet || r.Method == http.MethodHead; reads && loopback.Host(r.Host) {
			to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
			h.Set("Location", origin+"/"+strings.TrimPrefix(to.String(), "/"))
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusMisdirectedRequest)
		_, _ = fmt.Fprintf(w, "This site is at %s only, because sign-in works only there. "+
			"To use it from another machine, forward its ports under the same numbers.\n", origin)
	})
}
