package token_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/lambda/errcode"
	"sallyport/lambda/token"
)

func TestKeysUnavailable(t *testing.T) {
	big := strings.Repeat(" ", 256<<10+1)
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name, path, body, want string
	}{
		{"discoveryNotJSON", "/.well-known/openid-configuration", "<html>", "invalid character"},
		{"discoveryTooLong", "/.well-known/openid-configuration", big, "more than 262144 bytes"},
		{
			"otherIssuer", "/.well-known/openid-configuration", `{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}`,
			`its issuer is "https://evil.example"`,
		},
		{"noKeysAddress", "/.well-known/openid-configuration", `{"issuer":"ISSUER"}`, `its jwks_uri is ""`},
		{"fileAddress", "/.well-known/openid-configuration", `{"issuer":"ISSUER","jwks_uri":"file:///etc/passwd"}`, "want an address as safe"},
		{"longIssuer", "/.well-known/openid-configuration", `{"issuer":"` + long + `"}`, `its issuer is "xxx`},
		{"longAddress", "/.well-known/openid-configuration", `{"issuer":"ISSUER","jwks_uri":"ftp://` + long + `"}`, `its jwks_uri is "ftp://xxx`},
		{"longGoodAddress", "/.well-known/openid-configuration", `{"issuer":"ISSUER","jwks_uri":"ISSUER/` + long + `"}`, "want an address as safe"},
		{"keysNotJSON", "/keys", "<html>", "invalid character"},
		{"keysTooLong", "/keys", big, "more than 262144 bytes"},
		{"noKeys", "/keys", `{"keys":[]}`, "none of its 0 keys"},
		{"badKeys", "/keys", `{"keys":[1,null,{"kty":"RSA","kid":"rsa","n":"AQ","e":"AQAB"},{}]}`, "none of its 4 keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			is := newIssuer(t)
			is.breakPath(test.path, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(strings.ReplaceAll(test.body, "ISSUER", is.url)))
			})
			checkUnavailable(t, is.config(), byRSA().sign(t, is.claims(nil)), test.want)
		})
	}
	t.Run("redirect", func(t *testing.T) {
		is := newIssuer(t)
		is.breakPath("/keys", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
		config := is.config()
		config.Client = &http.Client{} // follows redirects
		checkUnavailable(t, config, byRSA().sign(t, is.claims(nil)), "status 302")
	})
	t.Run("longStatus", func(t *testing.T) {
		config := (&issuer{url: "https://sign-in.example"}).config()
		config.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 500, Status: "500 " + long, Body: http.NoBody}, nil
		})}
		checkUnavailable(t, config, byRSA().sign(t, (&issuer{url: "https://sign-in.example"}).claims(nil)), "status 500")
	})
	t.Run("plainKeysOfSecureIssuer", func(t *testing.T) {
		is := newIssuer(t)
		srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, map[string]string{"issuer": "https://" + r.Host, "jwks_uri": is.url + "/keys"})
		}))
		t.Cleanup(srv.Close)
		config := is.config()
		config.Issuers[0].URL, config.Client = srv.URL, srv.Client()
		raw := byRSA().sign(t, is.claims(func(c map[string]any) { c["iss"] = srv.URL }))
		checkUnavailable(t, config, raw, "want an address as safe as the issuer's")
	})
	t.Run("keysFromAfar", func(t *testing.T) {
		is := newIssuer(t)
		is.breakPath("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, map[string]string{"issuer": is.url, "jwks_uri": "http://keys.example/keys"})
		})
		checkUnavailable(t, is.config(), byRSA().sign(t, is.claims(nil)), "want an address as safe as the issuer's")
	})
	for _, address := range []string{"http://localhost:1", "http://id.localhost", "http://127.9.9.9:1", "http://[::1]:1"} {
		t.Run("issuer "+address, func(t *testing.T) {
			is := newIssuer(t)
			config := is.config()
			config.Issuers[0].URL = address
			config.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("the request was sent")
			})}
			raw := byRSA().sign(t, is.claims(func(c map[string]any) { c["iss"] = address }))
			checkUnavailable(t, config, raw, "the request was sent")
		})
	}
	for _, address := range []string{"http://sign-in.example", "http://127.0.0.1.example", "http://localhost.example", "http://10.0.0.1", "ftp://127.0.0.1", "//127.0.0.1", "127.0.0.1"} {
		t.Run("issuer "+address, func(t *testing.T) {
			is := newIssuer(t)
			config := is.config()
			config.Issuers[0].URL = address
			config.Client = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				t.Errorf("got a request for %s, want none", req.URL)
				return nil, errors.New("no network")
			})}
			raw := byRSA().sign(t, is.claims(func(c map[string]any) { c["iss"] = address }))
			checkUnavailable(t, config, raw, "want an https issuer, or one on loopback")
		})
	}
	t.Run("nobodyThere", func(t *testing.T) {
		is := newIssuer(t)
		config := is.config()
		config.Issuers[0].URL = "http://127.0.0.1:1"
		raw := byRSA().sign(t, is.claims(func(c map[string]any) { c["iss"] = "http://127.0.0.1:1" }))
		checkUnavailable(t, config, raw, "connection refused")
	})
}

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A request to an issuer that does not answer, or whose answer does not end, has a timeout.
func TestKeysTakeTooLong(t *testing.T) {
	const address = "https://sign-in.example"
	raw := byRSA().sign(t, (&issuer{url: address}).claims(nil))
	for name, answer := range map[string]roundTrip{
		"noAnswer": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
		"noEnd": func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(drip{req.Context()})}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				config := (&issuer{url: address}).config()
				config.Client = &http.Client{Transport: answer}
				checkUnavailable(t, config, raw, "deadline exceeded")
				if took := time.Since(start); took != 4*time.Second {
					t.Errorf("it took %v, want 4s", took)
				}
			})
		})
	}
}

// drip is a body of one byte a second that does not end.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		return copy(p, " "), nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

// checkUnavailable checks that the error is not a refusal, and has the text want.
func checkUnavailable(t *testing.T, config token.Config, raw, want string) {
	t.Helper()
	_, _, err := token.New(config).Verify(t.Context(), raw)
	if refusal := new(errcode.Refusal); err == nil || errors.As(err, &refusal) || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q that is not a refusal", err, want)
	}
	if err != nil && (strings.Contains(err.Error(), raw) || len(err.Error()) > 1000) {
		t.Errorf("got error %.2000v, want a short one without the token", err)
	}
}

func TestIssuerWithSlash(t *testing.T) {
	var url string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tenant/.well-known/openid-configuration":
			writeJSON(w, map[string]string{"issuer": url, "jwks_uri": url + "keys"})
		case "/tenant/keys":
			writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{publicJWK(keys().rsa, "rsa")}})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	url = srv.URL + "/tenant/"
	is := &issuer{url: url}
	if _, _, err := token.New(is.config()).Verify(t.Context(), byRSA().sign(t, is.claims(nil))); err != nil {
		t.Error(err)
	}
}
