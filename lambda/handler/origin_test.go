package handler_test

import (
	"testing"
	"time"

	"sallyport/lambda/identity"
	"sallyport/lambda/setting"
)

func TestAuthorizeComparesOrigin(t *testing.T) {
	const host = "d111111abcdef8.cloudfront.net"
	tests := []struct {
		name    string
		origins []string
		ok      bool
	}{
		{"exact", []string{origin}, true},
		{"otherAllowed", []string{"https://console.example.com"}, true},

		{"foreign", []string{"https://evil.example"}, false},
		{"suffix", []string{"https://evil-" + host}, false},
		{"subdomain", []string{"https://x." + host}, false},
		{"prefix", []string{origin + ".evil.example"}, false},
		{"longerTopLevel", []string{origin + "x"}, false},
		{"parent", []string{"https://cloudfront.net"}, false},
		{"upperCaseHost", []string{"https://D111111abcdef8.cloudfront.net"}, false},
		{"upperCaseScheme", []string{"HTTPS://" + host}, false},
		{"http", []string{"http://" + host}, false},
		{"wss", []string{"wss://" + host}, false},
		{"noScheme", []string{host}, false},
		{"port", []string{origin + ":8443"}, false},
		{"defaultPort", []string{origin + ":443"}, false},
		{"trailingDot", []string{origin + "."}, false},
		{"trailingSlash", []string{origin + "/"}, false},
		{"path", []string{origin + "/a"}, false},
		{"userinfo", []string{"https://" + host + "@evil.example"}, false},
		{"userinfoBefore", []string{"https://evil.example@" + host}, false},
		{"spaceAround", []string{" " + origin + " "}, false},
		{"null", []string{"null"}, false},
		{"empty", []string{""}, false},
		{"star", []string{"*"}, false},
		{"punycode", []string{"https://xn--d111111abcdef8-.cloudfront.net"}, false},
		{"fullWidth", []string{"https://ｄ111111abcdef8.cloudfront.net"}, false},
		{"nulByte", []string{origin + "\x00.evil.example"}, false},
		{"newline", []string{origin + "\r\nX: y"}, false},
		{"commaList", []string{origin + ", https://evil.example"}, false},
		{"spaceList", []string{origin + " https://evil.example"}, false},
		{"bothAllowed", []string{origin + " https://console.example.com"}, false},
		{"twoHeaders", []string{"https://evil.example", origin}, false},
		{"twoHeadersOtherWay", []string{origin, "https://evil.example"}, false},
		{"sameTwice", []string{origin, origin}, false},
		{"emptyBeside", []string{"", origin}, false},
	}
	for _, credential := range []string{"sallyport.v1, bearer." + token, "sallyport.v1, ticket." + ticket} {
		for _, test := range tests {
			t.Run(credential[14:20]+"/"+test.name, func(t *testing.T) {
				w := newFixture()
				taken := aTicket()
				taken.Origin = test.origins[0]
				w.table.tickets[ticketHash] = taken
				w.config.MissingOrigin = setting.AllowMissing // no way around, either
				asked := false
				w.verify = func(string) (identity.User, time.Time, error) { asked = true; return person("alice"), expires, nil }
				got := w.refusalOf(t, readEvent(t, "authorizer", func(e map[string]any) {
					setHeader(e, "Origin", test.origins...)
					setHeader(e, "Sec-WebSocket-Protocol", credential)
				}))
				if test.ok != (got == "") || !test.ok && got != "origin_not_allowed" {
					t.Errorf("got code %q, want ok: %v", got, test.ok)
				}
				if !test.ok && (asked || w.table.calls != 0) {
					t.Errorf("token verified: %v, calls of the table: %d, want neither before the origin is accepted", asked, w.table.calls)
				}
			})
		}
	}
}

// The case of a header name does not matter.
func TestAuthorizeFindsOrigin(t *testing.T) {
	for _, name := range []string{"origin", "ORIGIN", "oRiGiN"} {
		w := newFixture()
		got := w.refusalOf(t, readEvent(t, "authorizer", func(e map[string]any) {
			setHeader(e, "Origin")
			setHeader(e, name, "https://evil.example")
		}))
		if got != "origin_not_allowed" {
			t.Errorf("%s: got code %q, want origin_not_allowed", name, got)
		}
		got = newFixture().refusalOf(t, readEvent(t, "authorizer", func(e map[string]any) {
			setHeader(e, name, "https://evil.example") // and a good one
		}))
		if got != "origin_not_allowed" {
			t.Errorf("%s beside Origin: got code %q, want origin_not_allowed", name, got)
		}
	}
}

func TestAuthorizeWithoutAllowedOrigins(t *testing.T) {
	for _, allowed := range [][]string{nil, {""}} {
		for _, value := range []string{origin, "", "null"} {
			w := newFixture()
			w.config.AllowedOrigins = allowed
			got := w.refusalOf(t, readEvent(t, "authorizer", func(e map[string]any) { setHeader(e, "Origin", value) }))
			if got != "origin_not_allowed" {
				t.Errorf("origin %q of %q: got code %q, want origin_not_allowed", value, allowed, got)
			}
		}
	}
}

func TestAuthorizeMissingOrigin(t *testing.T) {
	credentials := map[string]func(map[string]any){
		"ticket": asHeader("sallyport.v1, ticket." + ticket),
		"bearer": asHeader("sallyport.v1, bearer." + token),
		"query":  asQuery(token),
		"none":   asHeader("sallyport.v1"),
	}
	want := map[setting.MissingOrigin]map[string]string{
		setting.RefuseMissing: {
			"ticket": "origin_missing", "bearer": "origin_missing", "query": "origin_missing", "none": "origin_missing",
		},
		setting.SubprotocolMissing: {"ticket": "", "bearer": "", "query": "origin_missing", "none": "no_credential"},
		setting.AllowMissing:       {"ticket": "", "bearer": "", "query": "", "none": "no_credential"},
		"something else": {
			"ticket": "origin_missing", "bearer": "origin_missing", "query": "origin_missing", "none": "origin_missing",
		},
	}
	for missing, codes := range want {
		for credential, want := range codes {
			t.Run(string(missing)+"/"+credential, func(t *testing.T) {
				w := newFixture()
				w.config.MissingOrigin = missing
				free := aTicket()
				free.Origin = ""
				w.table.tickets[ticketHash] = free
				edit := both(credentials[credential], func(e map[string]any) { setHeader(e, "Origin") })
				if got := w.refusalOf(t, readEvent(t, "authorizer", edit)); got != want {
					t.Errorf("got code %q, want %q", got, want)
				}
				if _, kept := w.table.tickets[ticketHash]; want == "origin_missing" && !kept {
					t.Error("a ticket was taken although the origin was refused")
				}
			})
		}
	}
}

// React Native sends the address of the WebSocket as Origin. A page cannot have this
// origin, so it counts as a missing one, and a ticket that was issued without an
// Origin is accepted.
func TestAuthorizeOwnOrigin(t *testing.T) {
	const own = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com" // of the event
	tests := []struct {
		name, origin, domain string
		missing              setting.MissingOrigin
		want                 string
	}{
		{"own", "https://" + own, own, setting.SubprotocolMissing, ""},
		{"ownDomain", "https://socket.example.com", "socket.example.com", setting.SubprotocolMissing, ""},
		{"local", "http://127.0.0.1:8081", "127.0.0.1:8081", setting.SubprotocolMissing, ""},
		{"localName", "http://app.localhost:8081", "app.localhost:8081", setting.SubprotocolMissing, ""},
		{"localNameByHTTPS", "https://app.localhost:8081", "app.localhost:8081", setting.SubprotocolMissing, "origin_not_allowed"},
		{"onlyPages", "https://" + own, own, setting.RefuseMissing, "origin_missing"},
		{"http", "http://" + own, own, setting.SubprotocolMissing, "origin_not_allowed"},
		{"socketScheme", "wss://" + own, own, setting.SubprotocolMissing, "origin_not_allowed"},
		{"slash", "https://" + own + "/", own, setting.SubprotocolMissing, "origin_not_allowed"},
		{"otherAPI", "https://f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com", own, setting.SubprotocolMissing, "origin_not_allowed"},
		{"upperCase", "https://A1B2C3D4E5.execute-api.eu-west-1.amazonaws.com", own, setting.SubprotocolMissing, "origin_not_allowed"},
		{"localByHTTPS", "https://127.0.0.1:8081", "127.0.0.1:8081", setting.SubprotocolMissing, "origin_not_allowed"},
		{"rebinding", "http://evil.example:8081", "evil.example:8081", setting.AllowMissing, "origin_not_allowed"},
		{"noDomain", "https://", "", setting.AllowMissing, "origin_not_allowed"},
	}
	for _, credential := range []string{"sallyport.v1, bearer." + token, "sallyport.v1, ticket." + ticket} {
		for _, test := range tests {
			t.Run(credential[14:20]+"/"+test.name, func(t *testing.T) {
				w := newFixture()
				w.config.MissingOrigin = test.missing
				free := aTicket()
				free.Origin = ""
				w.table.tickets[ticketHash] = free
				got := w.refusalOf(t, readEvent(t, "authorizer", func(e map[string]any) {
					setHeader(e, "Origin", test.origin)
					setHeader(e, "Sec-WebSocket-Protocol", credential)
					object(e, "requestContext")["domainName"] = test.domain
				}))
				if got != test.want {
					t.Errorf("got code %q, want %q", got, test.want)
				}
			})
		}
	}
	t.Run("ticketOfAPage", func(t *testing.T) {
		w := newFixture()
		w.table.tickets[ticketHash] = aTicket() // of the site's origin
		got := w.refusalOf(t, readEvent(t, "authorizer_ticket", func(e map[string]any) { setHeader(e, "Origin", "https://"+own) }))
		if got != "ticket_origin" {
			t.Errorf("got code %q, want ticket_origin", got)
		}
	})
}

// The origin of an app is compared byte for byte, like that of a page. A ticket of one
// app is refused in another app.
func TestAuthorizeOriginOfApp(t *testing.T) {
	const app = "capacitor://localhost"
	for sent, want := range map[string]string{
		app: "", "capacitor://localhost/": "origin_not_allowed", "ionic://localhost": "origin_not_allowed",
		"Capacitor://localhost": "origin_not_allowed", "https://localhost": "origin_not_allowed",
	} {
		w := newFixture()
		w.config.AllowedOrigins = []string{origin, app}
		own := aTicket()
		own.Origin = app
		w.table.tickets[ticketHash] = own
		if got := w.refusalOf(t, readEvent(t, "authorizer_ticket", func(e map[string]any) { setHeader(e, "Origin", sent) })); got != want {
			t.Errorf("%s: got code %q, want %q", sent, got, want)
		}
	}
}
