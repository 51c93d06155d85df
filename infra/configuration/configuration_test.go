package configuration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/setting"
)

// read reads the defaults with some values changed.
func read(changed map[string]string) (Config, error) {
	values := setting.Defaults()
	maps.Copy(values, changed)
	return Read("eu-west-1", func(key string) (string, bool) {
		v, ok := values[key]
		return v, ok
	})
}

func certificate(region string) string {
	return "arn:aws:acm:" + region + ":111122223333:certificate/11112222-3333-4444-5555-666677778888"
}

func TestRead(t *testing.T) {
	base := Config{setting.Stack{
		Function: setting.Function{
			TokenInSubprotocol: true, MissingOrigin: "subprotocol", ConnectionsPerUser: 20, OverCap: "oldest", MessageBytes: 131072, LogLevel: "info",
			Claims: []string{},
		},
		StageName: "live", Tickets: true, SweepMinutes: 5, Memory: 256, Timeout: 10, QueueConcurrency: 4, LogRetentionDays: 30,
		ThrottleRate: 100, ThrottleBurst: 200, TokenMinutes: 60, SessionDays: 1,
		Metrics: true, TableEncryption: "aws-owned", PriceClass: "PriceClass_100", FirewallRate: 2000, AllowedOrigins: []string{}, OriginSecrets: []string{}, Tags: map[string]string{},
		Scope: "openid profile", AuthorizationParameters: map[string]string{}, SignInOrigins: []string{}, OtherRegions: []string{},
	}}
	withIssuer := base
	withIssuer.Issuer, withIssuer.ClientID, withIssuer.Audience = "https://id.example/a/", "console", "console"
	withAudience := withIssuer
	withAudience.Audience, withAudience.TokenInQuery, withAudience.StageName = "api", true, "Stage_1-b"
	domains := base
	domains.APIDomain, domains.APICertificate = "socket.example.com", certificate("eu-west-1")
	domains.SiteDomain, domains.SiteCertificate = "chat.example.com", certificate("us-east-1")
	watched := base
	watched.AlarmEmail, watched.MonthlyBudget = "ops@example.com", 20
	protected := base
	protected.TableProtection, protected.UserPoolProtection, protected.TableEncryption = true, true, "aws-managed"
	protected.PermissionsBoundary = "arn:aws:iam::111122223333:policy/teams/chat+1"
	watched.Claims = []string{"email", "cognito:groups"}
	watched.Tags, watched.AllowedOrigins = map[string]string{"Team": "chat"}, []string{"https://app.example.com", "http://localhost:3000"}
	strict := withIssuer
	strict.Tickets, strict.MissingOrigin, strict.OverCap = false, "refuse", "newest"
	strict.ConnectionsPerUser, strict.MessageBytes, strict.MessagesPerMinute, strict.SweepMinutes = 0, 1, 60, 0
	strict.ReservedConcurrency, strict.QueueConcurrency = 3, 2
	strict.SecondIssuer, strict.SecondAudience = "https://id.example/b", "chat"
	tests := []struct {
		name    string
		changed map[string]string
		want    Config
	}{
		{"strict", map[string]string{
			"issuer": "https://id.example/a/", "clientId": "console", "secondIssuer": "https://id.example/b", "secondAudience": "chat",
			"tickets": "false", "missingOrigin": "refuse", "connectionsOverCap": "newest",
			"connectionsPerUser": "0", "messageBytes": "1", "messagesPerMinute": "60", "sweepMinutes": "0",
			"reservedConcurrency": "3", "queueConcurrency": "2",
		}, strict},
		{"defaults", nil, base},
		{"issuer", map[string]string{"issuer": "https://id.example/a/", "clientId": "console"}, withIssuer},
		{"audience", map[string]string{
			"issuer": "https://id.example/a/", "clientId": "console", "audience": "api",
			"tokenInQuery": "true", "stageName": "Stage_1-b",
		}, withAudience},
		{"domains", map[string]string{
			"apiDomain": "socket.example.com", "apiCertificate": certificate("eu-west-1"),
			"siteDomain": "chat.example.com", "siteCertificate": certificate("us-east-1"),
		}, domains},
		{"protected", map[string]string{
			"tableProtection": "true", "userPoolProtection": "true", "tableEncryption": "aws-managed",
			"permissionsBoundary": "arn:aws:iam::111122223333:policy/teams/chat+1",
		}, protected},
		{"watched", map[string]string{
			"alarmEmail": "ops@example.com", "monthlyBudget": "20", "tags": `{"Team":"chat"}`, "claims": `["email","cognito:groups"]`,
			"allowedOrigins": `["https://app.example.com","http://localhost:3000"]`,
		}, watched},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.changed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct {
		key, value string
		want       string // allowed
	}{
		{"oneDomain", "yes", "true or false"},
		{"stageName", "", "1 to 128 letters, digits"},
		{"stageName", "a b", "1 to 128 letters, digits"},
		{"stageName", "$default", "1 to 128 letters, digits"},
		{"stageName", strings.Repeat("a", 129), "1 to 128 letters, digits"},
		{"tickets", "1", "true or false"},
		{"tokenInSubprotocol", "no", "true or false"},
		{"tokenInQuery", "yes", "true or false"},
		{"missingOrigin", "deny", "one of refuse, subprotocol, allow"},
		{"secondIssuer", "http://id.example", "an https address"},
		{"secondAudience", "api", "empty when secondIssuer is empty"},
		{"connectionsPerUser", "1001", "a whole number from 0 to 1000"},
		{"connectionsPerUser", "-1", "a whole number from 0 to 1000"},
		{"connectionsOverCap", "both", "one of oldest, newest"},
		{"messageBytes", "0", "a whole number from 1 to 131072"},
		{"messageBytes", "131073", "a whole number from 1 to 131072"},
		{"messagesPerMinute", "100001", "a whole number from 0 to 100000"},
		{"sweepMinutes", "61", "a whole number from 0 to 60"},
		{"sweepMinutes", "0.5", "a whole number from 0 to 60"},
		{"issuer", "http://id.example", "an https address"},
		{"issuer", "id.example", "an https address"},
		{"issuer", "https://id.example/?a=b", "an https address"},
		{"issuer", "https://id.example/#", "an https address"},
		{"secondIssuer", "https://id.example/?", "an https address"},
		{"issuer", "https://me@id.example/", "an https address"},
		{"clientId", "console", "empty when issuer is empty"},
		{"audience", "api", "empty when issuer is empty"},
		{"memory", "127", "a whole number from 128 to 10240 (pulumi config set memory 256)"},
		{"memory", "lots", "a whole number from 128 to 10240"},
		{"timeout", "0", "a whole number from 1 to 29"},
		{"timeout", "30", "a whole number from 1 to 29"},
		{"logLevel", "INFO", "one of trace, debug, info, warn, error"},
		{"logRetentionDays", "0", "one of 1, 3, 5, 7, 14, 30"},
		{"logRetentionDays", "31", "one of 1, 3, 5, 7, 14, 30"},
		{"throttleRate", "0", "a whole number from 1"},
		{"throttleBurst", "-1", "a whole number from 1"},
		{"reservedConcurrency", "-1", "a whole number from 0"},
		{"queueConcurrency", "1", "a whole number from 2 to 1000 (pulumi config set queueConcurrency 4)"},
		{"queueConcurrency", "1001", "a whole number from 2 to 1000"},
		{"tokenMinutes", "4", "a whole number from 5 to 720"},
		{"sessionDays", "3651", "a whole number from 1 to 3650"},
		{"allowedOrigins", "https://a.example", `a list such as`},
		{"apiDomain", "socket", "a domain such as socket.example.com"},
		{"apiDomain", "https://socket.example.com", "a domain such as"},
		{"apiDomain", "Socket.example.com", "a domain such as"},
		{"apiCertificate", certificate("us-east-1"), "the ARN of an ACM certificate in eu-west-1"},
		{"siteCertificate", certificate("eu-west-1"), "the ARN of an ACM certificate in us-east-1"},
		{"siteCertificate", "yes", "the ARN of an ACM certificate in us-east-1"},
		{"metrics", "1", "true or false"},
		{"alarmEmail", "ops", "an email address"},
		{"alarmEmail", "Ops <ops@example.com>", "an email address"},
		{"monthlyBudget", "20.5", "a whole number from 0"},
		{"priceClass", "cheap", "one of PriceClass_100, PriceClass_200, PriceClass_All"},
		{"tableEncryption", "none", "one of aws-owned, aws-managed"},
		{"userPoolProtection", "ACTIVE", "true or false"},
		{"permissionsBoundary", "boundary", "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, or empty (pulumi config set permissionsBoundary VALUE)"},
		{"permissionsBoundary", "arn:aws:iam::111122223333:role/boundary", "the ARN of a managed policy"},
		{"permissionsBoundary", "arn:aws-cn:iam::111122223333:policy/boundary", "the ARN of a managed policy"},
		{"permissionsBoundary", "arn:aws:iam::111122223333:policy/", "the ARN of a managed policy"},
		{"tags", "Team", `an object of strings such as {"Team": "chat"} (pulumi config set --path tags.NAME VALUE)`},
		{"claims", "email", `a list such as ["email"] (pulumi config set --path 'claims[0]' VALUE)`},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			_, err := read(map[string]string{test.key: test.value})
			want := fmt.Sprintf("setting %s is %q: must be %s", test.key, test.value, test.want)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		})
	}
	t.Run("issuerWithoutClient", func(t *testing.T) {
		_, err := read(map[string]string{"issuer": "https://id.example"})
		if err == nil || !strings.Contains(err.Error(), `setting clientId is "": must be the id of the console's client at the issuer https://id.example`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("allMissing", func(t *testing.T) {
		_, err := Read("eu-west-1", func(string) (string, bool) { return "", false })
		for _, key := range slices.Sorted(maps.Keys(setting.Defaults())) {
			if want := "setting " + key + " is not set"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
	})
}

// Settings that depend on other settings, and parts of lists and maps.
// TestOtherRegions checks the forms of an item of otherRegions.
func TestOtherRegions(t *testing.T) {
	const form = "a region, a wss address and an https address without a slash at its end"
	for _, test := range []struct{ item, tickets, want string }{
		{"eu-central-1 wss://a1.execute-api.eu-central-1.amazonaws.com/live https://b2.execute-api.eu-central-1.amazonaws.com", "true", ""},
		{"eu-central-1 wss://socket.example.com https://chat.example.com", "true", ""},
		{"ap-southeast-2 wss://socket.example.com/live", "false", ""},
		{"us-gov-west-1 wss://socket.example.com", "false", ""},
		{"eu-central-1 wss://socket.example.com", "true", "a region with its httpUrl when tickets is true"},
		{"eu-central-1 wss://socket.example.com https://chat.example.com", "false", "a region without httpUrl when tickets is false"},
		{"wss://socket.example.com https://chat.example.com", "true", form},
		{"eu-central-1 ws://socket.example.com https://chat.example.com", "true", form},
		{"eu-central-1 wss://socket.example.com http://chat.example.com", "true", form},
		{"eu-central-1 wss://socket.example.com https://chat.example.com/", "true", form},
		{"eu-central-1  wss://socket.example.com https://chat.example.com", "true", form},
		{"eu-central-1 wss://socket.example.com; https://chat.example.com", "true", form},
		{"eu-central-1 wss://user@socket.example.com https://chat.example.com", "true", form},
		{"eu-central-1 wss://127.0.0.1 https://127.0.0.1", "true", form},
	} {
		items, _ := json.Marshal([]string{test.item})
		_, err := read(map[string]string{"otherRegions": string(items), "tickets": test.tickets})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q with tickets %s: got error %v, want %q", test.item, test.tickets, err, test.want)
		}
	}
}

func TestReadErrorsOfSeveralSettings(t *testing.T) {
	tests := []struct {
		name    string
		changed map[string]string
		want    string
	}{
		{"domainAlone", map[string]string{"apiDomain": "a.example.com"}, `setting apiCertificate is "": must be the ARN of a certificate for a.example.com`},
		{"certificateAlone", map[string]string{"siteCertificate": certificate("us-east-1")}, `setting siteDomain is "": must be the domain of the certificate arn:aws:acm:us-east-1:`},
		{"sameDomain", map[string]string{
			"apiDomain": "a.example.com", "apiCertificate": certificate("eu-west-1"),
			"siteDomain": "a.example.com", "siteCertificate": certificate("us-east-1"),
		}, `setting apiDomain is "a.example.com": must be a domain that differs from siteDomain`},
		{"alarmsWithoutMetrics", map[string]string{"alarmEmail": "a@example.com", "metrics": "false"}, `setting metrics is "false": must be true when alarmEmail is set`},
		{"budgetWithoutAddress", map[string]string{"monthlyBudget": "20"}, `setting alarmEmail is "": must be an email address when monthlyBudget is set`},
		{"signUpWithIssuer", map[string]string{"issuer": "https://id.example", "clientId": "a", "selfSignUp": "true"}, `setting selfSignUp is "true": must be false when issuer is set`},
		{"protectionWithIssuer", map[string]string{"issuer": "https://id.example", "clientId": "a", "userPoolProtection": "true"}, `setting userPoolProtection is "true": must be false when issuer is set`},
		{"noCredential", map[string]string{"tickets": "false", "tokenInSubprotocol": "false"}, `setting tickets is "false": must be true when tokenInSubprotocol and tokenInQuery are false`},
		{"sessionCookieWithoutTickets", map[string]string{"oneDomain": "true", "originSecrets": secrets(1), "tickets": "false", "sessionCookie": "true"}, `setting sessionCookie is "true": must be false when tickets is false`},
		{"sessionCookieWithoutOneDomain", map[string]string{"sessionCookie": "true"}, `setting sessionCookie is "true": must be false when oneDomain is false`},
		{"ticketInQueryWithoutTickets", map[string]string{"tickets": "false", "ticketInQuery": "true"}, `setting ticketInQuery is "true": must be false when tickets is false`},
		{"secondIssuerAlone", map[string]string{"secondIssuer": "https://id.example"}, `setting secondAudience is "": must be the audience of the tokens of https://id.example`},
		{"sameIssuerTwice", map[string]string{
			"issuer": "https://id.example", "clientId": "a", "secondIssuer": "https://id.example", "secondAudience": "b",
		}, `setting secondIssuer is "https://id.example": must be an issuer that differs from the setting issuer`},
		{"tooManyTags", map[string]string{"tags": `{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}`}, `setting tags is "a, b, c, d, e, f, g, h, i": must be at most 8 tags`},
		{"secondIssuerOnLoopback", map[string]string{"secondIssuer": "http://localhost:8082", "secondAudience": "b"}, `setting secondIssuer is "http://localhost:8082": must be an https address`},
		{"claimWithComma", map[string]string{"claims": `["email","a,b"]`}, `setting claims is "a,b": must be 1 to 64 letters`},
		{"oneDomainWithoutSecret", map[string]string{"oneDomain": "true"}, `setting originSecrets is "": must be a list with a secret, such as that of openssl rand -hex 32, when oneDomain is true (pulumi config set --path --secret 'originSecrets[0]' VALUE)`},
		{"secretWithoutOneDomain", map[string]string{"originSecrets": secrets(1)}, `setting originSecrets has a wrong value, which is not shown: must be empty when oneDomain is false (pulumi config rm originSecrets)`},
		{"firewallWithoutOneDomain", map[string]string{"firewall": "true"}, `setting firewall is "true": must be false when oneDomain is false: AWS WAF protects CloudFront`},
		{"firewallRate", map[string]string{"firewallRate": "9"}, `setting firewallRate is "9": must be a whole number from 10 to 2000000000`},
		{"sameSecretTwice", map[string]string{"oneDomain": "true", "originSecrets": secrets(1, 1)}, `must be a list without repetitions`},
		{"threeSecrets", map[string]string{"oneDomain": "true", "originSecrets": secrets(1, 2, 3)}, `must be a list of at most 2 items`},
		{"shortSecret", map[string]string{"oneDomain": "true", "originSecrets": `["sesame"]`}, `setting originSecrets has a wrong value, which is not shown: must be 32 to 128 letters`},
		{"secretIsNoList", map[string]string{"oneDomain": "true", "originSecrets": `sesame`}, `setting originSecrets has a wrong value, which is not shown: must be a list such as ["SECRET"]`},
		{"oneDomainWithAPIDomain", map[string]string{
			"oneDomain": "true", "originSecrets": secrets(1), "apiDomain": "a.example.com", "apiCertificate": certificate("eu-west-1"),
		}, `setting apiDomain is "a.example.com": must be empty when oneDomain is true`},
		{"oneDomainWithCertificate", map[string]string{
			"oneDomain": "true", "originSecrets": secrets(1), "apiDomain": "a.example.com", "apiCertificate": certificate("eu-west-1"),
		}, `setting apiCertificate is "arn:aws:acm:`},
		{"stageLikePath", map[string]string{"oneDomain": "true", "originSecrets": secrets(1), "stageName": "tickets"}, `setting stageName is "tickets": must be a name other than tickets, connections when oneDomain is true`},
		{"ownTag", map[string]string{"tags": `{"Stack":"x"}`}, `setting tags is "Stack": must be another name`},
		{"awsTag", map[string]string{"tags": `{"aws:x":"x"}`}, `setting tags is "aws:x": must be a name of 1 to 128`},
		{"tagValue", map[string]string{"tags": `{"a":"<b>"}`}, `setting tags is "a=<b>": must be a value of at most 256`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(test.changed)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("got %v, want no secret in it", err)
			}
		})
	}
}

// One domain is possible with and without a custom one, and without an HTTP API, whose paths
// are then free.
func TestReadConfigOfOneDomain(t *testing.T) {
	for _, changed := range []map[string]string{
		{"originSecrets": secrets(1)},
		{"originSecrets": secrets(1, 2)},
		{"originSecrets": secrets(1), "firewall": "true", "firewallRate": "10"},
		{"originSecrets": secrets(1), "siteDomain": "chat.example.com", "siteCertificate": certificate("us-east-1")},
		{"originSecrets": secrets(1), "tickets": "false", "stageName": "tickets"},
	} {
		changed["oneDomain"] = "true"
		if _, err := read(changed); err != nil {
			t.Errorf("%v: %v", changed, err)
		}
	}
}

// secrets returns the setting originSecrets with examples that have the given numbers.
func secrets(numbers ...int) string {
	var all []string
	for _, n := range numbers {
		all = append(all, fmt.Sprintf("sesame-example-of-an-origin-secret-%d", n))
	}
	return `["` + strings.Join(all, `","`) + `"]`
}

// The queue of channels must not use the whole function.
func TestCheckConcurrency(t *testing.T) {
	tests := []struct {
		reserved, queue string
		hasChannels     bool
		want            string
	}{
		{"4", "4", true, `setting reservedConcurrency is "4": must be 0, or more than queueConcurrency, 4: otherwise`},
		{"3", "4", true, "(pulumi config set reservedConcurrency 0)"},
		{"5", "4", true, ""},
		{"0", "4", true, ""},
		{"1", "4", false, ""},
	}
	for _, test := range tests {
		c, err := read(map[string]string{"reservedConcurrency": test.reserved, "queueConcurrency": test.queue})
		if err != nil {
			t.Fatal(err)
		}
		switch err := c.CheckConcurrency(test.hasChannels); {
		case test.want == "" && err != nil:
			t.Errorf("%+v: got %v, want no error", test, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%+v: got %v, want %q in it", test, err, test.want)
		}
	}
}

// Each kind of credential is enough alone.
func TestReadOfOneCredential(t *testing.T) {
	keys := []string{"tickets", "tokenInSubprotocol", "tokenInQuery"}
	for _, only := range keys {
		changed := map[string]string{}
		for _, key := range keys {
			changed[key] = strconv.FormatBool(key == only)
		}
		if _, err := read(changed); err != nil {
			t.Errorf("%s alone: %v", only, err)
		}
	}
}
