package infra

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// config is the stack's configuration, checked. Pulumi.yaml describes the keys
// and holds the defaults.
type config struct {
	StageName        string
	TokenInQuery     bool
	Issuer           string // empty: a Cognito user pool of the stack's own
	ClientID         string // only with Issuer
	Audience         string // only with Issuer
	Memory           int    // megabytes
	Timeout          int    // seconds
	LogLevel         string
	LogRetentionDays int
	ThrottleRate     int // per second
	ThrottleBurst    int
}

var (
	stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	logLevels = []string{"trace", "debug", "info", "warn", "error"}
	// What CloudWatch Logs accepts, without 0, which means for ever.
	retentionDays = strings.Fields("1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653")
)

// readConfig reads the configuration by get, which finds the value of a key.
// Its error tells all that is wrong: key, value and what is allowed.
func readConfig(get func(key string) (string, bool)) (config, error) {
	r := reader{get: get}
	c := config{
		StageName:        r.stageName("stageName"),
		TokenInQuery:     r.boolean("tokenInQuery"),
		Issuer:           r.issuer("issuer"),
		ClientID:         r.text("clientId"),
		Audience:         r.text("audience"),
		Memory:           r.number("memory", 128, 10240),
		Timeout:          r.number("timeout", 1, 29),
		LogLevel:         r.oneOf("logLevel", logLevels),
		LogRetentionDays: r.days("logRetentionDays"),
		ThrottleRate:     r.number("throttleRate", 1, 100_000),
		ThrottleBurst:    r.number("throttleBurst", 1, 100_000),
	}
	switch {
	case c.Issuer == "" && c.ClientID != "":
		r.fail("clientId", c.ClientID, "nothing, as there is no issuer: the stack makes its own client")
	case c.Issuer == "" && c.Audience != "":
		r.fail("audience", c.Audience, "nothing, as there is no issuer")
	case c.Issuer != "" && c.ClientID == "":
		r.fail("clientId", "", "the console's client at the issuer "+c.Issuer)
	case c.Audience == "":
		c.Audience = c.ClientID
	}
	return c, errors.Join(r.errs...)
}

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

func (r *reader) stageName(key string) string {
	v := r.text(key)
	if !stageName.MatchString(v) {
		r.fail(key, v, "1 to 128 letters, digits, hyphens and underscores")
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
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.fail(key, v, "an https address without user, query and fragment, or nothing")
	}
	return v
}
