package infra

import (
	"errors"
	"regexp"
	"strings"
)

// config is the stack's configuration, checked. Pulumi.yaml describes the keys
// and holds the defaults.
type config struct {
	StageName string

	Tickets            bool // of the three ways to show who one is, at least one
	TokenInSubprotocol bool
	TokenInQuery       bool
	AllowedOrigins     []string // besides the site's
	MissingOrigin      string   // one of missingOrigins

	Issuer         string // empty: a Cognito user pool of the stack's own
	ClientID       string // only with Issuer
	Audience       string // only with Issuer
	SecondIssuer   string // empty: none
	SecondAudience string // only with SecondIssuer
	RequiredScope  string // space-separated; empty: no scope

	Scope                   string            // space-separated
	AuthorizationParameters map[string]string // beside those that the console sets itself
	SignOutURL              string            // with {clientId} and {siteUrl}; only with Issuer
	SignOutIDToken          bool              // only with Issuer
	SignInOrigins           []string          // only with Issuer; empty: read from its discovery document

	SelfSignUp   bool // only without Issuer
	TokenMinutes int  // only without Issuer
	SessionDays  int  // only without Issuer

	ConnectionsPerUser int    // 0: no cap
	ConnectionsOverCap string // which one goes, one of overCaps
	MessageBytes       int
	MessagesPerMinute  int // 0: no limit
	SweepMinutes       int // 0: no sweep

	Memory              int // megabytes
	Timeout             int // seconds
	ReservedConcurrency int // 0: none
	LogLevel            string
	LogRetentionDays    int
	ThrottleRate        int // per second
	ThrottleBurst       int

	APIDomain, APICertificate   string // both or neither
	SiteDomain, SiteCertificate string // both or neither

	AccessLogs    bool
	Tracing       bool
	Metrics       bool
	AlarmEmail    string // empty: no alarms
	MonthlyBudget int    // dollars; 0: none

	TableProtection     bool
	TableBackups        bool
	TableEncryption     string // one of tableEncryptions
	UserPoolProtection  bool   // only without Issuer
	PermissionsBoundary string // ARN of a policy; empty: none
	PriceClass          string
	Tags                map[string]string
}

var (
	// What bucket names allow, and short enough for the names of roles, with
	// the project's before and a component's after it.
	stackName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$`)
	stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	logLevels = []string{"trace", "debug", "info", "warn", "error"}
	// What CloudWatch Logs accepts, without 0, which means for ever.
	retentionDays = strings.Fields("1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653")
	priceClasses  = []string{"PriceClass_100", "PriceClass_200", "PriceClass_All"}
	// The keys that can encrypt the tables: a key that AWS owns, which is free, or
	// the account's key aws/dynamodb. CloudTrail records the requests for the
	// account's key, and KMS charges for them.
	tableEncryptions = []string{ownedByAWS, "aws-managed"}
	// Whom the function lets in without an Origin, and which connection goes
	// when a user has too many: as package env reads them.
	missingOrigins = []string{"refuse", "subprotocol", "allow"}
	overCaps       = []string{"oldest", "newest"}
)

const ownedByAWS = "aws-owned"

// cloudFrontRegion is the only region whose certificates CloudFront takes.
const cloudFrontRegion = "us-east-1"

// readConfig reads the configuration by get, which finds the value of a key.
// Its error tells all that is wrong: key, value and what is allowed. region is
// where the stack is deployed.
func readConfig(region string, get func(key string) (string, bool)) (config, error) {
	r := &reader{get: get}
	c := config{
		StageName:           r.match("stageName", stageName, "1 to 128 letters, digits, hyphens and underscores"),
		Tickets:             r.boolean("tickets"),
		TokenInSubprotocol:  r.boolean("tokenInSubprotocol"),
		TokenInQuery:        r.boolean("tokenInQuery"),
		AllowedOrigins:      r.allowedOrigins("allowedOrigins"),
		MissingOrigin:       r.oneOf("missingOrigin", missingOrigins),
		Issuer:              r.issuer("issuer"),
		ClientID:            r.text("clientId"),
		Audience:            r.text("audience"),
		SecondIssuer:        r.issuer("secondIssuer"),
		SecondAudience:      r.text("secondAudience"),
		SelfSignUp:          r.boolean("selfSignUp"),
		TokenMinutes:        r.number("tokenMinutes", 5, 12*60),
		SessionDays:         r.number("sessionDays", 1, 3650),
		ConnectionsPerUser:  r.number("connectionsPerUser", 0, 1000),
		ConnectionsOverCap:  r.oneOf("connectionsOverCap", overCaps),
		MessageBytes:        r.number("messageBytes", 1, 128<<10),
		MessagesPerMinute:   r.number("messagesPerMinute", 0, 100_000),
		SweepMinutes:        r.number("sweepMinutes", 0, 60),
		Memory:              r.number("memory", 128, 10240),
		Timeout:             r.number("timeout", 1, 29),
		ReservedConcurrency: r.number("reservedConcurrency", 0, 100_000),
		LogLevel:            r.oneOf("logLevel", logLevels),
		LogRetentionDays:    r.days("logRetentionDays"),
		ThrottleRate:        r.number("throttleRate", 1, 100_000),
		ThrottleBurst:       r.number("throttleBurst", 1, 100_000),
		APIDomain:           r.domain("apiDomain"),
		APICertificate:      r.certificate("apiCertificate", region),
		SiteDomain:          r.domain("siteDomain"),
		SiteCertificate:     r.certificate("siteCertificate", cloudFrontRegion),
		AccessLogs:          r.boolean("accessLogs"),
		Tracing:             r.boolean("tracing"),
		Metrics:             r.boolean("metrics"),
		AlarmEmail:          r.email("alarmEmail"),
		MonthlyBudget:       r.number("monthlyBudget", 0, 1_000_000),
		TableProtection:     r.boolean("tableProtection"),
		TableBackups:        r.boolean("tableBackups"),
		TableEncryption:     r.oneOf("tableEncryption", tableEncryptions),
		UserPoolProtection:  r.boolean("userPoolProtection"),
		PermissionsBoundary: r.policyARN("permissionsBoundary"),
		PriceClass:          r.oneOf("priceClass", priceClasses),
		Tags:                r.tags("tags"),
	}
	c.readSignIn(r)
	c.checkSignIn(r)
	c.checkTogether(r)
	if c.Audience == "" {
		c.Audience = c.ClientID
	}
	return c, errors.Join(r.errs...)
}

// checkTogether checks what one key needs of another.
func (c config) checkTogether(r *reader) {
	if !c.Tickets && !c.TokenInSubprotocol && !c.TokenInQuery {
		r.fail("tickets", "false", "true, or tokenInSubprotocol or tokenInQuery: nobody could show who they are")
	}
	pair := func(domain, certificate, domainKey, certificateKey string) {
		if domain == "" && certificate != "" {
			r.fail(domainKey, "", "the domain of the certificate in "+certificateKey)
		}
		if domain != "" && certificate == "" {
			r.fail(certificateKey, "", "the ARN of a certificate for "+domain)
		}
	}
	pair(c.APIDomain, c.APICertificate, "apiDomain", "apiCertificate")
	pair(c.SiteDomain, c.SiteCertificate, "siteDomain", "siteCertificate")
	if c.APIDomain != "" && c.APIDomain == c.SiteDomain {
		r.fail("apiDomain", c.APIDomain, "another domain than the site's: each points at an address of its own")
	}
	if c.AlarmEmail != "" && !c.Metrics {
		r.fail("metrics", "false", "true, as alarmEmail is set: some alarms watch the function's metrics")
	}
	if c.MonthlyBudget > 0 && c.AlarmEmail == "" {
		r.fail("alarmEmail", "", "an address to write to when monthlyBudget is reached")
	}
}
