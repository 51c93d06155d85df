// Package site serves a static site as CloudFront does in front of a private
// bucket: the files of a folder, each with the content type and the cache
// control that the stack declares for its kind, the response headers of the
// distribution, and its error page.
//
// It differs from CloudFront in that it does not cache, compress or terminate
// TLS.
package site

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Object is how the stack stores one object, and with it every file of the
// same folder and extension: the names of built files carry a hash of what is
// in them, so the stack's declaration stands for their kind.
type Object struct {
	Key          string
	ContentType  string
	CacheControl string
	// Content of an object that is not a file, such as config.json.
	Content string
}

// Config is the site's declaration.
type Config struct {
	// Files is the folder with the built site.
	Files fs.FS
	// Objects are those of the bucket.
	Objects []Object
	// Headers are added to every response.
	Headers map[string]string
	// Root is the key served for "/".
	Root string
	// NotFoundKey is the key served for what does not exist, with the status
	// NotFoundStatus. Empty: 403 with no page, as a private bucket answers.
	NotFoundKey    string
	NotFoundStatus int
}

// New returns the site's handler. Every file must be of a kind that an object
// declares. The handler may be used concurrently.
func New(c Config) (http.Handler, error) {
	s := &site{config: c, exact: map[string]Object{}, kinds: map[string]Object{}}
	for _, o := range c.Objects {
		s.exact[o.Key] = o
		s.kinds[kind(o.Key)] = o
	}
	err := fs.WalkDir(c.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, ok := s.object(name); !ok {
			return fmt.Errorf("the stack declares no object of the kind of %s", name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read site: %w", err)
	}
	return s, nil
}

type site struct {
	config Config
	exact  map[string]Object // by key
	kinds  map[string]Object // by folder and extension
}

func kind(key string) string { return path.Dir(key) + " " + path.Ext(key) }

func (s *site) object(key string) (Object, bool) {
	if o, ok := s.exact[key]; ok {
		return o, true
	}
	o, ok := s.kinds[kind(key)]
	o.Content = ""
	return o, ok
}

// ServeHTTP answers GET and HEAD.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for k, v := range s.config.Headers {
		w.Header().Set(k, v)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.WriteHeader(http.StatusForbidden) // CloudFront's allowed methods
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/")
	if key == "" {
		key = s.config.Root
	}
	body, o, err := s.read(key)
	status := http.StatusOK
	if err != nil {
		body, o, status = s.notFound()
	}
	w.Header().Set("Content-Type", o.ContentType)
	w.Header().Set("Cache-Control", o.CacheControl)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) //nolint:gosec // the built site; if the client is gone, nobody is left to tell
	}
}

// read returns the content of an object. The folder is read each time, so a
// new build of the site is served at once.
func (s *site) read(key string) ([]byte, Object, error) {
	o, ok := s.object(key)
	if !ok {
		return nil, o, fs.ErrNotExist
	}
	if o.Content != "" {
		return []byte(o.Content), o, nil
	}
	body, err := fs.ReadFile(s.config.Files, key)
	return body, o, err
}

func (s *site) notFound() ([]byte, Object, int) {
	if s.config.NotFoundKey != "" {
		if body, o, err := s.read(s.config.NotFoundKey); err == nil {
			return body, o, s.config.NotFoundStatus
		}
	}
	return nil, Object{ContentType: "application/xml"}, http.StatusForbidden
}
