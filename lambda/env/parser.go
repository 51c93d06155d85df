package env

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sallyport/lambda/originsecret"
	"sallyport/lambda/setting"
)

// parser reads variables and collects the errors.
type parser struct {
	getenv func(string) string
	errs   []error
}

func (p *parser) wrong(name, value, want string) {
	p.errs = append(p.errs, fmt.Errorf("environment variable %s is %q: must be %s", name, value, want))
}

func (p *parser) text(name string) string {
	v := p.getenv(name)
	if v == "" {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return v
}

// number reads a whole number, 0 if the variable is not set.
func (p *parser) number(name string) int {
	v := p.getenv(name)
	n, err := strconv.Atoi(v)
	if v != "" && (err != nil || n < 1) {
		p.wrong(name, v, "a whole number from 1 on")
	}
	return n
}

// url reads the address of a service that the function trusts.
func (p *parser) url(name string) string {
	v := p.text(name)
	if v != "" && !setting.Trusted(v) {
		p.wrong(name, v, "an https address, or an http address on loopback, without user, query and fragment")
	}
	return v
}

// origins reads a list of origins, separated by a space. The function compares them byte
// for byte with the origin that a browser sends, so a different spelling is an error.
func (p *parser) origins(name string) []string {
	all := p.text(name)
	if all == "" {
		return nil
	}
	list := strings.Split(all, " ")
	for _, v := range list {
		if u, err := url.Parse(v); err != nil || (!setting.Private(u) && !isApp(u)) || !asSent(v, u) {
			p.wrong(name, v, "origins as browsers send them, such as https://app.example.com, http only on loopback")
		}
	}
	return list
}

// secrets reads the SHA-256 values of secrets.
func (p *parser) secrets(name string) originsecret.Set {
	s, err := originsecret.Parse(p.getenv(name))
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("environment variable %s: %w", name, err))
	}
	return s
}

// asSent reports whether v, parsed as u, is an origin as browsers send it: in lower
// case, and without a path, query, fragment or default port.
func asSent(v string, u *url.URL) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.[]:/"
	defaultPort := (u.Scheme == "https" && u.Port() == "443") || (u.Scheme == "http" && u.Port() == "80")
	return v == u.Scheme+"://"+u.Host && strings.Trim(v, letters) == "" && !strings.HasSuffix(v, ":") && !defaultPort
}

// isApp reports whether an origin belongs to an app or a browser extension, such
// as capacitor://localhost or chrome-extension://ID.
func isApp(u *url.URL) bool {
	network := []string{"http", "https", "ws", "wss", "ftp", "file", "data", "blob"}
	return u.Host != "" && u.Port() == "" && !slices.Contains(network, u.Scheme)
}

// list reads a list of words, separated by commas.
func (p *parser) list(name string) []string {
	v := p.text(name)
	if v == "" {
		return nil
	}
	list := strings.Split(v, ",")
	if slices.Contains(list, "") {
		p.wrong(name, v, "words, separated by commas")
	}
	return list
}
