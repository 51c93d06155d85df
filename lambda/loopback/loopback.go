// Package loopback decides whether a host is this machine. A connection to it is protected
// without TLS.
package loopback

import (
	"net/netip"
	"strings"
)

// Is reports whether host is a loopback address, or a name that always resolves to one:
// localhost, or a name below it (RFC 6761, section 6.3). The host has no port and no
// brackets, as url.URL.Hostname returns it.
func Is(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
