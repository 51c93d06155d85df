package configuration

import (
	"fmt"
	"strings"

	"sallyport/lambda/originsecret"
	"sallyport/lambda/setting"
)

const (
	// maxEnvironment is Lambda's limit for all environment variables of a function,
	// in bytes of JSON (its guide, "Lambda quotas").
	maxEnvironment = 4 << 10
	// OtherVariables is an upper bound, in bytes, for the variables that resources
	// determine, without the settings in their values, and for the JSON around all
	// names and values.
	OtherVariables = 1500
)

// CheckEnvironment returns an error if the environment of the function could exceed
// Lambda's limit. Without this check, a deployment would fail at CreateFunction, after
// it has created other resources.
func (c Config) CheckEnvironment() error {
	origins := len(strings.Join(c.AllowedOrigins, " "))
	all := OtherVariables + origins + len(c.SiteDomain) + len(c.StageName) + len(c.Issuer) + len(c.Audience) + len(originsecret.Sums(c.OriginSecrets))
	for name, value := range c.Environment() {
		all += len(name) + len(value)
	}
	if all <= maxEnvironment {
		return nil
	}
	// These two are the settings of the environment that are usually long.
	allowed := fmt.Sprintf("shorter, or other settings of the function: its environment may have %d bytes, and with these settings it could have %d", maxEnvironment, all)
	if len(c.Audience) > origins {
		return c.Refuse(&c.Audience, fmt.Sprintf("a text of %d bytes", len(c.Audience)), allowed, "")
	}
	return c.Refuse(&c.AllowedOrigins, fmt.Sprintf("%d origins of %d bytes in all", len(c.AllowedOrigins), origins), allowed, setting.Fewer)
}
