package site

import (
	"net/http"
	"net/url"
	"slices"
)

// Distribution answers requests like a CloudFront distribution. It uses the first behavior whose
// path pattern matches. The error pages apply to all behaviors. It is safe for concurrent use.
type Distribution struct {
	// Behaviors are the behaviors with a path pattern, in the order of the distribution.
	Behaviors []Behavior
	// Default is the behavior of all other paths.
	Default Behavior
	// Pages are the error pages.
	Pages []ErrorPage
}

// Behavior is a cache behavior of a distribution. Nothing is cached.
type Behavior struct {
	// Pattern selects the paths. The default behavior has none.
	Pattern Pattern
	// Methods are the allowed methods. Other methods get 403.
	Methods []string
	// Headers are the headers of the response headers policy. They replace the headers of the origin.
	Headers map[string]string
	// Origin answers the requests.
	Origin http.Handler
}

// ErrorPage is a custom error response.
type ErrorPage struct {
	// Code is the status of the origin that the page replaces.
	Code int
	// Status is the status of the response with the page.
	Status int
	// Path is the path of the page, such as /index.html.
	Path string
}

// ServeHTTP answers a request. It can upgrade the connection if the origin can.
func (d *Distribution) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b := d.behavior(r.URL)
	if !slices.Contains(b.Methods, r.Method) {
		setAll(w.Header(), b.Headers)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	b.Origin.ServeHTTP(&response{ResponseWriter: w, distribution: d, request: r, headers: b.Headers}, r)
}

// behavior returns the behavior for a URL.
func (d *Distribution) behavior(u *url.URL) Behavior {
	path := normalize(u.EscapedPath())
	for _, b := range d.Behaviors {
		if b.Pattern.Match(path) {
			return b
		}
	}
	return d.Default
}

// page returns the error page for a status of an origin.
func (d *Distribution) page(status int) (ErrorPage, bool) {
	i := slices.IndexFunc(d.Pages, func(p ErrorPage) bool { return p.Code == status })
	if i < 0 {
		return ErrorPage{}, false
	}
	return d.Pages[i], true
}

// response adds the headers of a behavior to the response of an origin, and replaces an error
// by its page.
type response struct {
	http.ResponseWriter
	distribution *Distribution // nil: the response is an error page itself
	request      *http.Request
	headers      map[string]string
	status       int  // of an error page, in place of 200
	written      bool // the head is written
	replaced     bool // an error page is the response
}

// Unwrap lets http.ResponseController flush and hijack the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader writes the head of the response, or the whole error page.
func (w *response) WriteHeader(status int) {
	if w.written {
		return
	}
	if w.distribution != nil {
		if p, ok := w.distribution.page(status); ok {
			w.written, w.replaced = true, true
			w.writePage(p)
			return
		}
	}
	if status == http.StatusOK && w.status != 0 {
		status = w.status
	}
	w.written = status >= http.StatusOK || status == http.StatusSwitchingProtocols // others may follow
	setAll(w.Header(), w.headers)
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the body, unless an error page is the response.
func (w *response) Write(part []byte) (int, error) {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	if w.replaced {
		return len(part), nil
	}
	return w.ResponseWriter.Write(part)
}

// writePage writes an error page in place of the response of the origin.
func (w *response) writePage(p ErrorPage) {
	clear(w.Header())
	r := w.request.Clone(w.request.Context())
	if r.Method != http.MethodHead {
		r.Method = http.MethodGet
	}
	r.URL, r.Body, r.ContentLength = &url.URL{Path: p.Path}, http.NoBody, 0
	b := w.distribution.behavior(r.URL)
	b.Origin.ServeHTTP(&response{ResponseWriter: w.ResponseWriter, headers: b.Headers, status: p.Status}, r)
}

// setAll sets headers.
func setAll(h http.Header, values map[string]string) {
	for name, value := range values {
		h.Set(name, value)
	}
}
