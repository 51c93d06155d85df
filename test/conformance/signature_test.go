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

// signed returns the check of a GET that is signed like that: what is gone was
// let in. Dates and whatever follows the first sentence of a mismatch are cut.
func signed(how signer) func(s *scene) string {
	return func(s *scene) string {
		a := s.stack.call(s.T, call{method: "GET", id: never, signer: how})
		text := datePattern.ReplaceAllString(a.String(), "DATE")
		if i := strings.Index(text, " Check your AWS"); i >= 0 {
			text = text[:i]
		}
		return text
	}
}

// change returns a signer that changes a rightly signed request.
func change(f func(r *http.Request)) signer { return signer{change: f} }

const (
	mismatched = `403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided.`
	nobody     = `403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}`
)

func invalidSignature(text string) string {
	return `403 InvalidSignatureException {"message":"` + text + `"}`
}

var signatures = []behaviour{
	{"right", "7.1", "doc", "signed rightly", gone, product, signed(signer{})},
	{"presigned", "7.1", "unknown", "signed in the query", gone, product, signed(signer{presign: true})},
	{"unsigned", "7.2", "rest", "not signed", `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`, product, signed(signer{none: true})},
	{"wrongKey", "7.2", "observed", "a key that does not exist", nobody, product, signed(signer{key: &aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}})},
	{"wrongToken", "7.2", "rest", "a session token that does not exist", nobody, localOnly, func(s *scene) string {
		key := s.stack.key
		key.SessionToken = "nonsense"
		return signed(signer{key: &key})(s)
	}},
	{"wrongSecret", "7.2", "observed", "another secret", mismatched, product, func(s *scene) string {
		key := s.stack.key
		key.SecretAccessKey = "guessed"
		return signed(signer{key: &key})(s)
	}},
	{"wrongRegion", "7.1", "observed", "another region", invalidSignature("Credential should be scoped to a valid region, not 'us-gov-west-1'. "), product, signed(signer{region: "us-gov-west-1"})},
	{"wrongService", "7.1", "observed", "another service", invalidSignature("Credential should be scoped to correct service: 'execute-api'. "), product, signed(signer{service: "apigateway"})},
	{"expired", "7.1", "observed", "signed more than five minutes ago", invalidSignature("Signature expired: DATE is now earlier than DATE (DATE - 5 min.)"), product, signed(signer{at: -6 * time.Minute})},
	{"future", "7.1", "doc", "signed more than five minutes ahead", invalidSignature("Signature not yet current: DATE is still later than DATE (DATE + 5 min.)"), product, signed(signer{at: 6 * time.Minute})},
	{"fourMinutes", "7.1", "observed", "signed four minutes ago", gone, product, signed(signer{at: -4 * time.Minute})},
	{"presignedExpired", "7.1", "unknown", "a presigned URL after its time", invalidSignature("Signature expired: DATE is now earlier than DATE (DATE - 1 min.)"), product, signed(signer{presign: true, expires: "60", at: -2 * time.Minute})},
	{"changedBody", "7.1", "doc", "another body than was signed", mismatched, product, func(s *scene) string {
		return signed(signer{payload: strings.Repeat("0", 64)})(s)
	}},
	{"unsignedPayload", "7.1", "observed", "UNSIGNED-PAYLOAD is for S3 only", mismatched, product, signed(signer{payload: "UNSIGNED-PAYLOAD"})},
	{"changedQuery", "7.1", "doc", "another query than was signed", mismatched, product, signed(change(func(r *http.Request) { r.URL.RawQuery = "a=b" }))},
	{"changedHeader", "7.1", "doc", "another header than was signed", mismatched, product, signed(change(func(r *http.Request) {
		r.Header.Set("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))
	}))},
	{"pathEncodedOnce", "7.1", "doc, observed", "the path must be encoded twice", mismatched, product, signed(signer{once: true})},
	{"bearer", "7.2", "observed", "a bearer token in its place", `403 IncompleteSignatureException {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'HASH'."}`, product, func(s *scene) string {
		text := signed(change(func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }))(s)
		return regexp.MustCompile(`'[A-Za-z0-9+/<>-]{6,}=?'`).ReplaceAllString(text, "'HASH'")
	}},
	{"noHost", "7.1", "observed", "Host is not signed", invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."), product, signed(change(func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=host;", "SignedHeaders=", 1))
	}))},
	{"explained", "7.2", "observed", "a mismatch shows the canonical string: the path encoded twice", "true", product, func(s *scene) string {
		key := s.stack.key
		key.SecretAccessKey = "guessed"
		body := s.stack.call(s.T, call{method: "GET", id: never, signer: signer{key: &key}}).body
		want := `The Canonical String for this request should have been\n'GET\n` + s.stack.connections.Path + `/%40connections/WhHAe-TROkECC5w%253D\n\nhost:`
		if strings.Contains(body, want) && strings.Contains(body, `The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n`) {
			return "true"
		}
		return body
	}},
	{"noSecret", "7.2", "doc", "a mismatch shows no secret", "false", localOnly, func(s *scene) string {
		body := s.stack.call(s.T, call{method: "GET", id: never, signer: signer{once: true}}).body
		if strings.Contains(body, s.stack.key.SecretAccessKey) || strings.Contains(s.local.Log(), s.stack.key.SecretAccessKey) {
			return "true"
		}
		return "false"
	}},
}
