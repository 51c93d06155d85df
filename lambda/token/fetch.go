package token

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sallyport/lambda/loopback"
)

const (
	fetchTime   = 4 * time.Second // for both documents together
	maxDocument = 256 << 10       // bytes of a document
	maxAddress  = 2 << 10         // bytes of jwks_uri
)

// fetcher fetches the keys of an issuer (OpenID Connect Discovery 1.0, section 4, and
// RFC 7517).
type fetcher struct {
	client *http.Client
	issuer string
}

func (f fetcher) keys(ctx context.Context) (map[keyID]any, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	address, err := f.discover(ctx)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := f.get(ctx, address, &set); err != nil {
		return nil, err
	}
	keys := parseKeys(set.Keys)
	if len(keys) == 0 {
		return nil, fmt.Errorf("get %s: none of its %d keys is for RS256, ES256 or EdDSA", address, len(set.Keys))
	}
	return keys, nil
}

// discover returns the address of the issuer's keys.
func (f fetcher) discover(ctx context.Context) (string, error) {
	if !safe(f.issuer) {
		return "", fmt.Errorf("get keys of %s: want an https issuer, or one on loopback", f.issuer)
	}
	address := strings.TrimSuffix(f.issuer, "/") + "/.well-known/openid-configuration"
	var d struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := f.get(ctx, address, &d); err != nil {
		return "", err
	}
	if d.Issuer != f.issuer {
		return "", fmt.Errorf("get %s: its issuer is %.200q: want exactly %q", address, d.Issuer, f.issuer)
	}
	secured := strings.HasPrefix(d.JWKSURI, "https:") || strings.HasPrefix(f.issuer, "http:")
	if !safe(d.JWKSURI) || !secured || len(d.JWKSURI) > maxAddress {
		return "", fmt.Errorf("get %s: its jwks_uri is %.200q: want an address as safe as the issuer's, of at most %d bytes", address, d.JWKSURI, maxAddress)
	}
	return d.JWKSURI, nil
}

// safe reports whether keys may be read from an address: an https address, or one on
// loopback.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname())
}

func (f fetcher) get(ctx context.Context, address string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("get %s: %w", address, err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := f.client.Do(req)
	if err != nil {
		return err // its text has the method, the address and the cause
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: status %d", address, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err != nil {
		return fmt.Errorf("get %s: %w", address, err)
	}
	if len(body) > maxDocument {
		return fmt.Errorf("get %s: more than %d bytes", address, maxDocument)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("get %s: %w", address, err)
	}
	return nil
}
