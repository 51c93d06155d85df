package infra

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// origins reads a list of origins as browsers send them. The function compares
// them byte for byte, so one that no browser sends would never match; one with a
// blank would become two.
func (r *reader) origins(key string) []string {
	v := r.text(key)
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		r.fail(key, v, `a list such as ["https://app.example.com"]`)
		return nil
	}
	for _, o := range list {
		if want := wrongOrigin(o); want != "" {
			r.fail(key, o, want)
		}
	}
	return list
}

var (
	// A domain in small letters; others come in punycode.
	originDomain = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$`)
	endsInNumber = regexp.MustCompile(`(?:^|\.)\d+$`)
)

// wrongOrigin tells what to write instead of an origin that no browser sends,
// or that is not safe; "" if it is good.
func wrongOrigin(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return "scheme, host and port of a page only, such as https://app.example.com"
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

// sentHost tells whether browsers write a host in this way.
func sentHost(host string) bool {
	inner, bracketed := strings.CutPrefix(host, "[")
	inner = strings.TrimSuffix(inner, "]")
	switch a, err := netip.ParseAddr(inner); {
	case bracketed:
		return err == nil && a.Is6() && !a.Is4In6() && a.String() == inner
	case endsInNumber.MatchString(host): // to browsers, an IPv4 address in any form
		return err == nil && a.Is4()
	}
	return originDomain.MatchString(host)
}

// validPort tells whether browsers write a port in this way, or leave it out.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// loopback tells whether a host is the browser's own machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
