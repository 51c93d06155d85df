// Package origin checks that an origin has the form in which browsers and apps send
// it. The function compares origins byte for byte, so another spelling would never
// match.
package origin

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sallyport/lambda/loopback"
)

var (
	// A domain in lower case. Browsers send other domains in punycode.
	domain       = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$`)
	endsInNumber = regexp.MustCompile(`(?:^|\.)\d+$`)

	appScheme = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)
	// The ID of a Chromium extension is a hash in the letters a to p. The ID of a
	// Firefox extension is a UUID.
	extensionIDs = map[string]*regexp.Regexp{
		"chrome-extension": regexp.MustCompile(`^[a-p]{32}$`),
		"moz-extension":    regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	}
	// Schemes that an Origin header never has. For such a page, browsers send
	// another origin or null.
	noOrigin = []string{"ws", "wss", "ftp", "file", "data", "blob", "javascript", "about", "filesystem"}
)

const wantPage = "scheme, host and port of a page only, such as https://app.example.com"

// Check returns "" if an origin is one that a browser or an app sends, and is safe.
// Otherwise it returns a description of a valid origin, for an error message. An app
// has an origin such as capacitor://localhost. An extension has an origin such as
// chrome-extension://ID.
func Check(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Scheme == "https" || u.Scheme == "http" {
		return CheckPage(origin)
	}
	id := extensionIDs[u.Scheme]
	switch {
	case u.Host == "" || u.Scheme+"://"+u.Host != origin || !appScheme.MatchString(u.Scheme):
		return wantPage
	case slices.Contains(noOrigin, u.Scheme):
		return "https, such as https://app.example.com, or the scheme of an app, such as capacitor://localhost"
	case id != nil && !id.MatchString(u.Host):
		return "the id of an extension as its browser writes it, such as chrome-extension://abcdefghijklmnopabcdefghijklmnop"
	case id == nil && !domain.MatchString(u.Host):
		return "the host of an app in lower case and without a port, such as capacitor://localhost"
	}
	return ""
}

// CheckPage does the same as Check for the origin of a page, which must be https, or
// http on loopback.
func CheckPage(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return wantPage
	}
	host, port := u.Host, u.Port()
	if port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "https, such as https://app.example.com"
	case !validHost(host):
		return "a host as browsers send it: in lower case, without a colon or dot at its end, an IP address in its shortest form"
	case u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80":
		return "an origin without a port, because browsers omit the default port"
	case !validPort(port):
		return "a port from 1 to 65535 without a leading zero"
	case u.Scheme == "http" && !loopback.Is(u.Hostname()):
		return "https, because anyone on the network can change a page over http"
	}
	return ""
}

// validHost reports whether a host is written as browsers send it.
func validHost(host string) bool {
	inner, bracketed := strings.CutPrefix(host, "[")
	inner = strings.TrimSuffix(inner, "]")
	switch a, err := netip.ParseAddr(inner); {
	case bracketed:
		return err == nil && a.Is6() && !a.Is4In6() && a.String() == inner
	case endsInNumber.MatchString(host): // browsers parse such a host as an IPv4 address
		return err == nil && a.Is4()
	}
	return domain.MatchString(host)
}

// validPort reports whether a port is empty or written as browsers send it.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}
