package inspector

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
)

// hidden stands where a token or ticket stood.
const hidden = "…redacted"

var (
	// bearer is the token among the subprotocols or in a header, whatever its
	// form, and ticket a ticket there.
	bearer = regexp.MustCompile(`(?i)\b(bearer[. ])[^\s,"'\\]+`)
	ticket = regexp.MustCompile(`(?i)\b(ticket\.)[^\s,"'\\]{16,}`)
	// jwt is a JSON Web Token anywhere, or what is left of a cut one: its parts
	// begin with {" in base64.
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]{5,}(\.[A-Za-z0-9_=-]*){0,4}`)
	// parameter and member are named tokens in a query string, and in JSON that
	// is no document of its own: in a text, or cut.
	parameter = regexp.MustCompile(`(?i)((?:token|ticket)=)[^&\s"'\\]+`)
	member    = regexp.MustCompile(`(?i)((?:token|ticket)\\*"\s*:\s*\\*")[^"\\]+`)
	// random is text that may be 32 random bytes in base64, which a ticket is.
	random = regexp.MustCompile(`[A-Za-z0-9_-]{43,}`)
)

// secrets are the names, in lower case, of members whose values are never shown.
var secrets = map[string]bool{
	"authorization": true, "cookie": true, "cookies": true, "set-cookie": true, "proxy-authorization": true, "x-amz-security-token": true,
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

// redact returns a JSON document without tokens and tickets and without blanks,
// its members in their order and its numbers as they were spelt. It tells
// whether doc is JSON at all.
func redact(doc []byte) (clean []byte, ok bool) {
	clean, _, ok = redactDocument(doc)
	return clean, ok
}

// redactDocument reports whether something was hidden, too.
func redactDocument(doc []byte) (clean []byte, hid, ok bool) {
	if !json.Valid(doc) { // bounds the depth, too
		return nil, false, false
	}
	r := redactor{in: json.NewDecoder(bytes.NewReader(doc))}
	r.in.UseNumber()
	r.value(false)
	return r.out.Bytes(), r.hid, true
}

// redactor copies a valid document token by token, so that nothing needs to be
// handled but what Token returns for one.
type redactor struct {
	in  *json.Decoder
	out bytes.Buffer
	hid bool // something was hidden
}

// value copies the next value; of a secret one no string is shown.
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

// member copies an element, with its name if it has one.
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

// text copies a string.
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

// hideWithin hides what is in a string, which may be a document itself, as the
// bodies of events are, or be in base64.
func hideWithin(v string) string {
	if first := strings.TrimSpace(v); first != "" && (first[0] == '{' || first[0] == '[') {
		if clean, hid, ok := redactDocument([]byte(v)); ok && hid {
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
	_ = e.Encode(v) // such values never fail
	r.out.Truncate(r.out.Len() - len("\n"))
}
