// Package origin knows how browsers and apps write an origin. The function
// compares origins byte for byte, so one that nobody sends would never match.
package origin

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// A domain in small letters; others come in punycode.
	domain       = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$`)
	endsInNumber = regexp.MustCompile(`(?:^|\.)\d+$`)

	appScheme = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)
	// The ids of extensions: a hash in the letters a to p, and a UUID.
	extensionIDs = map[string]*regexp.Regexp{
		"chrome-extension": regexp.MustCompile(`^[a-p]{32}$`),
		"moz-extension":    regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	}
	// No page and no app has an origin of these schemes: browsers send another
	// one for it, or null.
	noOrigin = []string{"ws", "wss", "ftp", "file", "data", "blob", "javascript", "about", "filesystem"}
)

const pageWanted = "scheme, host and port of a page only, such as https://app.example.com"

// Wrong returns a description of the origin to write instead of one that nobody
// sends, or that is not safe; "" if the origin is good. Origins are those of
// pages and of apps: capacitor://localhost, chrome-extension://ID.
func Wrong(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Scheme == "https" || u.Scheme == "http" {
		return WrongPage(origin)
	}
	id := extensionIDs[u.Scheme]
	switch {
	case u.Host == "" || u.Scheme+"://"+u.Host != origin || !appScheme.MatchString(u.Scheme):
		return pageWanted
	case slices.Contains(noOrigin, u.Scheme):
		return "https, such as https://app.example.com, or the scheme of an app, such as capacitor://localhost"
	case id != nil && !id.MatchString(u.Host):
		return "the id of an extension as its browser writes it, such as chrome-extension://abcdefghijklmnopabcdefghijklmnop"
	case id == nil && !domain.MatchString(u.Host):
		return "the host of an app in small letters and without a port, such as capacitor://localhost"
	}
	return ""
}

// WrongPage is Wrong for the origin of a page, which comes by https or from this
// machine.
func WrongPage(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return pageWanted
	}
	host, port := u.Host, u.Port()
	if port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "https, such as https://app.example.com"
	case !sentHost(host):
		return "a host as browsers send it: in small letters and without a colon or dot at its end, an IP address in its shortest form"
	case u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80":
		return "no port, as browsers leave out the usual one"
	case !validPort(port):
		return "a port from 1 to 65535 without a zero before it"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "https: over http, anyone on the way could change the page"
	}
	return ""
}

// sentHost returns whether browsers write a host in this way.
func sentHost(host string) bool {
	inner, bracketed := strings.CutPrefix(host, "[")
	inner = strings.TrimSuffix(inner, "]")
	switch a, err := netip.ParseAddr(inner); {
	case bracketed:
		return err == nil && a.Is6() && !a.Is4In6() && a.String() == inner
	case endsInNumber.MatchString(host): // to browsers, an IPv4 address in any form
		return err == nil && a.Is4()
	}
	return domain.MatchString(host)
}

// validPort returns whether browsers write a port in this way, or leave it out.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// loopback returns whether a host is the browser's own machine. Names below
// localhost never leave it (RFC 6761, section 6.3).
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.IsLoopback()
}
