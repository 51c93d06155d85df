package infra

import (
	"fmt"
	"strings"
)

const (
	// maxEnvironment is how long Lambda lets all variables of a function be, as
	// JSON, in bytes (its guide, "Lambda quotas").
	maxEnvironment = 4 << 10
	// otherVariables is how long the names of the variables, and the values that
	// no setting makes long, are at most.
	otherVariables = 1500
)

// checkEnvironment refuses settings that Lambda would not take, before anything
// is made: CreateFunction comes after all that it refers to.
func (c config) checkEnvironment() error {
	origins := len(strings.Join(c.AllowedOrigins, " "))
	all := otherVariables + origins + len(c.SiteDomain) + len(c.StageName) + len(c.Issuer) + len(c.Audience) +
		len(c.SecondIssuer) + len(c.SecondAudience) + len(c.RequiredScope)
	if all <= maxEnvironment {
		return nil
	}
	return fmt.Errorf("configuration key allowedOrigins has %d origins of %d bytes together: the function's environment may have %d bytes, "+
		"and with them it could have %d. List fewer origins, or shorten the other settings that the function is told, such as audience",
		len(c.AllowedOrigins), origins, maxEnvironment, all)
}
