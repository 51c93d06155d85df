package setting

import "slices"

// OwnedByAWS is the value of TableEncryption for the free key that AWS owns.
const OwnedByAWS = "aws-owned"

// Stack holds all settings of a stack.
type Stack struct {
	Function

	StageName                   string
	APIDomain, APICertificate   string // both or neither
	SiteDomain, SiteCertificate string // both or neither
	OneDomain                   bool
	OriginSecrets               []string // only with OneDomain: one, or two during a rotation
	Firewall                    bool     // only with OneDomain
	FirewallRate                int      // requests of an address in 5 minutes
	PriceClass                  string
	OtherRegions                []string // each with the fields of Region; empty: none
	ThrottleRate                int      // per second
	ThrottleBurst               int

	Tickets        bool     // of Tickets, TokenInSubprotocol and TokenInQuery, at least one
	AllowedOrigins []string // in addition to the site's

	Issuer                  string            // empty: the stack has its own Cognito user pool
	ClientID                string            // only with Issuer
	Audience                string            // only with Issuer
	Scope                   string            // space-separated
	AuthorizationParameters map[string]string // in addition to those that the console sets itself
	SignOutURL              string            // with {clientId} and {siteUrl}; only with Issuer
	SignOutIDToken          bool              // only with Issuer
	SignInOrigins           []string          // only with Issuer; empty: read from its discovery document

	SelfSignUp         bool // only without Issuer
	TokenMinutes       int  // only without Issuer
	SessionDays        int  // only without Issuer
	UserPoolProtection bool // only without Issuer

	SweepMinutes        int // 0: no sweep
	Memory              int // megabytes
	Timeout             int // seconds
	ReservedConcurrency int // 0: none
	QueueConcurrency    int // events of the queue of channels at the same time
	ReleaseByAlias      bool

	LogRetentionDays int
	AccessLogs       bool
	Tracing          bool
	Metrics          bool
	AlarmEmail       string // empty: no alarms
	MonthlyBudget    int    // dollars; 0: none

	TableProtection     bool
	TableBackups        bool
	TableEncryption     string
	PermissionsBoundary string // ARN of a policy; empty: none
	Tags                map[string]string
}

// Defaults returns the default of each setting by its name, as the engine of Pulumi passes
// it to the program.
func Defaults() map[string]string {
	all := map[string]string{}
	for _, g := range new(Stack).Groups() {
		for _, d := range g.Settings {
			all[d.Name] = d.Default
		}
	}
	return all
}

// DefaultStack returns the settings with their defaults.
func DefaultStack() (*Stack, error) {
	s, defaults := &Stack{}, Defaults()
	err := s.Read(func(name string) (string, bool) {
		text, ok := defaults[name]
		return text, ok
	})
	return s, err
}

// Values returns the value of each setting by its name, in the form that Read accepts.
func (s *Stack) Values() map[string]string {
	all := map[string]string{}
	for _, g := range s.Groups() {
		for _, d := range g.Settings {
			all[d.Name] = d.value()
		}
	}
	return all
}

// Groups returns all settings, in the order of Pulumi.yaml. Reading a setting sets its
// field in s.
func (s *Stack) Groups() []Group {
	f := &s.Function
	return []Group{
		{"Credentials and origins", slices.Concat(s.access(), f.credentials())},
		{"Issuer and sign-in", slices.Concat(s.issuer(), s.signIn(), f.issuers())},
		{"The stack's own user pool", s.userPool()},
		{"Limits", slices.Concat(f.limits(), s.limits())},
		{"Function", s.function()},
		{"Logs, metrics and alarms", slices.Concat(f.logs(), s.monitoring())},
		{"Addresses", s.addresses()},
		{"Data and permissions", s.data()},
	}
}
