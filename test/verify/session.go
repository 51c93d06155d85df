package main

import (
	"context"
	"net/http"
	"strings"
)

// sessionCookie is the name of the cookie with the token (docs/clients.md, "With a cookie").
const sessionCookie = "__Host-session"

// withCookie returns a reason if the stack has no session cookie. The local run with one domain
// has it.
func withCookie(v *verifier) string {
	if v.local && v.oneDomain() || v.setting("sessionCookie") == "true" {
		return ""
	}
	return "the setting sessionCookie is off"
}

// cookieOf returns the header Cookie with a token.
func cookieOf(token string) string { return sessionCookie + "=" + token }

// sessionRequest is a request to the HTTP API. An empty field is an absent header.
type sessionRequest struct {
	method, path                string
	token, cookie, origin, csrf string
}

func (v *verifier) sendSession(ctx context.Context, r sessionRequest) (response, error) {
	h := http.Header{}
	if r.token != "" {
		h.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range map[string]string{"Cookie": r.cookie, "Origin": r.origin, "X-CSRF": r.csrf} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return v.request(ctx, r.method, v.outputs["httpUrl"]+r.path, "", h)
}

// sessionChecks returns the checks of the session cookie.
func sessionChecks() []check {
	asks := func(name, description, want string, r func(v *verifier) sessionRequest) check {
		return check{
			area: "session", name: name, description: description, section: "17 doc", want: want, skip: withCookie,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.sendSession(ctx, r(v))
				return strings.TrimSpace(a.String() + " " + setCookies(a.header)), err
			},
		}
	}
	connects := func(name, description, want string, u func(v *verifier) upgrade) check {
		return check{
			area: "session", name: name, description: description, section: "1.3 doc, 17 doc", want: want, skip: withCookie,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.handshake(ctx, u(v))
				return a.String(), err
			},
		}
	}
	ticket := func(csrf string) func(v *verifier) sessionRequest {
		return func(v *verifier) sessionRequest {
			return sessionRequest{method: http.MethodPost, path: "/tickets", cookie: cookieOf(v.firstUser.token), origin: site(v), csrf: csrf}
		}
	}
	signIn := func(origin func(v *verifier) string) func(v *verifier) sessionRequest {
		return func(v *verifier) sessionRequest {
			return sessionRequest{method: http.MethodPost, path: "/session", token: v.firstUser.token, origin: origin(v)}
		}
	}
	signOut := func(csrf string) func(v *verifier) sessionRequest {
		return func(v *verifier) sessionRequest {
			return sessionRequest{method: http.MethodDelete, path: "/session", cookie: cookieOf(v.firstUser.token), origin: site(v), csrf: csrf}
		}
	}
	from := func(origin string) func(v *verifier) upgrade {
		return func(v *verifier) upgrade { return upgrade{cookie: cookieOf(v.firstUser.token), origin: origin} }
	}
	return []check{
		asks("signIn", "the site's page gets the cookie for a token", "201 "+sessionCookie+" set, path /, Secure, HttpOnly, SameSite=Strict", signIn(site)),
		asks("signInForeign", "a foreign page gets no cookie", "403 origin_not_allowed", signIn(func(*verifier) string { return foreign })),
		asks("signInNoOrigin", "a request without an origin gets no cookie", "403 origin_missing", signIn(noOrigin)),
		connects("connect", "the site's page connects with the cookie", "101", func(v *verifier) upgrade {
			return upgrade{cookie: cookieOf(v.firstUser.token), origin: site(v)}
		}),
		connects("foreignPage", "a foreign page does not connect with the cookie", "403", from(foreign)),
		connects("noOrigin", "a handshake with the cookie and without an origin", "403", from("")),
		connects("forgedCookie", "a cookie with a token of another signature", "401", func(v *verifier) upgrade {
			return upgrade{cookie: cookieOf(forged(v.firstUser.token)), origin: site(v)}
		}),
		asks("ticket", "the site's page gets a ticket with the cookie and the header X-CSRF", "201", ticket("1")),
		asks("noCSRF", "a request with the cookie and without the header X-CSRF gets no ticket", "403 csrf_header_missing", ticket("")),
		asks("signOutNoCSRF", "a request without the header X-CSRF does not remove the cookie", "403 csrf_header_missing", signOut("")),
		asks("signOut", "the site's page removes the cookie", "204 "+sessionCookie+" removed, path /, Secure, HttpOnly, SameSite=Strict", signOut("1")),
	}
}

// setCookies describes the cookies of an answer without their values.
func setCookies(h http.Header) string {
	var all []string
	for _, c := range (&http.Response{Header: h}).Cookies() {
		text := c.Name + " set"
		if c.MaxAge < 0 {
			text = c.Name + " removed"
		}
		if c.MaxAge == 0 {
			text += " without Max-Age"
		}
		if c.Domain != "" {
			text += ", domain " + c.Domain
		}
		text += ", path " + c.Path
		for _, attribute := range []struct {
			name string
			has  bool
		}{{"Secure", c.Secure}, {"HttpOnly", c.HttpOnly}, {"SameSite=Strict", c.SameSite == http.SameSiteStrictMode}} {
			if attribute.has {
				text += ", " + attribute.name
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
