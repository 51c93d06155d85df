package services_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func anyCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
}

// browser is an HTTP client that keeps cookies and follows redirects, except those to the
// site.
type browser struct {
	t      *testing.T
	client *http.Client
}

// answer is a response with its body.
type answer struct {
	status int
	header http.Header
	body   string
	url    *url.URL // the address after redirects
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{
		Jar: jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), site) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

func (b *browser) do(method, address, body string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text), resp.Request.URL}
}

var (
	action = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// submit posts the form of a page, with its hidden fields and the given fields.
func (b *browser) submit(page answer, fields url.Values) answer {
	b.t.Helper()
	form := action.FindStringSubmatch(page.body)
	if form == nil {
		b.t.Fatalf("no form in the page at %s: %d %s", page.url, page.status, page.body)
	}
	for _, field := range hidden.FindAllStringSubmatch(page.body, -1) {
		fields.Set(field[1], field[2])
	}
	to, err := page.url.Parse(form[1])
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, to.String(), fields.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", page.url.Scheme+"://"+page.url.Host)
}
