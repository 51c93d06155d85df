// Package sigv4 verifies AWS Signature Version 4, in the Authorization header or in the query of
// a presigned URL. Its errors have the texts of AWS.
//
// The AWS SDK's own signer computes the signature again. Therefore every request that an SDK
// signs is accepted. The SDK does not sign User-Agent, Expect, Transfer-Encoding,
// X-Amzn-Trace-Id and an empty Content-Length, and always signs X-Amz-Date. A request with
// another choice of headers is refused here, although AWS may accept it.
//
// The comments beside the texts of errors name their sources, with the marks of
// docs/api-gateway.md. Permissions are not evaluated: every key allows everything.
package sigv4

import (
	"cmp"
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

// Verifier verifies the signatures of requests. Its methods may run concurrently.
type Verifier struct {
	// Keys are the accepted keys. A key with a SessionToken needs that token in the request. A
	// key without one must not have any.
	Keys []aws.Credentials
	// Service and Region are parts of the credential scope, such as execute-api and eu-west-1.
	Service, Region string
	// Now is the clock; nil means time.Now. The time of a signature may differ by five minutes.
	Now func() time.Time
}

// Error is the reason for the refusal of a request. Its text is for the client. Do not log
// it, because it quotes the request.
type Error struct {
	// Type is the x-amzn-ErrorType, such as InvalidSignatureException.
	Type string
	// Message is the text of AWS.
	Message string
}

func invalid(message string) error    { return &Error{"InvalidSignatureException", message} }
func incomplete(message string) error { return &Error{"IncompleteSignatureException", message} }

func (e *Error) Error() string { return e.Message }

// ErrorType returns Type.
func (e *Error) ErrorType() string { return e.Type }

// Verify returns nil if r with this body was signed with a key of v, and otherwise an *Error.
// The signature must include the hash of the body, because only S3 allows UNSIGNED-PAYLOAD.
func (v *Verifier) Verify(r *http.Request, body []byte) error {
	if r.Header.Get("Authorization") == "" && !r.URL.Query().Has("X-Amz-Signature") {
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
	if err := cmp.Or(v.checkScope(c), c.checkTime(now().UTC())); err != nil {
		return err
	}
	key, ok := v.key(c)
	if !ok {
		return &Error{"UnrecognizedClientException", "The security token included in the request is invalid."} // [observed 2017-2022]
	}
	return v.compare(r, c, key, body)
}

// key returns the key of the claim, if the request has the token of that key.
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
	key.SessionToken = "" // the request has it already
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	var signed record
	options := func(o *v4.SignerOptions) {
		o.LogSigning, o.Logger = true, &signed
		o.DisableHeaderHoisting = true
	}
	again, signer := c.unsigned(r), v4.NewSigner()
	var signature string
	var err error
	if c.presigned {
		var uri string
		uri, _, err = signer.PresignHTTP(r.Context(), key, again, payload, v.Service, v.Region, c.at, options)
		_, signature, _ = strings.Cut(uri, "&X-Amz-Signature=")
	} else {
		err = signer.SignHTTP(r.Context(), key, again, payload, v.Service, v.Region, c.at, options)
		_, signature, _ = strings.Cut(again.Header.Get("Authorization"), "Signature=")
	}
	if err != nil || !hmac.Equal([]byte(signature), []byte(c.signature)) {
		return signed.mismatch()
	}
	return nil
}

// unsigned returns the request without its signature, and with the signed headers only.
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

// record is a logger that stores the output of the SDK's signer.
type record struct {
	canonical, toSign string
}

// Logf stores the canonical string and the string to sign.
func (r *record) Logf(_ logging.Classification, _ string, v ...any) {
	if len(v) >= 2 {
		r.canonical, _ = v[0].(string)
		r.toSign, _ = v[1].(string)
	}
}

// mismatch returns the error for a wrong signature [observed on execute-api 2018, 2020].
func (r *record) mismatch() error {
	return invalid("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
		"The Canonical String for this request should have been\n'" + r.canonical +
		"'\n\nThe String-to-Sign should have been\n'" + r.toSign + "'\n")
}
