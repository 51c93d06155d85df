package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	longForm   = "20060102T150405Z"
	skew       = 5 * time.Minute
)

// claim is the parsed signature of a request, before its verification.
type claim struct {
	keyID, date, region, service, end string // the credential
	headers                           []string
	signature, token                  string
	at                                time.Time
	presigned                         bool
	lifetime                          time.Duration // time for which the signature is valid
}

// readClaim parses the Authorization header, or the query if there is no such header.
func readClaim(r *http.Request) (claim, error) {
	c := claim{lifetime: skew}
	var parts map[string]string
	var date string
	var err error
	if header := r.Header.Get("Authorization"); header != "" {
		date = r.Header.Get("X-Amz-Date")
		parts, err = readHeader(header, date)
		c.token = r.Header.Get("X-Amz-Security-Token")
	} else {
		c.presigned = true
		parts, err = readQuery(r)
		date, c.token = parts["Date"], parts["Security-Token"]
	}
	if err != nil {
		return claim{}, err
	}
	credential := strings.Split(parts["Credential"], "/")
	if len(credential) != 5 { // [from memory; AWS also quotes the credential]
		return claim{}, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	c.keyID, c.date, c.region, c.service, c.end = credential[0], credential[1], credential[2], credential[3], credential[4]
	c.signature = parts["Signature"]
	if c.at, err = time.Parse(longForm, date); err != nil { // [from memory]
		return claim{}, incomplete("Date must be in ISO-8601 'basic format'. Got '" + date + "'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	if seconds := parts["Expires"]; c.presigned && seconds != "" { // without it the URL is valid as long as a header [unknown]
		n, err := strconv.Atoi(seconds)
		if err != nil || n < 1 || n > 7*24*60*60 {
			return claim{}, incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.") // [unknown]
		}
		c.lifetime = time.Duration(n) * time.Second
	}
	c.headers = strings.Split(strings.ToLower(parts["SignedHeaders"]), ";")
	return c, checkHeaders(r, c.headers)
}

// readHeader returns the parts of an Authorization header. An error does not quote the
// header, which may contain a token, but its hash, as AWS does now.
func readHeader(header, date string) (map[string]string, error) {
	hash := sha256.Sum256([]byte(header))
	quoted := base64.StdEncoding.EncodeToString(hash[:])
	parts := map[string]string{}
	scheme, rest, _ := strings.Cut(header, " ")
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok { // [observed 2025]
			return nil, incomplete("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + quoted + "'.")
		}
		if scheme == algorithm {
			parts[name] = value
		}
	}
	var missing string // [observed 2018, 2022]
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing += "Authorization header requires '" + name + "' parameter. "
		}
	}
	if date == "" {
		missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	}
	if missing != "" {
		return nil, incomplete(missing + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + quoted) // [from memory: the hash]
	}
	return parts, nil
}

// readQuery returns the parameters of a presigned URL, by their names without "X-Amz-".
func readQuery(r *http.Request) (map[string]string, error) {
	const prefix = "X-Amz-"
	parts := map[string]string{}
	for name, values := range r.URL.Query() {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			parts[short] = values[0]
		}
	}
	var missing string // [from memory]
	for _, name := range []string{"Algorithm", "Credential", "Signature", "SignedHeaders", "Date"} {
		if parts[name] == "" || name == "Algorithm" && parts[name] != algorithm {
			missing += "AWS query-string parameters must include '" + prefix + name + "'. "
		}
	}
	if missing != "" {
		return nil, incomplete(missing + "Re-examine the query-string parameters.")
	}
	return parts, nil
}

// checkHeaders checks that the signed headers are in the request, and that Host is signed.
func checkHeaders(r *http.Request, names []string) error {
	if !slices.Contains(names, "host") { // [observed 2018, 2022]
		return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, name := range names {
		if name != "host" && name != "content-length" && len(r.Header.Values(name)) == 0 { // [observed 2022 on AppSync]
			return incomplete("'" + name + "' is named as a SignedHeader, but it does not exist in the HTTP request.")
		}
	}
	return nil
}

// checkScope checks that the credential is for this service, region and day.
func (v *Verifier) checkScope(c claim) error {
	var wrong string
	if c.region != v.Region { // [observed 2021]
		wrong += "Credential should be scoped to a valid region, not '" + c.region + "'. "
	}
	if c.service != v.Service { // [observed 2020]
		wrong += "Credential should be scoped to correct service: '" + v.Service + "'. "
	}
	if c.end != terminator { // [doc]
		wrong += "Credential should be scoped with a valid terminator: '" + terminator + "', not '" + c.end + "'. "
	}
	if day := c.at.Format("20060102"); c.date != day { // [doc]
		wrong += "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			c.date + "' != '" + day + "', from '" + c.at.Format(longForm) + "'."
	}
	if wrong != "" {
		return invalid(wrong)
	}
	return nil
}

// checkTime checks that the signature is valid now [observed 2020; the future: doc].
func (c claim) checkTime(now time.Time) error {
	switch {
	case c.at.After(now.Add(skew)):
		return invalid(fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 5 min.)",
			c.at.Format(longForm), now.Add(skew).Format(longForm), now.Format(longForm)))
	case c.at.Before(now.Add(-c.lifetime)):
		return invalid(fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %v min.)",
			c.at.Format(longForm), now.Add(-c.lifetime).Format(longForm), now.Format(longForm), c.lifetime.Minutes()))
	}
	return nil
}
