// Package site emulates a CloudFront distribution. The default origin is a private bucket. Its
// files have the content type and the cache control that the stack declares for their kind. Other
// paths can have other origins. A behavior has a path pattern, methods and response headers. The
// error pages apply to all behaviors.
//
// It differs from CloudFront in that it does not cache, compress or terminate TLS. It adds
// none of the headers Via and X-Amz-Cf-Id. The status 101 of a WebSocket has no headers of the
// response headers policy.
package site

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
)

// Object is an object that the stack declares. Its content type and cache control apply to
// every file with the same folder and extension, because the names of built files contain
// a hash of their content.
type Object struct {
	Key          string
	ContentType  string
	CacheControl string
	// Content is the content of an object that is not a file, such as config.json.
	Content string
}

// Config is the configuration of the bucket.
type Config struct {
	// Objects are the objects of the bucket.
	Objects []Object
	// Root is the key of the page at "/".
	Root string
	// Missing is the status for a missing object: 404 if CloudFront may list the bucket,
	// otherwise 403 (S3's API reference, "GetObject"). The default is 403.
	Missing int
}

// Site is the bucket with the files of a site, the origin of the default behavior. It is safe
// for concurrent use.
type Site struct {
	config Config
	exact  map[string]Object // by key
	kinds  map[string]Object // by folder and extension
	files  atomic.Pointer[map[string][]byte]
}

// New returns a site with the built files, by path. It returns an error if the stack
// declares no object with the folder and extension of a file.
func New(c Config, files map[string][]byte) (*Site, error) {
	c.Missing = cmp.Or(c.Missing, http.StatusForbidden)
	s := &Site{config: c, exact: map[string]Object{}, kinds: map[string]Object{}}
	for _, o := range c.Objects {
		s.exact[o.Key] = o
		s.kinds[kind(o.Key)] = o
	}
	s.files.Store(&map[string][]byte{})
	_, err := s.Replace(files)
	return s, err
}

// Replace replaces the files of the site. It reports whether they differ from the previous
// ones. After an error, the site serves the previous files.
func (s *Site) Replace(files map[string][]byte) (changed bool, err error) {
	for name := range files {
		if _, ok := s.object(name); !ok {
			return false, fmt.Errorf("read site: the stack declares no object of the kind of %s", name)
		}
	}
	before := s.files.Swap(&files)
	return !maps.EqualFunc(*before, files, bytes.Equal), nil
}

func kind(key string) string { return path.Dir(key) + " " + path.Ext(key) }

func (s *Site) object(key string) (Object, bool) {
	if o, ok := s.exact[key]; ok {
		return o, true
	}
	o, ok := s.kinds[kind(key)]
	o.Content = ""
	return o, ok
}

// ServeHTTP answers GET and HEAD.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, o, ok := s.read(cmp.Or(strings.TrimPrefix(r.URL.Path, "/"), s.config.Root))
	status := http.StatusOK
	if !ok {
		o, status = Object{ContentType: "application/xml"}, s.config.Missing
	}
	w.Header().Set("Content-Type", o.ContentType)
	w.Header().Set("Cache-Control", o.CacheControl)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) //nolint:gosec // the built site; an error means that the client has gone
	}
}

// read returns the content of an object, or false if it does not exist.
func (s *Site) read(key string) ([]byte, Object, bool) {
	o, _ := s.object(key)
	if o.Content != "" {
		return []byte(o.Content), o, true
	}
	body, ok := (*s.files.Load())[key]
	return body, o, ok
}
