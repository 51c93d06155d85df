package token_test

import (
	"crypto"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/token"
)

// migration is a move from one issuer to another: the old one signs with the
// RSA key, the new one with the EC key, both under the same key id.
type migration struct {
	old, fresh *issuer
	verifier   *token.Verifier
	clock      *clock
}

func newMigration(t *testing.T) migration {
	t.Helper()
	m := migration{old: newIssuer(t), fresh: newIssuer(t), clock: &clock{at: now}}
	k := keys()
	m.old.publish(publicJWK(k.rsa, "shared"))
	m.fresh.publish(publicJWK(k.rogue, "shared"), publicJWK(k.ec, "only"))
	m.verifier = token.New(token.Config{
		Issuers: []token.Issuer{
			{URL: m.old.url, Audience: "sallyport", UserClaims: []string{"username", "sub"}},
			{URL: m.fresh.url, Audience: "console", UserClaims: []string{"sub"}},
		},
		Now: m.clock.now,
	})
	return m
}

// sign signs a token with an iss and an aud.
func (m migration) sign(t *testing.T, key crypto.Signer, kid, issuer, audience string) string {
	t.Helper()
	s := signature{alg: jose.RS256, key: key, kid: kid}
	if key == keys().ec {
		s.alg = jose.ES256
	}
	return s.sign(t, map[string]any{
		"iss": issuer, "aud": audience, "sub": "alice", "username": "al", "exp": m.clock.at.Unix() + 3600,
	})
}

func TestTwoIssuers(t *testing.T) {
	m := newMigration(t)
	k := keys()
	const unknown = "token is signed by a key that the issuer does not publish"
	tests := []struct {
		name             string
		key              crypto.Signer
		kid              string
		issuer, audience string
		user             string
		code             errcode.Code // empty: accepted
		reason           string
	}{
		{"old", k.rsa, "shared", m.old.url, "sallyport", "al", "", ""},
		{"fresh", k.rogue, "shared", m.fresh.url, "console", "alice", "", ""},
		{"freshOtherKey", k.ec, "only", m.fresh.url, "console", "alice", "", ""},
		{"oldAsFresh", k.rsa, "shared", m.fresh.url, "console", "", errcode.TokenInvalid, "signature does not verify"},
		{"freshAsOld", k.rogue, "shared", m.old.url, "sallyport", "", errcode.TokenInvalid, "signature does not verify"},
		{"freshOtherKeyAsOld", k.ec, "only", m.old.url, "sallyport", "", errcode.TokenInvalid, unknown},
		{"audienceOfFresh", k.rsa, "shared", m.old.url, "console", "al", errcode.TokenAudience, `token is for ["console"], not for "sallyport"`},
		{"audienceOfOld", k.rogue, "shared", m.fresh.url, "sallyport", "alice", errcode.TokenAudience, `token is for ["sallyport"], not for "console"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			user, _, err := m.verifier.Verify(t.Context(), m.sign(t, test.key, test.kid, test.issuer, test.audience))
			want := identity.User{} // users of two issuers differ, even with one subject
			if test.user != "" {
				want = identity.User{Issuer: test.issuer, Subject: "alice", Name: test.user}
			}
			if user != want {
				t.Errorf("got user %+v, want %+v", user, want)
			}
			var refusal *errcode.Refusal
			switch errors.As(err, &refusal) {
			case true:
				if refusal.Code != test.code || refusal.Error() != test.reason {
					t.Errorf("got %s: %s, want %s: %s", refusal.Code, refusal, test.code, test.reason)
				}
			case false:
				if err != nil || test.code != "" {
					t.Errorf("got error %v, want %s: %s", err, test.code, test.reason)
				}
			}
		})
	}
}

// A token of an unknown issuer causes no request.
func TestUnknownIssuerGetsNoRequest(t *testing.T) {
	m := newMigration(t)
	for _, issuer := range []string{"", "https://evil.example", m.old.url + "/", m.old.url + "#", "HTTP" + m.old.url[4:]} {
		_, _, err := m.verifier.Verify(t.Context(), m.sign(t, keys().rsa, "shared", issuer, "sallyport"))
		if refusal := new(errcode.Refusal); !errors.As(err, &refusal) || refusal.Code != errcode.TokenIssuer {
			t.Errorf("issuer %q: got error %v, want it refused for its issuer", issuer, err)
		}
	}
	if m.old.fetches.Load() != 0 || m.fresh.fetches.Load() != 0 {
		t.Errorf("got %d and %d fetches, want none", m.old.fetches.Load(), m.fresh.fetches.Load())
	}
}

// An outage of one issuer does not affect the keys of the other.
func TestIssuersAreSeparate(t *testing.T) {
	m := newMigration(t)
	old := m.sign(t, keys().rsa, "shared", m.old.url, "sallyport")
	fresh := m.sign(t, keys().ec, "only", m.fresh.url, "console")
	m.old.breakPath("/keys", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	if _, _, err := m.verifier.Verify(t.Context(), fresh); err != nil {
		t.Errorf("during the outage of the other issuer: got error %v, want none", err)
	}
	if _, _, err := m.verifier.Verify(t.Context(), old); err == nil || errors.As(err, new(*errcode.Refusal)) {
		t.Errorf("got error %v, want one that is not a refusal", err)
	}
	m.old.breakPath("/keys", nil)
	m.clock.at = m.clock.at.Add(2 * time.Second) // less than the cool-down of the fresh one
	if _, _, err := m.verifier.Verify(t.Context(), old); err != nil {
		t.Errorf("after the outage: got error %v, want none", err)
	}
	if m.old.fetches.Load() != 1 || m.fresh.fetches.Load() != 1 {
		t.Errorf("got %d and %d good fetches, want 1 each", m.old.fetches.Load(), m.fresh.fetches.Load())
	}
}
