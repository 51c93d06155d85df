package infra

import (
	"fmt"
	"strings"
)

const (
	// maxEnvironment is Lambda's limit for all environment variables of a function,
	// in bytes of JSON (its guide, "Lambda quotas").
	maxEnvironment = 4 << 10
	// otherVariables is an upper bound for the names of the variables and for the
	// values whose length does not depend on a setting, in bytes.
	otherVariables = 1500
)

// checkEnvironment returns an error if the environment of the function could exceed
// Lambda's limit. Without this check, a deployment would fail at CreateFunction, after
// it has created other resources.
func (c config) checkEnvironment() error {
	origins := len(strings.Join(c.AllowedOrigins, " "))
	all := otherVariables + origins + len(c.SiteDomain) + len(c.StageName) + len(c.Issuer) + len(c.Audience) +
		len(c.SecondIssuer) + len(c.SecondAudience) + len(c.RequiredScope)
	if all <= maxEnvironment {
		return nil
	}
	return fmt.Errorf("configuration key allowedOrigins has %d origins of %d bytes in all: the function's environment may have %d bytes, "+
		"and with these origins it could have %d. List fewer origins, or shorten other settings of the function, such as audience",
		len(c.AllowedOrigins), origins, maxEnvironment, all)
}
