package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var (
	now  = time.Date(2024, 2, 19, 7, 15, 0, 0, time.UTC)
	key  = aws.Credentials{AccessKeyID: "LOCALKEY", SecretAccessKey: "secret"}
	role = aws.Credentials{AccessKeyID: "LOCALROLE", SecretAccessKey: "other", SessionToken: "token"}
)

func verifier() *Verifier {
	return &Verifier{Keys: []aws.Credentials{key, role}, Service: "execute-api", Region: "eu-west-1", Now: func() time.Time { return now }}
}

// signing describes how a client signs a request. The zero value gives a valid signature.
type signing struct {
	key             *aws.Credentials
	service, region string
	at              time.Duration // from now
	expires         string        // seconds, if presigned
	presign         bool
	payload         string // in place of the hash of the body
	once            bool   // the path is encoded once, as for S3
	change          func(*http.Request)
	body            string // sent in place of the signed "hello"
}

const target = "http://127.0.0.1:8081/live/@connections/WhHAe-TROkECC5w%3D"

// request returns the request and the body that a server gets.
func (s signing) request(t *testing.T) (*http.Request, []byte) {
	t.Helper()
	const body = "hello"
	r, err := http.NewRequestWithContext(t.Context(), "POST", target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/plain")
	k := key
	if s.key != nil {
		k = *s.key
	}
	service, region, payload := s.service, s.region, s.payload
	if service == "" {
		service = "execute-api"
	}
	if region == "" {
		region = "eu-west-1"
	}
	if hash := sha256.Sum256([]byte(body)); payload == "" {
		payload = hex.EncodeToString(hash[:])
	}
	options := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.once }
	if s.presign {
		r.URL.RawQuery = url.Values{"X-Amz-Expires": {s.expires}}.Encode()
		if s.expires == "" {
			r.URL.RawQuery = ""
		}
		uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), k, r, payload, service, region, now.Add(s.at), options)
		if err != nil {
			t.Fatal(err)
		}
		if r.URL, err = url.Parse(uri); err != nil {
			t.Fatal(err)
		}
	} else if err := v4.NewSigner().SignHTTP(t.Context(), k, r, payload, service, region, now.Add(s.at), options); err != nil {
		t.Fatal(err)
	}
	if s.change != nil {
		s.change(r)
	}
	received := httptest.NewRequestWithContext(t.Context(), r.Method, r.URL.RequestURI(), nil)
	received.Host, received.Header, received.ContentLength = r.Host, r.Header, r.ContentLength
	if s.body != "" {
		return received, []byte(s.body)
	}
	return received, []byte(body)
}

func TestAccepted(t *testing.T) {
	for name, s := range map[string]signing{
		"header":          {},
		"presigned":       {presign: true},
		"sessionToken":    {key: &role},
		"presignedToken":  {key: &role, presign: true},
		"fiveMinutesAgo":  {at: -5 * time.Minute},
		"inFiveMinutes":   {at: 5 * time.Minute},
		"presignedLonger": {presign: true, expires: "900", at: -14 * time.Minute},
		"unsignedHeader":  {change: func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }},
	} {
		t.Run(name, func(t *testing.T) {
			r, body := s.request(t)
			if err := verifier().Verify(r, body); err != nil {
				t.Errorf("got %v, want no error", err)
			}
		})
	}
}

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"

func TestRefused(t *testing.T) {
	setAuthorization := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	replace := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	for name, test := range map[string]struct {
		signing
		kind, text string
	}{
		"unsigned":     {signing{change: setAuthorization("")}, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		"wrongKey":     {signing{key: &aws.Credentials{AccessKeyID: "UNKNOWN", SecretAccessKey: "secret"}}, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"noToken":      {signing{key: &aws.Credentials{AccessKeyID: "LOCALROLE", SecretAccessKey: "other"}}, "UnrecognizedClientException", "The security token included"},
		"extraToken":   {signing{key: &aws.Credentials{AccessKeyID: "LOCALKEY", SecretAccessKey: "secret", SessionToken: "x"}}, "UnrecognizedClientException", "The security token included"},
		"wrongSecret":  {signing{key: &aws.Credentials{AccessKeyID: "LOCALKEY", SecretAccessKey: "guess"}}, "InvalidSignatureException", mismatch},
		"wrongRegion":  {signing{region: "us-east-1"}, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'. "},
		"wrongService": {signing{service: "apigateway"}, "InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'. "},
		"terminator":   {signing{change: replace("/aws4_request", "/aws5_request")}, "InvalidSignatureException", "valid terminator: 'aws4_request', not 'aws5_request'. "},
		"wrongDay":     {signing{change: replace("/20240219/", "/20240218/")}, "InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20240218' != '20240219', from '20240219T071500Z'."},
		"expired": {
			signing{at: -5*time.Minute - time.Second},
			"InvalidSignatureException",
			"Signature expired: 20240219T070959Z is now earlier than 20240219T071000Z (20240219T071500Z - 5 min.)",
		},
		"future": {
			signing{at: 5*time.Minute + time.Second},
			"InvalidSignatureException",
			"Signature not yet current: 20240219T072001Z is still later than 20240219T072000Z (20240219T071500Z + 5 min.)",
		},
		"presignedExpired":  {signing{presign: true, expires: "60", at: -61 * time.Second}, "InvalidSignatureException", "(20240219T071500Z - 1 min.)"},
		"changedBody":       {signing{body: "hullo"}, "InvalidSignatureException", mismatch},
		"presignedBody":     {signing{presign: true, body: "hullo"}, "InvalidSignatureException", mismatch},
		"changedPath":       {signing{change: func(r *http.Request) { r.URL.RawPath, r.URL.Path = "", "/live/@connections/other" }}, "InvalidSignatureException", mismatch},
		"changedQuery":      {signing{change: func(r *http.Request) { r.URL.RawQuery = "a=b" }}, "InvalidSignatureException", mismatch},
		"changedHost":       {signing{change: func(r *http.Request) { r.Host = "127.0.0.1:8082" }}, "InvalidSignatureException", mismatch},
		"changedMethod":     {signing{change: func(r *http.Request) { r.Method = "DELETE" }}, "InvalidSignatureException", mismatch},
		"changedHeader":     {signing{change: func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }}, "InvalidSignatureException", mismatch},
		"pathEncodedOnce":   {signing{once: true}, "InvalidSignatureException", "/live/%40connections/WhHAe-TROkECC5w%253D"},
		"unsignedPayload":   {signing{payload: "UNSIGNED-PAYLOAD"}, "InvalidSignatureException", mismatch},
		"hostNotSigned":     {signing{change: replace("content-type;host;", "content-type;")}, "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"headerGone":        {signing{change: func(r *http.Request) { r.Header.Del("Content-Type") }}, "IncompleteSignatureException", "'content-type' is named as a SignedHeader, but it does not exist"},
		"bearer":            {signing{change: setAuthorization("Bearer s3cr3t")}, "IncompleteSignatureException", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed"},
		"otherAlgorithm":    {signing{change: replace("HMAC-SHA256", "ECDSA-P256-SHA256")}, "IncompleteSignatureException", "requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed"},
		"noDate":            {signing{change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }}, "IncompleteSignatureException", "existence of either a 'X-Amz-Date' or a 'Date' header."},
		"invalidDate":       {signing{change: func(r *http.Request) { r.Header.Set("X-Amz-Date", "now") }}, "IncompleteSignatureException", "Date must be in ISO-8601"},
		"shortCredential":   {signing{change: replace("/eu-west-1", "")}, "IncompleteSignatureException", "exactly 5 slash-delimited elements"},
		"signatureOnly":     {signing{presign: true, change: func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=00" }}, "IncompleteSignatureException", "must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'."},
		"expiresTooLong":    {signing{presign: true, expires: "604801"}, "IncompleteSignatureException", "X-Amz-Expires"},
		"headerBeforeQuery": {signing{presign: true, change: setAuthorization("x")}, "IncompleteSignatureException", "Invalid key=value pair"},
	} {
		t.Run(name, func(t *testing.T) {
			r, body := test.request(t)
			err := verifier().Verify(r, body)
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if refused.ErrorType() != test.kind || !strings.Contains(refused.Message, test.text) {
				t.Errorf("got %s %q, want %s with %q", refused.Type, refused.Message, test.kind, test.text)
			}
			if strings.Contains(refused.Message, "s3cr3t") {
				t.Errorf("got %q, want an error without the token", refused.Message)
			}
		})
	}
}

// TestMismatch checks that the error for a wrong signature has the canonical request and the
// string to sign.
func TestMismatch(t *testing.T) {
	r, body := signing{body: "hullo"}.request(t)
	err := verifier().Verify(r, body)
	hash := sha256.Sum256([]byte("hullo"))
	want := "The Canonical String for this request should have been\n'POST\n/live/%40connections/WhHAe-TROkECC5w%253D\n\n" +
		"content-length:5\ncontent-type:text/plain\nhost:127.0.0.1:8081\nx-amz-date:20240219T071500Z\n\n" +
		"content-length;content-type;host;x-amz-date\n" + hex.EncodeToString(hash[:]) + "'\n\n" +
		"The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20240219T071500Z\n20240219/eu-west-1/execute-api/aws4_request\n"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %s", err, want)
	}
}

func TestHandler(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for name, test := range map[string]struct {
		signing
		body   string
		status int
		want   string
	}{
		"signed":   {signing{}, "hello", 200, "hello"},
		"unsigned": {signing{change: func(r *http.Request) { r.Header.Del("Authorization") }}, "hello", 403, `{"message":"Missing Authentication Token"}` + "\n"},
		"changed":  {signing{}, "hullo", 403, "does not match"},
		"tooLong":  {signing{}, "hello!", 413, `{"message":"Request Too Long"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := test.request(t)
			r.Body = io.NopCloser(bytes.NewReader([]byte(test.body)))
			w := httptest.NewRecorder()
			verifier().Handler(5, next).ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d %q, want %d with %q", w.Code, w.Body, test.status, test.want)
			}
		})
	}
}

// FuzzVerify checks that no header or query is accepted without the secret.
func FuzzVerify(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=LOCALKEY/20240219/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=00", "20240219T071500Z", "a=b")
	f.Add("", "", "X-Amz-Signature=0&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=LOCALKEY%2F20240219%2Feu-west-1%2Fexecute-api%2Faws4_request&X-Amz-SignedHeaders=host&X-Amz-Date=20240219T071500Z")
	f.Add("Bearer x", "now", "%zz&;")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := &http.Request{Method: "POST", Host: "h", Header: http.Header{}, URL: &url.URL{Path: "/live/@connections/x", RawQuery: query}}
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		if err := verifier().Verify(r, nil); err == nil {
			t.Errorf("Authorization %q, date %q, query %q: got no error", authorization, date, query)
		}
	})
}
