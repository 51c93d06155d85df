// Package configuration reads and checks the configuration of a stack. Package setting
// declares the settings. The Pulumi program and the preflight use this package. It does not
// import the SDK of Pulumi, which takes long to compile.
package configuration

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"sallyport/infra/origin"
	"sallyport/lambda/setting"
)

// Config is the checked configuration of a stack.
type Config struct{ setting.Stack }

// stackName matches the allowed names of a stack. The name of a stack becomes a part of the names
// of buckets and roles, so it has few characters and a limited length.
var stackName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$`)

// maxNames is the largest length of the names of project and stack together. The names of the
// function and of its role can have 64 characters. They have the form PROJECT-STACK-function and
// eight more characters.
const maxNames = 64 - len("--function-1234567")

// CheckStack returns an error for a name that a stack of the project cannot have.
func CheckStack(project, name string) error {
	if !stackName.MatchString(name) {
		return fmt.Errorf("stack %q: want 1 to 30 lower-case letters, digits and hyphens, because the name becomes part of the name of a bucket", name)
	}
	if len(project)+len(name) > maxNames {
		return fmt.Errorf("stack %q: want at most %d characters with the project %s, because both names become part of the names of roles, which have at most 64 characters", name, maxNames-len(project), project)
	}
	return nil
}

// CloudFrontRegion is the only region whose certificates CloudFront accepts (its guide,
// "Requirements for using SSL/TLS certificates").
const CloudFrontRegion = "us-east-1"

// Read reads the configuration. get returns the value of a setting, and whether the
// setting has a value. region is the region of the stack. The error names all settings
// that are wrong, their values, the allowed values and the commands that correct them.
func Read(region string, get func(name string) (string, bool)) (Config, error) {
	var c Config
	r := &refusals{stack: &c.Stack, errs: []error{c.Read(get)}}
	r.checkOrigins(&c.AllowedOrigins, origin.Check)
	r.checkOrigins(&c.SignInOrigins, origin.CheckPage)
	r.checkCertificate(&c.APIDomain, &c.APICertificate, region)
	r.checkCertificate(&c.SiteDomain, &c.SiteCertificate, CloudFrontRegion)
	c.checkSignIn(r)
	c.checkTogether(r)
	c.checkOneDomain(r)
	if c.Audience == "" {
		c.Audience = c.ClientID
	}
	return c, errors.Join(r.errs...)
}

// refusals collects the errors of settings.
type refusals struct {
	stack *setting.Stack
	errs  []error
}

// add adds an error. The parameters are those of setting.Stack.Refuse.
func (r *refusals) add(field any, value, allowed, good string) {
	r.errs = append(r.errs, r.stack.Refuse(field, value, allowed, good))
}

// mustBeEmpty refuses a text that is not empty. reason completes "must be empty".
func (r *refusals) mustBeEmpty(field *string, reason string) {
	if *field != "" {
		r.add(field, *field, "empty "+reason, setting.Empty)
	}
}

// mustBeFalse refuses true. reason completes "must be false".
func (r *refusals) mustBeFalse(field *bool, reason string) {
	if *field {
		r.add(field, "true", "false "+reason, "false")
	}
}

// checkOrigins checks a list of origins. check returns "" for a valid origin,
// otherwise a description of a valid one.
func (r *refusals) checkOrigins(field *[]string, check func(string) string) {
	for _, o := range *field {
		if allowed := check(o); allowed != "" {
			r.add(field, o, allowed, "")
		}
	}
}

// checkCertificate checks that a domain and its certificate are both set or both
// empty, and that the certificate is in region.
func (r *refusals) checkCertificate(domain, certificate *string, region string) {
	arn := "arn:aws:acm:" + region + ":ACCOUNT:certificate/ID"
	pattern := `^arn:aws:acm:` + regexp.QuoteMeta(region) + `:\d{12}:certificate/[\w-]+$`
	switch {
	case *domain == "" && *certificate != "":
		r.add(domain, "", "the domain of the certificate "+*certificate, "")
	case *domain != "" && *certificate == "":
		r.add(certificate, "", "the ARN of a certificate for "+*domain, arn)
	}
	if *certificate != "" && !regexp.MustCompile(pattern).MatchString(*certificate) {
		r.add(certificate, *certificate, "the ARN of an ACM certificate in "+region+", "+arn+", or empty", arn)
	}
}

// checkTogether checks the settings that depend on other settings.
func (c *Config) checkTogether(r *refusals) {
	if !c.Tickets && !c.TokenInSubprotocol && !c.TokenInQuery {
		r.add(&c.Tickets, "false", "true when tokenInSubprotocol and tokenInQuery are false: clients need a way to authenticate", "true")
	}
	if c.TicketInQuery && !c.Tickets {
		r.add(&c.TicketInQuery, "true", "false when tickets is false: clients have no way to get a ticket", "false")
	}
	for _, item := range c.OtherRegions {
		switch has := setting.ParseRegion(item).HTTPURL != ""; {
		case c.Tickets && !has:
			r.add(&c.OtherRegions, item, "a region with its httpUrl when tickets is true, because the console connects with tickets", "")
		case !c.Tickets && has:
			r.add(&c.OtherRegions, item, "a region without httpUrl when tickets is false, because the console connects with the token", "")
		}
	}
	if c.APIDomain != "" && c.APIDomain == c.SiteDomain {
		r.add(&c.APIDomain, c.APIDomain, "a domain that differs from siteDomain, because the two have different targets", "VALUE")
	}
	if c.AlarmEmail != "" && !c.Metrics {
		r.add(&c.Metrics, "false", "true when alarmEmail is set: some alarms use the function's metrics", "true")
	}
	if c.MonthlyBudget > 0 && c.AlarmEmail == "" {
		r.add(&c.AlarmEmail, "", "an email address when monthlyBudget is set: AWS writes to it", "")
	}
}

// CheckConcurrency refuses a reserved concurrency that the events of the queue of channels
// can use up. The function would then not process the events of clients. Only an app with
// namespaces has a queue, so Read cannot check this.
func (c *Config) CheckConcurrency(hasChannels bool) error {
	if !hasChannels || c.ReservedConcurrency == 0 || c.ReservedConcurrency > c.QueueConcurrency {
		return nil
	}
	return c.Refuse(&c.ReservedConcurrency, strconv.Itoa(c.ReservedConcurrency),
		fmt.Sprintf("0, or more than queueConcurrency, %d: otherwise the queue of channels can use the whole function, and no client can connect", c.QueueConcurrency), "0")
}
