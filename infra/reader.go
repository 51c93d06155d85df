package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	domainName = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	// In the ARNs of AWS's own policies, the account is aws.
	managedPolicy = regexp.MustCompile(`^arn:aws:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]{1,512}$`)
	tagText       = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// maxTags is how many tags of the user's fit beside the stack's own two: an
// object in S3 can carry ten.
const maxTags = 8

// reader reads keys and collects what is wrong with them.
type reader struct {
	get  func(key string) (string, bool)
	errs []error
}

// fail tells what is wrong with a value; a missing one has been told already.
func (r *reader) fail(key, value, want string) {
	if _, ok := r.get(key); !ok {
		return
	}
	r.errs = append(r.errs, fmt.Errorf("configuration key %s is %q: want %s", key, value, want))
}

func (r *reader) text(key string) string {
	v, ok := r.get(key)
	if !ok {
		r.errs = append(r.errs, fmt.Errorf("configuration key %s is not set, and Pulumi.yaml gives it no default", key))
	}
	return v
}

func (r *reader) match(key string, pattern *regexp.Regexp, want string) string {
	v := r.text(key)
	if !pattern.MatchString(v) {
		r.fail(key, v, want)
	}
	return v
}

func (r *reader) boolean(key string) bool {
	v := r.text(key)
	if v != "true" && v != "false" {
		r.fail(key, v, "true or false")
	}
	return v == "true"
}

func (r *reader) number(key string, least, most int) int {
	v := r.text(key)
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		r.fail(key, v, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n
}

func (r *reader) oneOf(key string, allowed []string) string {
	v := r.text(key)
	if !slices.Contains(allowed, v) {
		r.fail(key, v, "one of "+strings.Join(allowed, ", "))
	}
	return v
}

func (r *reader) days(key string) int {
	n, _ := strconv.Atoi(r.oneOf(key, retentionDays)) // they are all numbers
	return n
}

// issuer reads an address that may be empty. It is kept to the letter, since
// tokens are compared with it.
func (r *reader) issuer(key string) string {
	v := r.text(key)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(v, "?#") {
		r.fail(key, v, "an https address without user, query and fragment, or nothing")
	}
	return v
}

func (r *reader) domain(key string) string {
	v := r.text(key)
	if v != "" && !domainName.MatchString(v) {
		r.fail(key, v, "a domain such as socket.example.com, or nothing")
	}
	return v
}

// certificate reads the ARN of a certificate in region, which may be empty.
func (r *reader) certificate(key, region string) string {
	v := r.text(key)
	pattern := `^arn:aws:acm:` + regexp.QuoteMeta(region) + `:\d{12}:certificate/[\w-]+$`
	if v != "" && !regexp.MustCompile(pattern).MatchString(v) {
		r.fail(key, v, "the ARN of an ACM certificate in "+region+", arn:aws:acm:"+region+":ACCOUNT:certificate/ID, or nothing")
	}
	return v
}

// policyARN reads the ARN of a managed policy of the account or of AWS. It may be
// empty.
func (r *reader) policyARN(key string) string {
	v := r.text(key)
	if v != "" && !managedPolicy.MatchString(v) {
		r.fail(key, v, "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, or an empty value")
	}
	return v
}

func (r *reader) email(key string) string {
	v := r.text(key)
	if a, err := mail.ParseAddress(v); v != "" && (err != nil || a.Address != v) {
		r.fail(key, v, "an e-mail address, or nothing")
	}
	return v
}

// tags reads the tags that the user wants on top of the stack's own.
func (r *reader) tags(key string) map[string]string {
	v := r.text(key)
	var tags map[string]string
	if err := json.Unmarshal([]byte(v), &tags); err != nil {
		r.fail(key, v, `a map of texts such as {"Team": "chat"}`)
		return nil
	}
	if len(tags) > maxTags {
		r.fail(key, v, fmt.Sprintf("at most %d tags: an object in S3 can carry ten, and two are the stack's own", maxTags))
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		switch value := tags[name]; {
		case name == "Project" || name == "Stack":
			r.fail(key, name, "another name: the stack sets this tag itself")
		case name == "" || len(name) > 128 || strings.HasPrefix(strings.ToLower(name), "aws:") || !tagText.MatchString(name):
			r.fail(key, name, "names of 1 to 128 letters, digits, spaces and _.:/=+-@, which do not begin with aws:")
		case len(value) > 256 || !tagText.MatchString(value):
			r.fail(key, name+"="+value, "values of at most 256 letters, digits, spaces and _.:/=+-@")
		}
	}
	return tags
}
