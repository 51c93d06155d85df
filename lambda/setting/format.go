package setting

import (
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sallyport/lambda/loopback"
)

// format is a form that a text must have.
type format struct {
	allowed string // description of the form; empty: every text is allowed
	example string
	valid   func(string) bool
}

// matching returns the form of the texts that match a regular expression as a whole.
// The expression is compiled when a text is checked, because the function checks few of
// the forms.
func matching(expression, allowed string) format {
	return format{allowed: allowed, valid: func(s string) bool {
		return regexp.MustCompile(`^(?:` + expression + `)$`).MatchString(s)
	}}
}

// scopeText is one or more scopes, separated by single spaces (RFC 6749, section 3.3).
const scopeText = `[!#-\[\]-~]+(?: [!#-\[\]-~]+)*`

func scopes() format {
	return matching(scopeText, "scopes separated by single spaces, such as openid profile")
}

// openIDScopes is the form of the scopes that the console requests.
func openIDScopes() format {
	f := matching(scopeText, "scopes that include openid, separated by single spaces, such as openid profile")
	separated := f.valid
	f.valid = func(s string) bool { return separated(s) && slices.Contains(strings.Fields(s), "openid") }
	return f
}

func claimName() format {
	f := matching(`[A-Za-z0-9_:/.-]{1,64}`, "1 to 64 letters, digits and _ : / . -")
	f.example = "email"
	return f
}

func domain() format {
	return matching(`(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`, "a domain such as socket.example.com")
}

// originSecret is the form of a secret that can be the value of a header.
func originSecret() format {
	f := matching(`[A-Za-z0-9_-]{32,128}`, "32 to 128 letters, digits, hyphens and underscores")
	f.example = "SECRET"
	return f
}

// policyARN is the form of the ARN of a managed policy. In the ARNs of AWS's own
// policies, the account is aws.
func policyARN() format {
	return matching(`arn:aws:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]{1,512}`, "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME")
}

func email() format {
	return format{allowed: "an email address", valid: func(s string) bool {
		a, err := mail.ParseAddress(s)
		return err == nil && a.Address == s
	}}
}

// HTTPS reports whether an address can be the issuer of a deployed stack: an https
// address without user, query and fragment.
func HTTPS(address string) bool {
	return strings.HasPrefix(address, "https:") && Trusted(address)
}

func issuer() format {
	return format{allowed: AllowedHTTPS, valid: HTTPS}
}

// AllowedHTTPS describes the addresses that HTTPS accepts.
const AllowedHTTPS = "an https address without user, query and fragment"

// Trusted reports whether an address is one to which the function may send tokens, or
// from which it may read keys: an https address, or an http address on loopback for a
// local run. It has no user, query or fragment.
func Trusted(address string) bool {
	u, err := url.Parse(address)
	return err == nil && Private(u) && u.User == nil && !strings.ContainsAny(address, "?#")
}

// Private reports whether the connection to the host of u is protected: the scheme is https,
// or it is http and the host is this machine.
func Private(u *url.URL) bool {
	return u.Hostname() != "" && (u.Scheme == "https" || (u.Scheme == "http" && loopback.Is(u.Hostname())))
}

// signOut is the form of an address with placeholders.
func signOut() format {
	const allowed = "an https address with no placeholders but {clientId} and {siteUrl}, such as https://id.example.com/logout?client_id={clientId}&logout_uri={siteUrl}"
	return format{allowed: allowed, valid: func(s string) bool {
		expanded := strings.NewReplacer("{clientId}", "id", "{siteUrl}", "site").Replace(s)
		u, err := url.Parse(expanded)
		return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.Fragment == "" &&
			!strings.ContainsAny(s, " \t\r\n") && !regexp.MustCompile(`\{[^{}]*\}`).MatchString(expanded)
	}}
}

// ReservedParameters returns the authorization parameters that cannot be configured:
// those that the console sets itself, those that it does not support, and the client
// secret, which a page cannot keep secret.
func ReservedParameters() []string {
	return []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "dpop_jkt", "request", "request_uri", "client_secret",
	}
}

// checkParameters checks the parameters that the console adds to an authorization
// request.
func checkParameters(all map[string]string) (wrong []problem) {
	const most = 1024 // bytes
	reserved := ReservedParameters()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case slices.Contains(reserved, name):
			wrong = append(wrong, problem{name, "a parameter other than " + strings.Join(reserved, ", ") + ": the console sets these itself or does not support them"})
		case name == "" || len(name) > most || len(all[name]) > most:
			wrong = append(wrong, problem{name, fmt.Sprintf("a name and a value of at most %d bytes each", most)})
		}
	}
	return wrong
}

// checkTags checks the tags that the user adds to those of the stack.
func checkTags(all map[string]string) (wrong []problem) {
	if len(all) > maxTags {
		names := strings.Join(slices.Sorted(maps.Keys(all)), ", ")
		wrong = append(wrong, problem{names, fmt.Sprintf("at most %d tags: an object in S3 can have ten, and the stack sets two", maxTags)})
	}
	valid := matching(`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, "").valid
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch value := all[name]; {
		case name == "Project" || name == "Stack":
			wrong = append(wrong, problem{name, "another name: the stack sets this tag itself"})
		case name == "" || len(name) > 128 || strings.HasPrefix(strings.ToLower(name), "aws:") || !valid(name):
			wrong = append(wrong, problem{name, "a name of 1 to 128 letters, digits, spaces and _.:/=+-@ that does not begin with aws:"})
		case len(value) > 256 || !valid(value):
			wrong = append(wrong, problem{name + "=" + value, "a value of at most 256 letters, digits, spaces and _.:/=+-@"})
		}
	}
	return wrong
}

// maxTags is the number of tags that fit beside the two tags of the stack: an object
// in S3 can have ten.
const maxTags = 8
