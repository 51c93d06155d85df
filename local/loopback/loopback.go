// Package loopback decides whether an address is on this machine only. The local run has no
// TLS and accepts any name at sign-in, so it must not be reachable from other machines.
package loopback

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"sallyport/lambda/loopback"
)

// Host reports whether host, as in a Host header and with or without a port, is a loopback
// address or a name that always resolves to one (RFC 6761, section 6.3).
func Host(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return loopback.Is(strings.Trim(host, "[]"))
}

// CheckListen returns an error unless address is HOST:PORT with a loopback IP address. It
// refuses names, because a resolver decides their addresses.
func CheckListen(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address: want host:port, such as 127.0.0.1:8080", address)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not a loopback address: use 127.0.0.1 or [::1]", address)
	}
	return nil
}
