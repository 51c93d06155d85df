package env

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// parser reads variables and collects what is missing or wrong with them.
type parser struct {
	getenv func(string) string
	errs   []error
}

func (p *parser) wrong(name, value, want string) {
	p.errs = append(p.errs, fmt.Errorf("environment variable %s is %q: want %s", name, value, want))
}

func (p *parser) text(name string) string {
	v := p.getenv(name)
	if v == "" {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return v
}

// url reads an address that tokens or connections are trusted to.
func (p *parser) url(name string) string {
	v := p.text(name)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || !safe(u) || u.User != nil || strings.ContainsAny(v, "?#") {
		p.wrong(name, v, "an https URL, or an http one on loopback")
	}
	return v
}

// words reads a list of words, separated by spaces. The list may be empty.
func (p *parser) words(name string) []string {
	if v := p.getenv(name); v != "" {
		return strings.Fields(v)
	}
	return nil
}

// origins reads a list of origins, separated by a blank. They are compared with
// what browsers send to the letter, so one that none would send is a mistake.
func (p *parser) origins(name string) []string {
	all := p.text(name)
	if all == "" {
		return nil
	}
	list := strings.Split(all, " ")
	for _, v := range list {
		if u, err := url.Parse(v); err != nil || (!safe(u) && !isApp(u)) || !asSent(v, u) {
			p.wrong(name, v, "origins as browsers send them, such as https://app.example.com, http only on loopback")
		}
	}
	return list
}

// asSent tells whether a browser would write the address of a page like this: in
// small letters, without what follows the host and without the usual port.
func asSent(v string, u *url.URL) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.[]:/"
	usual := (u.Scheme == "https" && u.Port() == "443") || (u.Scheme == "http" && u.Port() == "80")
	return v == u.Scheme+"://"+u.Host && strings.Trim(v, letters) == "" && !strings.HasSuffix(v, ":") && !usual
}

// isApp returns whether an origin belongs to an app or a browser extension, such
// as capacitor://localhost or chrome-extension://ID.
func isApp(u *url.URL) bool {
	network := []string{"http", "https", "ws", "wss", "ftp", "file", "data", "blob"}
	return u.Host != "" && u.Port() == "" && !slices.Contains(network, u.Scheme)
}

// safe tells whether nobody on the way can read or change what is exchanged with
// a host.
func safe(u *url.URL) bool {
	ip, _ := netip.ParseAddr(u.Hostname())
	loopback := ip.IsLoopback() || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
	return u.Hostname() != "" && (u.Scheme == "https" || (u.Scheme == "http" && loopback))
}

// list reads words, separated by a comma.
func (p *parser) list(name string) []string {
	v := p.text(name)
	if v == "" {
		return nil
	}
	list := strings.Split(v, ",")
	if slices.Contains(list, "") {
		p.wrong(name, v, "words, separated by a comma")
	}
	return list
}

func (p *parser) bool(name string) bool {
	return p.oneOf(name, "true", "false") == "true"
}

func (p *parser) oneOf(name string, allowed ...string) string {
	v := p.text(name)
	if v != "" && !slices.Contains(allowed, v) {
		last := len(allowed) - 1
		p.wrong(name, v, strings.Join(allowed[:last], ", ")+" or "+allowed[last])
	}
	return v
}

func (p *parser) number(name string, least, most int) int {
	v := p.text(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		p.wrong(name, v, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n
}
