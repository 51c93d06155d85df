package infra

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The defaults of Pulumi.yaml, as the program receives them.
var defaults = map[string]string{
	"stageName": "live", "issuer": "", "clientId": "", "audience": "", "secondIssuer": "", "secondAudience": "",
	"scope": "openid profile", "authorizationParameters": "{}", "requiredScope": "", "signOutUrl": "", "signOutIdToken": "false", "signInOrigins": "[]",
	"tickets": "true", "tokenInSubprotocol": "true", "tokenInQuery": "false", "missingOrigin": "subprotocol",
	"connectionsPerUser": "20", "connectionsOverCap": "oldest", "messageBytes": "131072", "messagesPerMinute": "0", "sweepMinutes": "5",
	"memory": "256", "timeout": "10", "logLevel": "info", "logRetentionDays": "30",
	"throttleRate": "100", "throttleBurst": "200", "reservedConcurrency": "0",
	"allowedOrigins": "[]", "selfSignUp": "false", "tokenMinutes": "60", "sessionDays": "1",
	"apiDomain": "", "apiCertificate": "", "siteDomain": "", "siteCertificate": "",
	"accessLogs": "false", "tracing": "false", "metrics": "true", "alarmEmail": "", "monthlyBudget": "0",
	"tableProtection": "false", "tableBackups": "false", "tableEncryption": "aws-owned", "userPoolProtection": "false", "permissionsBoundary": "",
	"priceClass": "PriceClass_100", "tags": "{}",
}

// read reads the defaults with some values changed.
func read(changed map[string]string) (config, error) {
	values := maps.Clone(defaults)
	maps.Copy(values, changed)
	return readConfig("eu-west-1", func(key string) (string, bool) {
		v, ok := values[key]
		return v, ok
	})
}

func certificate(region string) string {
	return "arn:aws:acm:" + region + ":111122223333:certificate/11112222-3333-4444-5555-666677778888"
}

func TestReadConfig(t *testing.T) {
	base := config{
		StageName: "live", Tickets: true, TokenInSubprotocol: true, MissingOrigin: "subprotocol",
		ConnectionsPerUser: 20, ConnectionsOverCap: "oldest", MessageBytes: 131072, SweepMinutes: 5,
		Memory: 256, Timeout: 10, LogLevel: "info", LogRetentionDays: 30,
		ThrottleRate: 100, ThrottleBurst: 200, TokenMinutes: 60, SessionDays: 1,
		Metrics: true, TableEncryption: "aws-owned", PriceClass: "PriceClass_100", AllowedOrigins: []string{}, Tags: map[string]string{},
		Scope: "openid profile", AuthorizationParameters: map[string]string{}, SignInOrigins: []string{},
	}
	elsewhere := base
	elsewhere.Issuer, elsewhere.ClientID, elsewhere.Audience = "https://id.example/a/", "console", "console"
	other := elsewhere
	other.Audience, other.TokenInQuery, other.StageName = "api", true, "Stage_1-b"
	domains := base
	domains.APIDomain, domains.APICertificate = "socket.example.com", certificate("eu-west-1")
	domains.SiteDomain, domains.SiteCertificate = "chat.example.com", certificate("us-east-1")
	watched := base
	watched.AlarmEmail, watched.MonthlyBudget = "ops@example.com", 20
	kept := base
	kept.TableProtection, kept.UserPoolProtection, kept.TableEncryption = true, true, "aws-managed"
	kept.PermissionsBoundary = "arn:aws:iam::111122223333:policy/teams/chat+1"
	watched.Tags, watched.AllowedOrigins = map[string]string{"Team": "chat"}, []string{"https://app.example.com", "http://localhost:3000"}
	locked := elsewhere
	locked.Tickets, locked.MissingOrigin, locked.ConnectionsOverCap = false, "refuse", "newest"
	locked.ConnectionsPerUser, locked.MessageBytes, locked.MessagesPerMinute, locked.SweepMinutes = 0, 1, 60, 0
	locked.SecondIssuer, locked.SecondAudience = "https://id.example/b", "chat"
	tests := []struct {
		name    string
		changed map[string]string
		want    config
	}{
		{"locked", map[string]string{
			"issuer": "https://id.example/a/", "clientId": "console", "secondIssuer": "https://id.example/b", "secondAudience": "chat",
			"tickets": "false", "missingOrigin": "refuse", "connectionsOverCap": "newest",
			"connectionsPerUser": "0", "messageBytes": "1", "messagesPerMinute": "60", "sweepMinutes": "0",
		}, locked},
		{"defaults", nil, base},
		{"issuer", map[string]string{"issuer": "https://id.example/a/", "clientId": "console"}, elsewhere},
		{"audience", map[string]string{
			"issuer": "https://id.example/a/", "clientId": "console", "audience": "api",
			"tokenInQuery": "true", "stageName": "Stage_1-b",
		}, other},
		{"domains", map[string]string{
			"apiDomain": "socket.example.com", "apiCertificate": certificate("eu-west-1"),
			"siteDomain": "chat.example.com", "siteCertificate": certificate("us-east-1"),
		}, domains},
		{"kept", map[string]string{
			"tableProtection": "true", "userPoolProtection": "true", "tableEncryption": "aws-managed",
			"permissionsBoundary": "arn:aws:iam::111122223333:policy/teams/chat+1",
		}, kept},
		{"watched", map[string]string{
			"alarmEmail": "ops@example.com", "monthlyBudget": "20", "tags": `{"Team":"chat"}`,
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

func TestReadConfigErrors(t *testing.T) {
	tests := []struct {
		key, value string
		want       string // allowed
	}{
		{"stageName", "", "1 to 128 letters, digits"},
		{"stageName", "a b", "1 to 128 letters, digits"},
		{"stageName", "$default", "1 to 128 letters, digits"},
		{"stageName", strings.Repeat("a", 129), "1 to 128 letters, digits"},
		{"tickets", "1", "true or false"},
		{"tokenInSubprotocol", "no", "true or false"},
		{"tokenInQuery", "yes", "true or false"},
		{"missingOrigin", "deny", "one of refuse, subprotocol, allow"},
		{"secondIssuer", "http://id.example", "an https address"},
		{"secondAudience", "api", "an empty value, because secondIssuer is empty"},
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
		{"clientId", "console", "an empty value, because issuer is empty"},
		{"audience", "api", "an empty value, because issuer is empty"},
		{"memory", "127", "a whole number from 128 to 10240"},
		{"memory", "lots", "a whole number from 128 to 10240"},
		{"timeout", "0", "a whole number from 1 to 29"},
		{"timeout", "30", "a whole number from 1 to 29"},
		{"logLevel", "INFO", "one of trace, debug, info, warn, error"},
		{"logRetentionDays", "0", "one of 1, 3, 5, 7, 14, 30"},
		{"logRetentionDays", "31", "one of 1, 3, 5, 7, 14, 30"},
		{"throttleRate", "0", "a whole number from 1"},
		{"throttleBurst", "-1", "a whole number from 1"},
		{"reservedConcurrency", "-1", "a whole number from 0"},
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
		{"alarmEmail", "ops", "an e-mail address"},
		{"alarmEmail", "Ops <ops@example.com>", "an e-mail address"},
		{"monthlyBudget", "20.5", "a whole number from 0"},
		{"priceClass", "cheap", "one of PriceClass_100, PriceClass_200, PriceClass_All"},
		{"tableEncryption", "none", "one of aws-owned, aws-managed"},
		{"userPoolProtection", "ACTIVE", "true or false"},
		{"permissionsBoundary", "boundary", "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, or an empty value"},
		{"permissionsBoundary", "arn:aws:iam::111122223333:role/boundary", "the ARN of a managed policy"},
		{"permissionsBoundary", "arn:aws-cn:iam::111122223333:policy/boundary", "the ARN of a managed policy"},
		{"permissionsBoundary", "arn:aws:iam::111122223333:policy/", "the ARN of a managed policy"},
		{"tags", "Team", "a map of texts such as"},
		{"tags", `{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}`, "at most 8 tags"},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			_, err := read(map[string]string{test.key: test.value})
			want := fmt.Sprintf("configuration key %s is %q: want %s", test.key, test.value, test.want)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		})
	}
	t.Run("issuerWithoutClient", func(t *testing.T) {
		_, err := read(map[string]string{"issuer": "https://id.example"})
		if err == nil || !strings.Contains(err.Error(), `key clientId is "": want the id of the console's client at the issuer https://id.example`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("allAtOnce", func(t *testing.T) {
		_, err := readConfig("eu-west-1", func(string) (string, bool) { return "", false })
		for _, key := range slices.Sorted(maps.Keys(defaults)) {
			if want := "configuration key " + key + " is not set"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
	})
}

// What one key needs of another, and parts of lists and maps.
func TestReadConfigErrorsOfSeveralKeys(t *testing.T) {
	tests := []struct {
		name    string
		changed map[string]string
		want    string
	}{
		{"domainAlone", map[string]string{"apiDomain": "a.example.com"}, `key apiCertificate is "": want the ARN of a certificate for a.example.com`},
		{"certificateAlone", map[string]string{"siteCertificate": certificate("us-east-1")}, `key siteDomain is "": want the domain of the certificate in siteCertificate`},
		{"sameDomain", map[string]string{
			"apiDomain": "a.example.com", "apiCertificate": certificate("eu-west-1"),
			"siteDomain": "a.example.com", "siteCertificate": certificate("us-east-1"),
		}, `key apiDomain is "a.example.com": want another domain than the site's`},
		{"alarmsWithoutMetrics", map[string]string{"alarmEmail": "a@example.com", "metrics": "false"}, `key metrics is "false": want true, as alarmEmail is set`},
		{"budgetWithoutAddress", map[string]string{"monthlyBudget": "20"}, `key alarmEmail is "": want an address`},
		{"signUpElsewhere", map[string]string{"issuer": "https://id.example", "clientId": "a", "selfSignUp": "true"}, `key selfSignUp is "true": want false`},
		{"protectionElsewhere", map[string]string{"issuer": "https://id.example", "clientId": "a", "userPoolProtection": "true"}, `key userPoolProtection is "true": want false`},
		{"noCredential", map[string]string{"tickets": "false", "tokenInSubprotocol": "false"}, `key tickets is "false": want true, or tokenInSubprotocol or tokenInQuery`},
		{"secondIssuerAlone", map[string]string{"secondIssuer": "https://id.example"}, `key secondAudience is "": want the audience of the tokens of https://id.example`},
		{"sameIssuerTwice", map[string]string{
			"issuer": "https://id.example", "clientId": "a", "secondIssuer": "https://id.example", "secondAudience": "b",
		}, `key secondIssuer is "https://id.example": want an issuer that differs from the setting issuer`},
		{"ownTag", map[string]string{"tags": `{"Stack":"x"}`}, `key tags is "Stack": want another name`},
		{"awsTag", map[string]string{"tags": `{"aws:x":"x"}`}, `key tags is "aws:x": want names of 1 to 128`},
		{"tagValue", map[string]string{"tags": `{"a":"<b>"}`}, `key tags is "a=<b>": want values of at most 256`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(test.changed)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// The one switch that is left on is enough, whichever it is.
func TestReadConfigOfOneCredential(t *testing.T) {
	keys := []string{"tickets", "tokenInSubprotocol", "tokenInQuery"}
	for _, on := range keys {
		changed := map[string]string{}
		for _, key := range keys {
			changed[key] = strconv.FormatBool(key == on)
		}
		if _, err := read(changed); err != nil {
			t.Errorf("%s alone: %v", on, err)
		}
	}
}
