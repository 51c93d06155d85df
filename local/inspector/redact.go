package inspector

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"

	"sallyport/lambda/originsecret"
)

// hidden replaces a token, a ticket or another secret.
const hidden = "…redacted"

var (
	// bearer matches a token of any form in a subprotocol or a header. ticket matches a
	// ticket in the same places.
	bearer = regexp.MustCompile(`(?i)\b(bearer[. ])[^\s,"'\\]+`)
	ticket = regexp.MustCompile(`(?i)\b(ticket\.)[^\s,"'\\]{16,}`)
	// jwt matches a complete or incomplete JSON Web Token in any place. Its parts begin with
	// the base64 of {".
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]{5,}(\.[A-Za-z0-9_=-]*){0,4}`)
	// parameter matches a named token in a query string. member matches one in JSON within a
	// text, or in incomplete JSON.
	parameter = regexp.MustCompile(`(?i)((?:token|ticket)=)[^&\s"'\\]+`)
	member    = regexp.MustCompile(`(?i)((?:token|ticket)\\*"\s*:\s*\\*")[^"\\]+`)
	// random matches a text that may be 32 random bytes in base64, such as a ticket.
	random = regexp.MustCompile(`[A-Za-z0-9_-]{43,}`)
)

// secrets are the names, in lower case, of the members whose values are hidden.
var secrets = map[string]bool{
	"authorization": true, "cookie": true, "cookies": true, "set-cookie": true, "proxy-authorization": true, "x-amz-security-token": true,
	strings.ToLower(originsecret.Header): true,

	"token": true, "access_token": true, "id_token": true, "refresh_token": true, "ticket": true,
}

// hide returns the text without tokens and tickets.
func hide(text string) string {
	for _, named := range []*regexp.Regexp{bearer, ticket, parameter, member} {
		text = named.ReplaceAllString(text, "${1}"+hidden)
	}
	text = jwt.ReplaceAllString(text, hidden)
	return random.ReplaceAllStringFunc(text, func(run string) string {
		if len(run) == base64.RawURLEncoding.EncodedLen(32) {
			return hidden
		}
		return run
	})
}

// redact returns a JSON document without tokens, tickets and white space. It keeps the order
// of the members and the spelling of the numbers. hid reports whether it hid a text. ok is
// false if doc is not JSON.
func redact(doc []byte) (clean []byte, hid, ok bool) {
	if !json.Valid(doc) { // also limits the depth
		return nil, false, false
	}
	r := redactor{in: json.NewDecoder(bytes.NewReader(doc))}
	r.in.UseNumber()
	r.value(false)
	return r.out.Bytes(), r.hid, true
}

// redactor copies a valid document, token by token.
type redactor struct {
	in  *json.Decoder
	out bytes.Buffer
	hid bool // a text was hidden
}

// value copies the next value. It hides all strings in a secret value.
func (r *redactor) value(secret bool) {
	token, _ := r.in.Token()
	switch v := token.(type) {
	case json.Delim:
		r.out.WriteRune(rune(v))
		for first := true; r.in.More(); first = false {
			if !first {
				r.out.WriteByte(',')
			}
			r.member(v == '{', secret)
		}
		end, _ := r.in.Token()
		closing, _ := end.(json.Delim)
		r.out.WriteRune(rune(closing))
	case string:
		r.text(v, secret)
	default:
		r.write(v)
	}
}

// member copies an element of an array, or a member of an object with its name.
func (r *redactor) member(named, secret bool) {
	if named {
		token, _ := r.in.Token()
		name, _ := token.(string)
		r.write(hide(name))
		r.out.WriteByte(':')
		secret = secret || secrets[strings.ToLower(name)]
	}
	r.value(secret)
}

// text copies a string without its secrets.
func (r *redactor) text(v string, secret bool) {
	clean := v
	switch {
	case secret && v != "":
		clean = hidden
	case !secret:
		clean = hideWithin(v)
	}
	r.hid = r.hid || clean != v
	r.write(clean)
}

// hideWithin returns a string without tokens and tickets. The string may be a JSON document,
// as the bodies of events are, or be encoded in base64.
func hideWithin(v string) string {
	if first := strings.TrimSpace(v); first != "" && (first[0] == '{' || first[0] == '[') {
		if clean, hid, ok := redact([]byte(v)); ok && hid {
			return hide(string(clean))
		}
	}
	if decoded, err := base64.StdEncoding.DecodeString(v); err == nil && len(decoded) > 0 && hideWithin(string(decoded)) != string(decoded) {
		return hidden
	}
	return hide(v)
}

// write writes a string, number, boolean or null.
func (r *redactor) write(v any) {
	e := json.NewEncoder(&r.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // never fails for these types
	r.out.Truncate(r.out.Len() - len("\n"))
}
