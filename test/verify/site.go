package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var asset = regexp.MustCompile(`/?assets/[\w.-]+\.(?:js|css)`)

// onPage returns a function for check.run that requests the page first.
func onPage(do func(ctx context.Context, v *verifier, page response) (string, error)) func(context.Context, *verifier) (string, error) {
	return func(ctx context.Context, v *verifier) (string, error) {
		a, err := v.request(ctx, http.MethodGet, v.outputs["siteUrl"]+"/", "", nil)
		if err != nil {
			return "", err
		}
		return do(ctx, v, a)
	}
}

// siteChecks returns the checks of the console's files.
func siteChecks() []check {
	asks := func(name, description, method, path, want string) check {
		return check{
			area: "site", name: name, description: description, want: want,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.request(ctx, method, v.outputs["siteUrl"]+path, "", nil)
				return fmt.Sprintf("%d %s %s", a.status, a.header.Get("Content-Type"), a.header.Get("Cache-Control")), err
			},
		}
	}
	list := append(headerChecks(),
		asks("page", "the site has the page, and browsers revalidate it each time", http.MethodGet, "/", "200 text/html; charset=utf-8 no-cache"),
		asks("unknownFile", "a path without a file gets the page with the status 404", http.MethodGet, "/verify-no-such-file", "404 text/html; charset=utf-8 no-cache"),
		check{
			area: "site", name: "post", description: "the site accepts no POST", want: "403",
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.request(ctx, http.MethodPost, v.outputs["siteUrl"]+"/", "x", nil)
				return a.String(), err
			},
		},
		check{area: "site", name: "config", description: "config.json has the addresses of this stack", want: "the outputs", run: siteConfiguration},
		check{
			area: "site", name: "assets", description: "browsers may cache the files with a hash in their name", want: "200, public, max-age=31536000, immutable",
			run: onPage(func(ctx context.Context, v *verifier, page response) (string, error) {
				file, err := v.asset(ctx, page, "")
				return fmt.Sprintf("%d, %s", file.status, file.header.Get("Cache-Control")), err
			}),
		},
		check{area: "site", name: "compressed", description: "the files with a hash in their name are compressed", want: "br, gzip", skip: onAWS, run: onPage(compressed)},
		check{area: "site", name: "redirect", description: "http is redirected to https", want: "301 SITE/", skip: onAWS, run: redirect},
		check{area: "site", name: "oldTLS", description: "TLS 1.1 is refused", want: "refused", skip: all(onAWS, ownDomain), run: oldTLS})
	return list
}

// headerChecks returns the checks of the page's security headers.
func headerChecks() []check {
	list := []check{
		{
			area: "site", name: "contentSecurityPolicy", description: "the policy allows the page's own files and the system's addresses", want: "all",
			run: onPage(func(_ context.Context, v *verifier, page response) (string, error) {
				return v.policy(page.header.Get("Content-Security-Policy")), nil
			}),
		},
	}
	for _, h := range []struct{ name, want string }{
		{"Strict-Transport-Security", "max-age=63072000"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
	} {
		list = append(list, check{
			area: "site", name: h.name, description: "the header " + h.name, want: h.want,
			run: onPage(func(_ context.Context, _ *verifier, page response) (string, error) {
				value, _, _ := strings.Cut(page.header.Get(h.name), ";") // HSTS may include subdomains
				return value, nil
			}),
		})
	}
	return list
}

func compressed(ctx context.Context, v *verifier, page response) (string, error) {
	var all []string
	for _, coding := range []string{"br", "gzip"} {
		file, err := v.asset(ctx, page, coding)
		if err != nil {
			return "", err
		}
		all = append(all, file.header.Get("Content-Encoding"))
	}
	return strings.Join(all, ", "), nil
}

// asset requests a file that the page names. coding is the accepted encoding.
func (v *verifier) asset(ctx context.Context, page response, coding string) (response, error) {
	path := asset.FindString(page.body)
	if path == "" {
		return response{}, fmt.Errorf("the page names no file in /assets")
	}
	h := http.Header{}
	if coding != "" {
		h.Set("Accept-Encoding", coding)
	}
	return v.request(ctx, http.MethodGet, v.outputs["siteUrl"]+"/"+strings.TrimPrefix(path, "/"), "", h)
}

// policy returns "all" if a content security policy has all required sources, or else the first
// wrong directive.
func (v *verifier) policy(text string) string {
	directives := map[string][]string{}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if _, again := directives[words[0]]; again { // browsers ignore it
			return "a second " + words[0]
		}
		directives[words[0]] = words[1:]
		if i := slices.IndexFunc(words[1:], tooWide); i >= 0 {
			return words[0] + " allows " + words[i+1]
		}
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
		"frame-ancestors": "'none'", "require-trusted-types-for": "'script'",
	} {
		if got := strings.Join(directives[name], " "); got != want {
			return fmt.Sprintf("%s %s, want %s", name, got, want)
		}
	}
	if !slices.Contains(directives["connect-src"], "'self'") { // config.json, and with one domain the APIs
		return "connect-src lacks 'self'"
	}
	for _, output := range []string{"websocketUrl", "httpUrl"} {
		u, err := url.Parse(v.outputs[output])
		if err != nil || u.Host == "" || u.Host == v.host("siteUrl") {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(directives["connect-src"], origin) {
			return "connect-src lacks " + origin
		}
	}
	return "all"
}

// tooWide reports whether a source of a content security policy allows foreign code or every
// host: * or https:, but not https://a.example.
func tooWide(source string) bool {
	return source == "'unsafe-inline'" || source == "'unsafe-eval'" || strings.Contains(source, "*") || strings.HasSuffix(source, ":") && source != "data:" && source != "blob:"
}

// siteConfiguration compares config.json with the outputs.
func siteConfiguration(ctx context.Context, v *verifier) (string, error) {
	a, err := v.request(ctx, http.MethodGet, v.outputs["siteUrl"]+"/config.json", "", nil)
	if err != nil {
		return "", err
	}
	var config map[string]any
	if err := json.Unmarshal([]byte(a.body), &config); err != nil {
		return fmt.Sprintf("%d, not JSON", a.status), nil //nolint:nilerr // the answer is the result
	}
	for _, name := range []string{"websocketUrl", "httpUrl", "issuer", "clientId"} {
		if value, _ := config[name].(string); strings.TrimSuffix(value, "/") != v.outputs[name] {
			return fmt.Sprintf("%s is %q", name, value), nil
		}
	}
	return "the outputs", nil
}

func redirect(ctx context.Context, v *verifier) (string, error) {
	a, err := v.request(ctx, http.MethodGet, "http://"+v.host("siteUrl")+"/", "", nil)
	return v.scrub(fmt.Sprintf("%d %s", a.status, a.header.Get("Location"))), err
}

// ownDomain returns a reason if the site has CloudFront's domain, whose certificate also
// serves old clients.
func ownDomain(v *verifier) string {
	if strings.HasSuffix(v.host("siteUrl"), ".cloudfront.net") {
		return "CloudFront chooses the TLS versions of its own domain"
	}
	return ""
}

func oldTLS(ctx context.Context, v *verifier) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	// A site that is not reachable refuses nothing.
	network, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(v.host("siteUrl"), "443"))
	if err != nil {
		return "", err
	}
	return refusesOldTLS(ctx, network, v.host("siteUrl"))
}

// refusesOldTLS reports whether a server refuses TLS 1.1. It closes the connection.
func refusesOldTLS(ctx context.Context, network net.Conn, host string) (string, error) {
	defer func() { _ = network.Close() }()
	conn := tls.Client(network, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}) //nolint:gosec // the site must refuse it, whatever its certificate
	switch err := conn.HandshakeContext(ctx); {
	case err == nil:
		return "accepted", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	return "refused", nil
}
