package inspector

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// hidden stands where a token stood.
const hidden = "…redacted"

var (
	// bearer is the token among the subprotocols, whatever its form.
	bearer = regexp.MustCompile(`(?i)\b(bearer[. ])[^\s,"'\\]+`)
	// jwt is a JSON Web Token anywhere, or what is left of a cut one: its parts
	// begin with {" in base64.
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]{5,}(\.[A-Za-z0-9_=-]*){0,4}`)
)

// secrets are the names, in lower case, of members whose values are never shown.
var secrets = map[string]bool{
	"authorization": true, "cookie": true, "set-cookie": true, "proxy-authorization": true, "x-amz-security-token": true,
	"token": true, "access_token": true, "id_token": true, "refresh_token": true,
}

// hide returns the text without tokens.
func hide(text string) string {
	return jwt.ReplaceAllString(bearer.ReplaceAllString(text, "${1}"+hidden), hidden)
}

// redact returns a JSON document without tokens and without blanks, its members
// in their order and its numbers as they were spelt. It tells whether doc is
// JSON at all.
func redact(doc []byte) (clean []byte, ok bool) {
	if !json.Valid(doc) { // bounds the depth, too
		return nil, false
	}
	r := redactor{in: json.NewDecoder(bytes.NewReader(doc))}
	r.in.UseNumber()
	r.value(false)
	return r.out.Bytes(), true
}

// redactor copies a valid document token by token, so that nothing needs to be
// handled but what Token returns for one.
type redactor struct {
	in  *json.Decoder
	out bytes.Buffer
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
		if secret && v != "" {
			v = hidden
		}
		r.write(hide(v))
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

// write writes a string, number, boolean or null.
func (r *redactor) write(v any) {
	e := json.NewEncoder(&r.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // such values never fail
	r.out.Truncate(r.out.Len() - len("\n"))
}
