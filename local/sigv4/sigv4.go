// Package sigv4 verifies AWS Signature Version 4, in the Authorization header
// or in the query of a presigned URL, and refuses in AWS's words.
//
// The signature is computed again by the AWS SDK's own signer, so that what the
// SDKs send is what is accepted. The SDK signs neither User-Agent, Expect,
// Transfer-Encoding, X-Amzn-Trace-Id nor an empty Content-Length, and always
// X-Amz-Date: a request that was signed otherwise, which AWS may accept, is
// refused here.
//
// Where the texts of the refusals come from is said where they stand, with the
// marks of the specification, docs/api-gateway.md. There are no permissions: who
// has a key may do everything.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/logging"
)

// Verifier knows what a request must be signed with. Its methods may run
// concurrently.
type Verifier struct {
	// Keys are those that are accepted. One with a SessionToken is accepted with
	// that token only, one without only without.
	Keys []aws.Credentials
	// Service and Region are those of the credential scope, such as execute-api
	// and eu-west-1.
	Service, Region string
	// Now is the clock; nil is time.Now. Signatures may be five minutes off.
	Now func() time.Time
}

// Error is why a request is refused. Its text is for the caller: it quotes what
// the caller has sent, and must not be logged.
type Error struct {
	// Type is the x-amzn-ErrorType, such as InvalidSignatureException.
	Type string
	// Message is what AWS says.
	Message string
}

func (e *Error) Error() string { return e.Message }

// ErrorType returns Type.
func (e *Error) ErrorType() string { return e.Type }

// Signed reports whether r bears a signature, or something in its place.
func Signed(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.URL.Query().Has("X-Amz-Signature")
}

// Verify reports whether r with that body was signed with a key of v. An error is
// an *Error. The hash of the body is always part of the signature: outside S3
// there is no UNSIGNED-PAYLOAD.
func (v *Verifier) Verify(r *http.Request, body []byte) error {
	if !Signed(r) {
		return &Error{"MissingAuthenticationTokenException", "Missing Authentication Token"} // api-gateway.md 7.2
	}
	c, err := readClaim(r)
	if err != nil {
		return err
	}
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	if err := v.checkScope(c); err != nil {
		return err
	}
	if err := c.checkTime(now().UTC()); err != nil {
		return err
	}
	key, ok := v.key(c)
	if !ok {
		return &Error{"UnrecognizedClientException", "The security token included in the request is invalid."} // [observed 2017-2022]
	}
	return v.compare(r, c, key, body)
}

// key returns the key that the claim names, if it came with the right token.
func (v *Verifier) key(c claim) (aws.Credentials, bool) {
	for _, k := range v.Keys {
		if k.AccessKeyID == c.keyID && hmac.Equal([]byte(k.SessionToken), []byte(c.token)) {
			return k, true
		}
	}
	return aws.Credentials{}, false
}

// compare signs the request again and compares the signatures.
func (v *Verifier) compare(r *http.Request, c claim, key aws.Credentials, body []byte) error {
	key.SessionToken = "" // where there is one, it is in the request
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	var signed record
	options := func(o *v4.SignerOptions) {
		o.LogSigning, o.Logger = true, &signed
		o.DisableHeaderHoisting = true
	}
	again := c.unsigned(r)
	var signature string
	if c.presigned {
		uri, _, err := v4.NewSigner().PresignHTTP(r.Context(), key, again, payload, v.Service, v.Region, c.at, options)
		if err != nil {
			return signed.mismatch()
		}
		_, signature, _ = strings.Cut(uri, "&X-Amz-Signature=")
	} else {
		if err := v4.NewSigner().SignHTTP(r.Context(), key, again, payload, v.Service, v.Region, c.at, options); err != nil {
			return signed.mismatch()
		}
		_, signature, _ = strings.Cut(again.Header.Get("Authorization"), "Signature=")
	}
	if !hmac.Equal([]byte(signature), []byte(c.signature)) {
		return signed.mismatch()
	}
	return nil
}

// unsigned returns the request as it was before it was signed: with the signed
// headers only, and without the signature.
func (c claim) unsigned(r *http.Request) *http.Request {
	again := &http.Request{
		Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	for _, name := range c.headers {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	if c.presigned {
		query := r.URL.Query()
		query.Del("X-Amz-Signature")
		again.URL.RawQuery = query.Encode()
	}
	return again.WithContext(context.WithoutCancel(r.Context()))
}

// record is a logger that keeps what the SDK's signer tells of its work.
type record struct {
	canonical, toSign string
}

// Logf is called by the signer with the canonical string and the string to
// sign.
func (r *record) Logf(_ logging.Classification, _ string, v ...any) {
	if len(v) >= 2 {
		r.canonical, _ = v[0].(string)
		r.toSign, _ = v[1].(string)
	}
}

// mismatch is the refusal for a signature that is not the expected one
// [observed on execute-api 2018, 2020].
func (r *record) mismatch() error {
	return &Error{"InvalidSignatureException", "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
		"The Canonical String for this request should have been\n'" + r.canonical +
		"'\n\nThe String-to-Sign should have been\n'" + r.toSign + "'\n"}
}
