package conformance

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var (
	timePattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	ipPattern   = regexp.MustCompile(`"sourceIp" : "[^"]+"`)
	datePattern = regexp.MustCompile(`\d{8}T\d{6}Z`)
)

// signedCall returns the check of a GET with this signature. The answer 410 means that the
// signature is accepted. The result has no dates, and only the first sentence of a
// mismatch.
func signedCall(how signer) func(s *env) string {
	return func(s *env) string {
		a := s.stack.call(s.T, call{method: "GET", id: unknownID, signer: how})
		text := datePattern.ReplaceAllString(a.String(), "DATE")
		if i := strings.Index(text, " Check your AWS"); i >= 0 {
			text = text[:i]
		}
		return text
	}
}

// change returns a signer that changes a request after it has signed it.
func change(f func(r *http.Request)) signer { return signer{change: f} }

const (
	mismatched = `403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided.`
	unknownKey = `403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}`
)

func invalidSignature(text string) string {
	return `403 InvalidSignatureException {"message":"` + text + `"}`
}

var signatures = []behaviour{
	{"presigned", "7.1", "unknown", "the signature is in the query", gone, product, signedCall(signer{presign: true})},
	{"unsigned", "7.2", "rest", "a request without a signature", `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`, product, signedCall(signer{none: true})},
	{"wrongKey", "7.2", "observed", "a key that does not exist", unknownKey, product, signedCall(signer{key: &aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}})},
	{"wrongToken", "7.2", "rest", "a session token that does not exist", unknownKey, localOnly, func(s *env) string {
		key := s.stack.key
		key.SessionToken = "nonsense"
		return signedCall(signer{key: &key})(s)
	}},
	{"wrongSecret", "7.2", "observed", "a wrong secret", mismatched, product, func(s *env) string {
		key := s.stack.key
		key.SecretAccessKey = "guessed"
		return signedCall(signer{key: &key})(s)
	}},
	{"wrongRegion", "7.1", "observed", "a wrong region", invalidSignature("Credential should be scoped to a valid region, not 'us-gov-west-1'. "), product, signedCall(signer{region: "us-gov-west-1"})},
	{"wrongService", "7.1", "observed", "a wrong service", invalidSignature("Credential should be scoped to correct service: 'execute-api'. "), product, signedCall(signer{service: "apigateway"})},
	{"expired", "7.1", "observed", "signed more than five minutes ago", invalidSignature("Signature expired: DATE is now earlier than DATE (DATE - 5 min.)"), product, signedCall(signer{at: -6 * time.Minute})},
	{"future", "7.1", "doc", "signed more than five minutes ahead", invalidSignature("Signature not yet current: DATE is still later than DATE (DATE + 5 min.)"), product, signedCall(signer{at: 6 * time.Minute})},
	{"fourMinutes", "7.1", "observed", "signed four minutes ago", gone, product, signedCall(signer{at: -4 * time.Minute})},
	{"presignedExpired", "7.1", "unknown", "a presigned URL after its expiry", invalidSignature("Signature expired: DATE is now earlier than DATE (DATE - 1 min.)"), product, signedCall(signer{presign: true, expires: "60", at: -2 * time.Minute})},
	{"changedBody", "7.1", "doc", "the body differs from the signed body", mismatched, product, func(s *env) string {
		return signedCall(signer{payload: strings.Repeat("0", 64)})(s)
	}},
	{"unsignedPayload", "7.1", "observed", "UNSIGNED-PAYLOAD is for S3 only", mismatched, product, signedCall(signer{payload: "UNSIGNED-PAYLOAD"})},
	{"changedQuery", "7.1", "doc", "the query differs from the signed query", mismatched, product, signedCall(change(func(r *http.Request) { r.URL.RawQuery = "a=b" }))},
	{"changedHeader", "7.1", "doc", "a header differs from the signed header", mismatched, product, signedCall(change(func(r *http.Request) {
		r.Header.Set("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))
	}))},
	{"pathEncodedOnce", "7.1", "doc, observed", "the path must be encoded twice", mismatched, product, signedCall(signer{encodedOnce: true})},
	{"bearer", "7.2", "observed", "a bearer token instead of a signature", `403 IncompleteSignatureException {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'HASH'."}`, product, func(s *env) string {
		text := signedCall(change(func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }))(s)
		return regexp.MustCompile(`'[A-Za-z0-9+/<>-]{6,}=?'`).ReplaceAllString(text, "'HASH'")
	}},
	{"noHost", "7.1", "observed", "Host is not signed", invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."), product, signedCall(change(func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=host;", "SignedHeaders=", 1))
	}))},
	{"explained", "7.2", "observed", "a mismatch has the canonical string, with the path encoded twice", "true", product, func(s *env) string {
		key := s.stack.key
		key.SecretAccessKey = "guessed"
		body := s.stack.call(s.T, call{method: "GET", id: unknownID, signer: signer{key: &key}}).body
		want := `The Canonical String for this request should have been\n'GET\n` + s.stack.connections.Path + `/%40connections/WhHAe-TROkECC5w%253D\n\nhost:`
		if strings.Contains(body, want) && strings.Contains(body, `The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n`) {
			return "true"
		}
		return body
	}},
	{"noSecret", "7.2", "doc", "a mismatch has no secret", "false", localOnly, func(s *env) string {
		body := s.stack.call(s.T, call{method: "GET", id: unknownID, signer: signer{encodedOnce: true}}).body
		if strings.Contains(body, s.stack.key.SecretAccessKey) || strings.Contains(s.local.Log(), s.stack.key.SecretAccessKey) {
			return "true"
		}
		return "false"
	}},
}
