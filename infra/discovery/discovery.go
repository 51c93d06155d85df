// Package discovery reads the discovery document of an OpenID Connect issuer. It
// returns the origins that a page calls to sign in.
package discovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/infra/origin"
	"sallyport/lambda/loopback"
)

const (
	fetchTime    = 20 * time.Second
	maxDocument  = 256 << 10 // bytes
	maxRedirects = 3
)

// Reader reads discovery documents. It is safe for concurrent use.
type Reader struct {
	// Client fetches the documents. Nil means http.DefaultClient. Its
	// CheckRedirect is ignored.
	Client *http.Client
}

// Origins returns the origins that a page calls to sign in at an issuer. The origin
// of the issuer is the first, the others are sorted. The document must name the
// issuer, byte for byte. The address must be https, except on loopback.
//
// The page calls the endpoints for tokens, revocation, keys and user information.
// It opens the endpoints for sign-in and sign-out as pages, so these need no
// permission.
func (r Reader) Origins(ctx context.Context, issuer string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	// OpenID Connect Discovery 1.0, section 4.1.
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	d, err := r.get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	if d.Issuer != issuer {
		return nil, fmt.Errorf("read %s: the document names the issuer %.200q, want %q, byte for byte", address, d.Issuer, issuer)
	}
	origins, err := d.origins()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	return origins, nil
}

// document has the members of a discovery document that this package uses.
type document struct {
	Issuer     string `json:"issuer"`
	Token      string `json:"token_endpoint"`
	Keys       string `json:"jwks_uri"`
	UserInfo   string `json:"userinfo_endpoint"`
	Revocation string `json:"revocation_endpoint"`
}

func (d document) origins() ([]string, error) {
	home, err := originOf(d.Issuer)
	if err != nil {
		return nil, fmt.Errorf("its issuer %w", err)
	}
	var others []string
	for _, e := range []struct {
		name, address string
		needed        bool
	}{
		{"token_endpoint", d.Token, true},
		{"jwks_uri", d.Keys, true},
		{"userinfo_endpoint", d.UserInfo, false},
		{"revocation_endpoint", d.Revocation, false},
	} {
		if e.address == "" && !e.needed {
			continue
		}
		o, err := originOf(e.address)
		if err != nil {
			return nil, fmt.Errorf("its %s %w", e.name, err)
		}
		if o != home {
			others = append(others, o)
		}
	}
	slices.Sort(others)
	return append([]string{home}, slices.Compact(others)...), nil
}

// originOf returns the origin of an address as browsers write it. It returns an error
// unless the result is a plain origin, because it becomes part of a header.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("is %.200q: want an address", address)
	}
	o := u.Scheme + "://" + strings.ToLower(u.Host)
	if u.Scheme == "https" {
		o = strings.TrimSuffix(o, ":443")
	}
	if want := origin.CheckPage(o); want != "" {
		return "", fmt.Errorf("is %.200q: want %s", address, want)
	}
	return o, nil
}

func (r Reader) get(ctx context.Context, address string) (document, error) {
	if !safe(address) {
		return document{}, errors.New("want an https address, or an http address on loopback")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return document{}, err
	}
	req.Header.Set("Accept", "application/json")
	client := *http.DefaultClient
	if r.Client != nil {
		client = *r.Client
	}
	client.CheckRedirect = checkRedirect
	res, err := client.Do(req)
	if err != nil {
		return document{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return document{}, fmt.Errorf("the status is %s, want 200 OK", res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err != nil {
		return document{}, err
	}
	if len(body) > maxDocument {
		return document{}, fmt.Errorf("the document has more than %d bytes", maxDocument)
	}
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		return document{}, fmt.Errorf("the answer is not a discovery document: %w", err)
	}
	return d, nil
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if to := req.URL; !safe(to.String()) || via[0].URL.Scheme == "https" && to.Scheme != "https" {
		return fmt.Errorf("it redirects to %s: want https", to.Redacted())
	}
	return nil
}

// safe reports whether an address is https or on loopback, so that nobody on the
// network can change the answer.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname())
}
