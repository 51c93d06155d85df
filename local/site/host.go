package site

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// OnlyAt serves next at origin, such as "http://127.0.0.1:8080", and by no
// other name: a page at http://localhost:8080 is of another origin, to which
// the issuer would not send anyone back.
//
// A GET or HEAD by another name of this machine, such as localhost or a
// forwarded port, is redirected to origin. Any other request is answered 421
// with the reason: a foreign page must not read the site by a name that its
// owner has let point to this machine (DNS rebinding). The handler may be used
// concurrently.
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
		if reads := r.Method == http.MethodGet || r.Method == http.MethodHead; reads && thisMachine(r.Host) {
			to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
			h.Set("Location", origin+"/"+strings.TrimPrefix(to.String(), "/"))
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusMisdirectedRequest)
		_, _ = fmt.Fprintf(w, "This site is at %s and by no other name: sign-in works only there. "+
			"To use it from another machine, forward its ports under the same numbers.\n", origin)
	})
}

// thisMachine returns whether a Host header names this machine: by a name that
// no DNS server can let point elsewhere (RFC 6761, 6.3), or by an address.
func thisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
