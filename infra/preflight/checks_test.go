package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sallyport/infra/configuration"
	"sallyport/lambda/setting"
)

// configured returns the defaults with some changes.
func configured(t *testing.T, changed map[string]string) configuration.Config {
	t.Helper()
	values := setting.Defaults()
	c, err := configuration.Read("eu-west-1", func(name string) (string, bool) {
		if v, found := changed[name]; found {
			return v, true
		}
		return values[name], true
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// expect compares the status of a result, and a part of its line.
func expect(t *testing.T, name string, got result, want status, text string) {
	t.Helper()
	if got.Status != want || !strings.Contains(got.String(), text) {
		t.Errorf("%s: got %s\nwant %s with %q", name, got, want, text)
	}
}

func TestConcurrency(t *testing.T) {
	for _, test := range []struct {
		name     string
		all      int
		free     int
		own      int
		changed  map[string]string
		channels bool
		status   status
		text     string
	}{
		{"no answer", 0, 0, 0, nil, true, statusUnknown, "no limit"},
		{"usual", 1000, 1000, 0, nil, true, statusOK, "at least 204"},
		{"new account", 10, 10, 0, nil, true, statusWarning, "pulumi config set throttleBurst 6"},
		{"new account, low burst", 10, 10, 0, map[string]string{"throttleBurst": "6"}, true, statusOK, "at least 10"},
		{"new account, no channels", 10, 10, 0, nil, false, statusWarning, "pulumi config set throttleBurst 10"},
		{"queue takes all", 10, 10, 0, map[string]string{"queueConcurrency": "10", "throttleBurst": "1"}, true, statusChange, "the queue of channels alone"},
		{"reserved", 1000, 1000, 0, map[string]string{"reservedConcurrency": "900"}, true, statusOK, "at least 1000"},
		{"too much reserved", 1000, 1000, 0, map[string]string{"reservedConcurrency": "901"}, true, statusChange, "pulumi config set reservedConcurrency 0"},
		{"reserved already", 1000, 100, 900, map[string]string{"reservedConcurrency": "900"}, true, statusOK, ""},
		{"reserved in a new account", 10, 10, 0, map[string]string{"reservedConcurrency": "5"}, false, statusChange, "--quota-code L-B99A9384"},
	} {
		got := concurrencyResult(accountLimit{test.all, test.free}, test.own, configured(t, test.changed), test.channels, "eu-west-1")
		expect(t, test.name, got, test.status, test.text)
	}
}

func TestGateway(t *testing.T) {
	for _, test := range []struct {
		name        string
		rate, burst int
		changed     map[string]string
		status      status
		text        string
	}{
		{"no answer", 0, 0, nil, statusUnknown, "no limit"},
		{"usual", 10_000, 5000, nil, statusOK, "10000 requests per second"},
		{"low region", 2500, 1250, nil, statusWarning, "pulumi config set queueConcurrency 3"},
		{"low region, less queue", 2500, 1250, map[string]string{"queueConcurrency": "3"}, statusOK, ""},
		{"rate", 2500, 1250, map[string]string{"throttleRate": "2501"}, statusChange, "pulumi config set throttleRate 2500"},
		{"burst", 10_000, 5000, map[string]string{"throttleBurst": "5001"}, statusChange, "pulumi config set throttleBurst 5000"},
		{"more memory", 10_000, 5000, map[string]string{"memory": "1024"}, statusWarning, "pulumi config set queueConcurrency 3"},
	} {
		expect(t, test.name, gatewayResult(test.rate, test.burst, configured(t, test.changed), true, "eu-west-1"), test.status, test.text)
	}
	if rate, burst := defaultLimits("eu-south-1"); rate != 2500 || burst != 1250 {
		t.Errorf("eu-south-1: got %d and %d, want 2500 and 1250", rate, burst)
	}
}

func TestRegion(t *testing.T) {
	for _, test := range []struct {
		configured, other string
		status            status
		text              string
	}{
		{"eu-west-1", "", statusOK, "eu-west-1"},
		{"eu-west-1", "us-east-1", statusOK, "uses us-east-1, from AWS_REGION: add --region eu-west-1"},
		{"", "mx-central-1", statusOK, "pulumi config set aws:region mx-central-1"},
		{"", "", statusChange, "no region"},
		{"us-gov-west-1", "", statusChange, "belongs to the partition aws-us-gov"},
		{"cn-north-1", "", statusChange, "aws-cn"},
		{"eusc-de-east-1", "", statusChange, "aws-eusc"},
		{"eu-west1", "", statusChange, "not the name of a region"},
	} {
		expect(t, test.configured+" "+test.other, regionResult(test.configured, test.other, "AWS_REGION"), test.status, test.text)
	}
}

// Versions 1 and 2 of the AWS CLI print the table in different forms.
func TestCredentialSource(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		ofStack bool
		want    string
	}{
		"environment": {"      Name                    Value             Type    Location\n      ----                    -----             ----    --------\n" +
			"   profile                <not set>             None    None\naccess_key     ****************MPLE              env    \n    region                eu-west-1              env    AWS_DEFAULT_REGION\n", false, "from AWS_ACCESS_KEY_ID"},
		"profile": {"   profile                     work           manual    --profile\naccess_key     ****************MPLE shared-credentials-file    \n", true, "from the profile work (aws:profile), shared-credentials-file"},
		"colons":  {"NAME       : VALUE                    : TYPE             : LOCATION\nprofile    : <not set>                : None             : None\naccess_key : ****************MPLE     : sso              : \n", false, "from the default profile, sso"},
		"none":    {"access_key                <not set>             None    None\n", false, ""},
		"no text": {"", false, ""},
	} {
		if got := credentialSource(parseConfigureList(test.text), test.ofStack); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestIdentity(t *testing.T) {
	user := caller{"111122223333", "arn:aws:iam::111122223333:user/ann"}
	expect(t, "user", identityResult(user, "eu-west-1", "", "", ""), statusOK, "account 111122223333")
	expect(t, "source", identityResult(user, "eu-west-1", "from AWS_ACCESS_KEY_ID", "", ""), statusOK, "user/ann, from AWS_ACCESS_KEY_ID, accepted in eu-west-1")
	expect(t, "allowed", identityResult(user, "eu-west-1", "", `["111122223333"]`, ""), statusOK, "")
	expect(t, "not allowed", identityResult(user, "eu-west-1", "", `["444455556666"]`, ""), statusChange, "aws:allowedAccountIds: 444455556666")
	expect(t, "forbidden", identityResult(user, "eu-west-1", "", "", `["111122223333"]`), statusChange, "aws:forbiddenAccountIds")
	expect(t, "root", identityResult(caller{"1", "arn:aws:iam::1:root"}, "eu-west-1", "", "", ""), statusOK, "the root user")
	expect(t, "partition", identityResult(caller{"1", "arn:aws-cn:iam::1:user/ann"}, "eu-west-1", "", "", ""), statusChange, "partition aws")
}

func TestCertificate(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	good := certificate{DomainName: "chat.example.com", Status: "ISSUED", KeyAlgorithm: "RSA-2048", NotAfter: []byte(`"2027-01-01T00:00:00+00:00"`), RenewalEligibility: "ELIGIBLE"}
	for _, test := range []struct {
		name   string
		edit   func(*certificate)
		status status
		text   string
	}{
		{"good", func(*certificate) {}, statusOK, "until 2027-01-01"},
		{"seconds", func(c *certificate) { c.NotAfter = []byte("1798761600.0") }, statusOK, "until 2027-01-01"},
		{"alternative name", func(c *certificate) { c.DomainName, c.SubjectAlternativeNames = "a.example", []string{"*.example.com"} }, statusOK, ""},
		{"other name", func(c *certificate) { c.DomainName = "www.example.com" }, statusChange, "request-certificate --region us-east-1 --domain-name chat.example.com"},
		{"wildcard of two labels", func(c *certificate) { c.DomainName = "*.com" }, statusChange, ""},
		{"wildcard of another domain", func(c *certificate) { c.DomainName = "*.ample.com" }, statusChange, ""},
		{"no answer", func(c *certificate) { c.Status = "" }, statusUnknown, "no status"},
		{"pending", func(c *certificate) { c.Status, c.NotAfter = "PENDING_VALIDATION", nil }, statusChange, "create the DNS record"},
		{"pending, other name", func(c *certificate) { c.Status, c.DomainName = "PENDING_VALIDATION", "a.example" }, statusChange, "request one"},
		{"failed", func(c *certificate) { c.Status = "VALIDATION_TIMED_OUT" }, statusChange, "VALIDATION_TIMED_OUT"},
		{"expired", func(c *certificate) { c.NotAfter = []byte(`"2026-10-31T00:00:00Z"`) }, statusChange, "until 2026-10-31"},
		{"imported, expires soon", func(c *certificate) {
			c.NotAfter, c.RenewalEligibility = []byte(`"2026-11-20T00:00:00Z"`), "INELIGIBLE"
		}, statusOK, "it expires soon"},
		{"key", func(c *certificate) { c.KeyAlgorithm = "EC_secp384r1" }, statusChange, "EC_prime256v1"},
		{"small key", func(c *certificate) { c.KeyAlgorithm = "EC_prime256v1" }, statusOK, ""},
	} {
		c := good
		test.edit(&c)
		expect(t, test.name, certificateResult(c, "chat.example.com", "us-east-1", cloudFrontKeys, now), test.status, test.text)
	}
}

// The checks of these ARNs make no call.
func TestCertificateElsewhere(t *testing.T) {
	p := &preflight{caller: caller{Account: "111122223333"}}
	for arn, want := range map[string]string{
		"arn:aws:acm:us-west-2:111122223333:certificate/1": "it is in us-west-2",
		"arn:aws:acm:us-east-1:444455556666:certificate/1": "it belongs to the account 444455556666",
		"x": `the ARN is "x"`,
	} {
		expect(t, arn, p.checkCertificate(t.Context(), arn, "a.example", "us-east-1", nil), statusChange, want)
	}
}

func TestDNS(t *testing.T) {
	absent := &net.DNSError{IsNotFound: true}
	for _, test := range []struct {
		name, domain, target, last string
		err                        error
		status                     status
		text                       string
	}{
		{"before the first up", "chat.example.com", "", "", absent, statusOK, "after pulumi up, create a record (CNAME) for chat.example.com that points to the output siteDomainTarget"},
		{"deployed, no record", "chat.example.com", "d1.cloudfront.net", "", absent, statusChange, "create a record (CNAME) for chat.example.com that points to d1.cloudfront.net"},
		{"deployed", "chat.example.com", "d1.cloudfront.net", "d1.cloudfront.net.", nil, statusOK, "it points to d1.cloudfront.net"},
		{"deployed, elsewhere", "chat.example.com", "d1.cloudfront.net", "d2.cloudfront.net.", nil, statusChange, "it points to d2.cloudfront.net"},
		{"another distribution", "chat.example.com", "", "d2.cloudfront.net.", nil, statusUnknown, "CNAMEAlreadyExists"},
		{"elsewhere", "chat.example.com", "", "old.example.net.", nil, statusOK, "it points to old.example.net"},
		{"addresses", "chat.example.com", "d1.cloudfront.net", "chat.example.com.", nil, statusUnknown, "without a CNAME"},
		{"top of a zone", "example.com", "", "", absent, statusOK, "create a record (ALIAS or ANAME)"},
		{"no answer", "chat.example.com", "", "", errors.New("i/o timeout"), statusUnknown, "i/o timeout"},
	} {
		expect(t, test.name, dnsResult(test.domain, "siteDomainTarget", test.target, test.last, test.err), test.status, test.text)
	}
}

func TestPulumiErrors(t *testing.T) {
	for text, want := range map[string]struct {
		status status
		text   string
	}{
		"error: no stack selected; please use `pulumi stack select`":                                   {statusChange, "pulumi stack select --create dev"},
		"error: no stack named 'prod' found":                                                           {statusChange, "pulumi stack init NAME"},
		"error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions":         {statusChange, "run pulumi login"},
		"error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE": {statusChange, "set PULUMI_CONFIG_PASSPHRASE"},
		"error: disk full": {statusUnknown, "disk full"},
	} {
		expect(t, text, pulumiFailed(&commandError{"pulumi", text}), want.status, want.text)
	}
	expect(t, "missing", pulumiFailed(exec.ErrNotFound), statusUnknown, "not installed")
}

func TestAWSErrors(t *testing.T) {
	for text, want := range map[string]kind{
		"Unable to locate credentials. You can configure credentials by running \"aws configure\".":                                            noCredentials,
		"The config profile (x) could not be found":                                                                                            noCredentials,
		"Error loading SSO Token: Token for x does not exist":                                                                                  noCredentials,
		"An error occurred (ExpiredTokenException) when calling the X operation: expired":                                                      expired,
		"The SSO session associated with this profile has expired or is otherwise invalid.":                                                    expired,
		"Error when retrieving token from sso: Token has expired and refresh failed":                                                           expired,
		"Your session has expired. Please reauthenticate using 'aws login'.":                                                                   expired,
		"An error occurred (SignatureDoesNotMatch) when calling the X operation: Signature expired: 2026":                                      wrongClock,
		"An error occurred (UnrecognizedClientException) when calling the X operation: The security token included in the request is invalid.": rejected,
		"An error occurred (OptInRequired) when calling the X operation: You are not subscribed to this service":                               notActivated,
		"An error occurred (AccessDeniedException) when calling the X operation: no":                                                           denied,
		"An error occurred (NoSuchEntity) when calling the X operation: no":                                                                    notFound,
		"An error occurred (ThrottlingException) when calling the X operation (reached max retries: 1): Rate exceeded":                         throttled,
		"Could not connect to the endpoint URL: \"https://x/\"":                                                                                unreachable,
		"Connect timeout on endpoint URL: \"https://x/\"":                                                                                      unreachable,
		"Failed to connect to proxy URL: \"http://x\"":                                                                                         unreachable,
		"Segmentation fault": otherFailure,
	} {
		if got := newAWSError(callAccount, &commandError{"aws", text}); got.kind != want || strings.Contains(got.text, "An error occurred") {
			t.Errorf("%s: got kind %d, %q, want %d", text, got.kind, got.text, want)
		}
	}
	activated := failedResult(newAWSError(callAccount, &commandError{"aws", "An error occurred (OptInRequired) when calling the X operation: no"}), "")
	expect(t, "not activated", activated, statusChange, "complete its sign-up")
}

func TestSmallChecks(t *testing.T) {
	expect(t, "equal", versionResult("v3.146.0\n", "3.146.0", ""), statusOK, "3.146.0")
	expect(t, "older", versionResult("v3.99.9", "3.146.0", "update it"), statusChange, "update it")
	expect(t, "newer", versionResult("v4.0.0-alpha.1", "3.146.0", ""), statusOK, "")
	expect(t, "no version", versionResult("?", "3.146.0", ""), statusUnknown, "")
	expect(t, "disk", diskResult("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 9 9 10240000 1% /\n"), statusOK, "10000 MB")
	expect(t, "full disk", diskResult("Filesystem\n/dev/a 9 9 1024 1% /\n"), statusChange, "1 MB")
	expect(t, "no df", diskResult(""), statusUnknown, "")
	expect(t, "no distribution", cloudFrontResult(0), statusUnknown, notVerified)
	expect(t, "a distribution", cloudFrontResult(1), statusOK, "")
	expect(t, "no role", logRoleResult("a-logs", "", role{}, false), statusOK, "pulumi up creates it")
	expect(t, "another role", logRoleResult("a-logs", "arn:aws:iam::1:role/b", role{}, false), statusOK, "replaces the role")
	var r role
	r.Role.AssumeRolePolicyDocument = []byte(`{"Principal":{"Service":"apigateway.amazonaws.com"}}`)
	expect(t, "role", logRoleResult("a-logs", "arn:aws:iam::1:role/a-logs", r, true), statusOK, "imports it")
	expect(t, "issuer", issuerResult("issuer", "https://id.example", []string{"https://id.example"}, nil), statusOK, "")
}

// README.md names the version that Pulumi.yaml requires.
func TestVersionInREADME(t *testing.T) {
	t.Chdir("../..")
	p := &preflight{}
	if err := p.readProject(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if short := strings.TrimSuffix(p.oldestPulumi, ".0"); !strings.Contains(string(text), "Pulumi CLI "+short+" or later") {
		t.Errorf("README.md: got no text \"Pulumi CLI %s or later\"", short)
	}
}
