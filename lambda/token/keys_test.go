package token_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/lambda/errcode"
	"sallyport/lambda/token"
)

// clock is a clock that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// newVerifier returns a verifier of the issuer's tokens and its clock.
func newVerifier(is *issuer) (*token.Verifier, *clock) {
	c := &clock{at: now}
	config := is.config()
	config.Now, config.Outage = c.now, func(err error) { is.outages = append(is.outages, err.Error()) }
	return token.New(config), c
}

func TestKeysAreCached(t *testing.T) {
	is := newIssuer(t)
	v, _ := newVerifier(is)
	raw := byRSA().sign(t, is.claims(nil))
	for range 5 {
		if _, _, err := v.Verify(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	if got := is.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches, want 1", got)
	}
}

func TestConcurrentCallersShareAFetch(t *testing.T) {
	is := newIssuer(t)
	v, _ := newVerifier(is)
	raw := byRSA().sign(t, is.claims(nil))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, _, err := v.Verify(t.Context(), raw); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := is.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches, want 1", got)
	}
}

func TestKeysRotate(t *testing.T) {
	is := newIssuer(t)
	v, clock := newVerifier(is)
	fresh := must(rsa.GenerateKey(rand.Reader, 2048))
	long := is.claims(func(c map[string]any) { c["exp"] = now.Unix() + 86400 })
	old := byRSA().sign(t, long)
	rotated := signature{alg: jose.RS256, key: fresh, kid: "fresh"}.sign(t, long)

	step := func(description, raw string, accepted bool, fetches int64) {
		t.Helper()
		_, _, err := v.Verify(t.Context(), raw)
		if refusal := new(errcode.Refusal); err != nil && !errors.As(err, &refusal) {
			t.Errorf("%s: %v", description, err)
		}
		if (err == nil) != accepted || is.fetches.Load() != fetches {
			t.Errorf("%s: got error %v after %d fetches, want accepted %v, %d", description, err, is.fetches.Load(), accepted, fetches)
		}
	}
	step("old key", old, true, 1)
	is.publish(publicJWK(fresh, "fresh"))
	clock.at = clock.at.Add(5*time.Second - time.Millisecond)
	step("new key, within the pause", rotated, false, 1)
	clock.at = clock.at.Add(time.Millisecond)
	step("new key, after the pause", rotated, true, 2)
	step("withdrawn key", old, false, 2)
	clock.at = clock.at.Add(5 * time.Second)
	step("withdrawn key, after the pause", old, false, 3)

	is.publish(publicJWK(keys().rsa, "rsa"))
	clock.at = clock.at.Add(time.Hour - time.Second)
	step("withdrawn key, within the hour", rotated, true, 3)
	clock.at = clock.at.Add(time.Second)
	step("withdrawn key, after the hour", rotated, false, 4)
}

// Random key ids cause a few fetches only, and do not delay a new key by more than
// half a minute, because each fetch brings all keys.
func TestUnknownKeysAreRateLimited(t *testing.T) {
	is := newIssuer(t)
	v, clock := newVerifier(is)
	fresh := must(rsa.GenerateKey(rand.Reader, 2048))
	long := is.claims(func(c map[string]any) { c["exp"] = now.Unix() + 86400 })
	rotated := signature{alg: jose.RS256, key: fresh, kid: "fresh"}.sign(t, long)
	random := signature{alg: jose.RS256, key: keys().rogue, kid: "random"}.sign(t, long)
	flood := func(seconds int) {
		t.Helper()
		for range seconds {
			if _, _, err := v.Verify(t.Context(), random); !errors.As(err, new(*errcode.Refusal)) {
				t.Fatalf("got error %v, want a refusal", err)
			}
			clock.at = clock.at.Add(time.Second)
		}
	}
	flood(600)
	if got := is.fetches.Load(); got != 4+600/30-1 {
		t.Errorf("got %d fetches in ten minutes, want 4 at once and 1 each 30 s", got)
	}
	for _, wait := range []int{0, 1, 7, 13, 29} { // seconds after which the new key appears
		flood(wait)
		is.publish(publicJWK(fresh, "fresh"))
		flood(30)
		if _, _, err := v.Verify(t.Context(), rotated); err != nil {
			t.Errorf("after %d s: got error %v for a new key, want it accepted", wait, err)
		}
		is.publish(publicJWK(keys().rsa, "rsa"))
		flood(30)
	}
	fetches := is.fetches.Load()
	clock.at = clock.at.Add(10 * time.Minute) // without fetches: the bucket has four fetches, not more
	flood(20)
	if got := is.fetches.Load() - fetches; got != 4 {
		t.Errorf("got %d fetches after ten minutes without fetches, want 4", got)
	}
}

// Members of a JWK besides the key itself do not make the key invalid.
func TestKeysIgnoreOtherMembers(t *testing.T) {
	negative := "MIICxjCCAa6gAwIBAgIB/zANBgkqhkiG9w0BAQsFADAA" // the beginning of a certificate of serial number -1
	for name, test := range map[string]struct {
		members map[string]any
		good    bool
	}{
		"certificate":      {map[string]any{"x5c": []string{negative}}, true},
		"emptyCertificate": {map[string]any{"x5c": []string{""}}, true},
		"bareKey":          {map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(keys().rsa.Public())))}}, true},
		"noList":           {map[string]any{"x5c": 7}, true},
		"hexHash":          {map[string]any{"x5t": "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"}, true},
		"paddedHash":       {map[string]any{"x5t#S256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}, true},
		"numberHash":       {map[string]any{"x5t": 7, "x5t#S256": nil}, true},
		"address":          {map[string]any{"x5u": "::"}, true},
		"operations":       {map[string]any{"key_ops": "verify"}, true},
		"otherOperations":  {map[string]any{"key_ops": []string{"encrypt"}}, true},
		"unknown":          {map[string]any{"ext": 7, "iat": "x", "nbf": []any{}}, true},
		"nulls":            {map[string]any{"use": nil, "alg": nil, "d": nil, "x5c": nil}, true},
		"emptyUse":         {map[string]any{"use": ""}, true},
		"signing":          {map[string]any{"use": "sig", "alg": "RS256"}, true},
		"encryption":       {map[string]any{"use": "enc"}, false},
		"listOfUses":       {map[string]any{"use": []string{"sig"}}, false},
		"numberUse":        {map[string]any{"use": 1}, false},
		"otherAlgorithm":   {map[string]any{"alg": "RS512"}, false},
		"numberAlgorithm":  {map[string]any{"alg": 1}, false},
		"numberID":         {map[string]any{"kid": 1}, false},
		"privateHalf":      {map[string]any{"d": "AQAB"}, false},
		"otherType":        {map[string]any{"kty": "EC"}, false},
		"symmetric":        {map[string]any{"kty": "oct", "k": "AQAB"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			is := newIssuer(t)
			var key map[string]any
			if err := json.Unmarshal(must(json.Marshal(publicJWK(keys().rsa, "rsa"))), &key); err != nil {
				t.Fatal(err)
			}
			maps.Copy(key, test.members)
			is.publish(key, publicJWK(keys().ec, "ec"))
			v, _ := newVerifier(is)
			_, _, err := v.Verify(t.Context(), byRSA().sign(t, is.claims(nil)))
			if (err == nil) != test.good || err != nil && !errors.As(err, new(*errcode.Refusal)) {
				t.Errorf("got error %v, want the key accepted: %v", err, test.good)
			}
		})
	}
}

func TestKeysStayValidDuringOutage(t *testing.T) {
	is := newIssuer(t)
	v, clock := newVerifier(is)
	raw := byRSA().sign(t, is.claims(func(c map[string]any) { c["exp"] = now.Unix() + 86400 }))
	if _, _, err := v.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	is.breakPath("/keys", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	clock.at = clock.at.Add(2 * time.Hour)
	for range 3 { // in the same minute
		if _, _, err := v.Verify(t.Context(), raw); err != nil {
			t.Errorf("known key: got error %v, want none", err)
		}
	}
	if len(is.outages) != 1 || !strings.Contains(is.outages[0], "status 503") {
		t.Errorf("got outages %q, want one", is.outages)
	}
	clock.at = now.Add(24*time.Hour - time.Second)
	if _, _, err := v.Verify(t.Context(), raw); err != nil {
		t.Errorf("known key after almost a day: got error %v, want none", err)
	}
	clock.at = now.Add(24 * time.Hour)
	if _, _, err := v.Verify(t.Context(), raw); err == nil || !strings.Contains(err.Error(), "status 503") {
		t.Errorf("known key after a day: got error %v, want an error", err)
	}
	unknown := signature{alg: jose.RS256, key: keys().rsa, kid: "new"}.sign(t, is.claims(nil))
	_, _, err := v.Verify(t.Context(), unknown)
	if refusal := new(errcode.Refusal); err == nil || errors.As(err, &refusal) {
		t.Errorf("unknown key: got error %v, want one that is not a refusal", err)
	}
}

func TestKeysAfterFailedFetch(t *testing.T) {
	is := newIssuer(t)
	v, clock := newVerifier(is)
	raw := byRSA().sign(t, is.claims(nil))
	tries := 0
	is.breakPath("/keys", func(w http.ResponseWriter, _ *http.Request) {
		tries++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	for range 3 {
		if _, _, err := v.Verify(t.Context(), raw); err == nil || !strings.Contains(err.Error(), "status 503") {
			t.Errorf("got error %v, want the status of the answer", err)
		}
	}
	if tries != 1 {
		t.Errorf("got %d fetches, want 1 within 2 s", tries)
	}
	is.breakPath("/keys", nil)
	clock.at = clock.at.Add(2 * time.Second)
	if _, _, err := v.Verify(t.Context(), raw); err != nil {
		t.Errorf("after the outage: got error %v, want none", err)
	}
}

// A slow issuer delays one event, not every event. An event with a known key waits even less
// often than one with an unknown key.
func TestKeysAfterSlowFailure(t *testing.T) {
	is := newIssuer(t)
	v, clock := newVerifier(is)
	day := is.claims(func(c map[string]any) { c["exp"] = now.Unix() + 86400 })
	known, unknown := byRSA().sign(t, day), signature{alg: jose.RS256, key: keys().rsa, kid: "new"}.sign(t, day)
	if _, _, err := v.Verify(t.Context(), known); err != nil {
		t.Fatal(err)
	}
	tries := 0
	is.breakPath("/keys", func(w http.ResponseWriter, _ *http.Request) {
		tries++
		clock.at = clock.at.Add(4 * time.Second)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	for _, step := range []struct {
		description string
		at          time.Duration
		raw         string
		want        int // fetches up to here
	}{
		{"unknown", time.Minute, unknown, 1},
		{"unknown, at once", time.Minute + 5*time.Second, unknown, 1},
		{"unknown, after two seconds", time.Minute + 6*time.Second, unknown, 2},
		{"known, good for an hour", time.Hour - time.Second, known, 2},
		{"known, after an hour", time.Hour, known, 3},
		{"known, at once", time.Hour + 4*time.Second, known, 3},
		{"unknown, meanwhile", time.Hour + 6*time.Second, unknown, 4},
		{"known, within a minute", time.Hour + 69*time.Second, known, 4},
		{"known, after a minute", time.Hour + 70*time.Second, known, 5},
	} {
		clock.at = now.Add(step.at)
		_, _, err := v.Verify(t.Context(), step.raw)
		if refusal := new(errcode.Refusal); (err == nil) != (step.raw == known) || errors.As(err, &refusal) || tries != step.want {
			t.Errorf("%s: got error %v after %d fetches, want %d", step.description, err, tries, step.want)
		}
	}
}

// A caller that cancels does not affect the next caller.
func TestKeysCallerCancels(t *testing.T) {
	is := newIssuer(t)
	v, _ := newVerifier(is)
	raw := byRSA().sign(t, is.claims(nil))
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	is.breakPath("/keys", func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	go func() {
		<-asked
		cancel()
	}()
	if _, _, err := v.Verify(ctx, raw); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	is.breakPath("/keys", nil)
	if _, _, err := v.Verify(t.Context(), raw); err != nil {
		t.Errorf("got error %v, want none", err)
	}
}
