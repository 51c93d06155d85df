package env_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
	"sallyport/lambda/originsecret"
	"sallyport/lambda/setting"
)

// complete is an environment with all required variables.
func complete() map[string]string {
	return map[string]string{
		env.TableName:          "sallyport-connections",
		env.UserIndex:          "byUser",
		env.UserIDIndex:        "byUserId",
		env.ConnectionsURL:     "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live",
		env.Issuer:             "https://sign-in.local.example",
		env.Audience:           "sallyport",
		env.UserClaims:         "username,sub",
		"TOKEN_IN_SUBPROTOCOL": "true",
		"TOKEN_IN_QUERY":       "false",
		"TICKET_IN_QUERY":      "false",
		"SESSION_COOKIE":       "false",
		env.AllowedOrigins:     "https://console.example http://localhost:5173",
		"MISSING_ORIGIN":       "subprotocol",
		"CONNECTIONS_PER_USER": "20",
		"OVER_CAP":             "oldest",
		"MESSAGE_BYTES":        "131072",
		"MESSAGES_PER_MINUTE":  "0",
		"LOG_LEVEL":            "info",
		env.Region:             "eu-west-1",
	}
}

// parse parses the complete environment with some variables changed. An empty value means
// that the variable is not set.
func parse(changes map[string]string) (env.Env, error) {
	vars := complete()
	maps.Copy(vars, changes)
	return env.Parse(func(name string) string { return vars[name] })
}

func TestParse(t *testing.T) {
	least := env.Env{
		Function: setting.Function{
			TokenInSubprotocol: true,
			MissingOrigin:      setting.SubprotocolMissing,
			ConnectionsPerUser: 20,
			OverCap:            setting.Oldest,
			MessageBytes:       131072,
			LogLevel:           "info",
		},
		TableName:      "sallyport-connections",
		UserIndex:      "byUser",
		UserIDIndex:    "byUserId",
		ConnectionsURL: "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live",
		Issuer:         "https://sign-in.local.example",
		Audience:       "sallyport",
		UserClaims:     []string{"username", "sub"},
		AllowedOrigins: []string{"https://console.example", "http://localhost:5173"},
		Region:         "eu-west-1",
	}
	all := least
	all.TicketTableName, all.ExpiryIndex, all.QueueConcurrency = "sallyport-tickets", "byExpiry", 4
	all.SecondIssuer, all.SecondAudience = "https://old.example", "console"
	all.LogAddress = true
	all.OriginSecrets = originsecret.Set{sha256.Sum256([]byte("old")), sha256.Sum256([]byte("new"))}
	all.Metrics, all.ToolAudience = "sallyport-dev", "tools"
	all.RequiredScope, all.Claims = "chat read", []string{"email", "cognito:groups"}
	tests := []struct {
		name    string
		changes map[string]string
		want    env.Env
	}{
		{"needed", nil, least},
		{"all", map[string]string{
			env.TicketTableName: "sallyport-tickets", env.ExpiryIndex: "byExpiry", env.QueueConcurrency: "4",
			"SECOND_ISSUER": "https://old.example", "SECOND_AUDIENCE": "console",
			env.LogAddress: "true", env.OriginSecrets: originsecret.Sums([]string{"old", "new"}),
			env.Metrics: "sallyport-dev", env.ToolAudience: "tools", "REQUIRED_SCOPE": "chat read", "CLAIMS": "email,cognito:groups",
		}, all},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parse(test.changes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("env (-want +got):\n%s", diff)
			}
		})
	}
}

// A function with wrong SHA-256 values does not start, so that it never accepts every request.
func TestParseRefusesOriginSecrets(t *testing.T) {
	_, err := parse(map[string]string{env.OriginSecrets: "sesame"})
	if err == nil || !strings.Contains(err.Error(), "environment variable ORIGIN_SECRETS: ") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("got %v, want an error that names the variable, without its value", err)
	}
}

func TestParseValues(t *testing.T) {
	const (
		address = "must be an https address, or an http address on loopback, without user, query and fragment"
		origin  = "must be origins as browsers send them, such as https://app.example.com, http only on loopback"
	)
	tests := []struct {
		name, variable, value string
		want                  string // after the value; empty for no error
	}{
		{"queue", env.QueueConcurrency, "1", ""},
		{"queueOfNone", env.QueueConcurrency, "0", "must be a whole number from 1 on"},
		{"queueOfText", env.QueueConcurrency, "four", "must be a whole number from 1 on"},
		{"loopback", env.ConnectionsURL, "http://127.0.0.1:8081/live", ""},
		{"loopbackOther", env.Issuer, "http://127.8.9.10:8082", ""},
		{"loopbackIPv6", env.Issuer, "http://[::1]:8082", ""},
		{"localhost", env.Issuer, "http://localhost:8082", ""},
		{"issuerWithPath", env.Issuer, "https://sign-in.example/tenant/", ""},
		{"plainIssuer", env.Issuer, "http://sign-in.example", address},
		{"emptyFragment", env.Issuer, "https://sign-in.example/#", address},
		{"emptyQuery", env.Issuer, "https://sign-in.example/?", address},
		{"plainConnections", env.ConnectionsURL, "http://10.0.0.1/live", address},
		{"loopbackName", env.Issuer, "http://id.localhost:8082", ""},
		{"almostLoopback", env.Issuer, "http://127.0.0.1.example", address},
		{"almostLocalhost", env.Issuer, "http://localhost.example", address},
		{"loopbackAsUser", env.Issuer, "http://127.0.0.1@sign-in.example", address},
		{"user", env.Issuer, "https://a:b@sign-in.example", address},
		{"query", env.Issuer, "https://sign-in.example?tenant=1", address},
		{"fragment", env.Issuer, "https://sign-in.example#x", address},
		{"socketScheme", env.ConnectionsURL, "wss://example/live", address},
		{"noScheme", env.Issuer, "sign-in.example", address},
		{"noHost", env.Issuer, "https://", address},
		{"onlyPort", env.Issuer, "https://:443", address},
		{"claimsWithHole", env.UserClaims, "username,,sub", "must be words, separated by commas"},
		{"queryAllowed", "TOKEN_IN_QUERY", "true", ""},
		{"notBool", "TOKEN_IN_QUERY", "yes", "must be true or false"},
		{"numberAsBool", "TOKEN_IN_SUBPROTOCOL", "1", "must be true or false"},
		{"refuse", "MISSING_ORIGIN", "refuse", ""},
		{"allow", "MISSING_ORIGIN", "allow", ""},
		{"otherMissing", "MISSING_ORIGIN", "Allow", "must be one of refuse, subprotocol, allow"},
		{"newest", "OVER_CAP", "newest", ""},
		{"otherCap", "OVER_CAP", "both", "must be one of oldest, newest"},
		{"noCap", "CONNECTIONS_PER_USER", "0", ""},
		{"mostConnections", "CONNECTIONS_PER_USER", "1000", ""},
		{"tooManyConnections", "CONNECTIONS_PER_USER", "1001", "must be a whole number from 0 to 1000"},
		{"negative", "CONNECTIONS_PER_USER", "-1", "must be a whole number from 0 to 1000"},
		{"noNumber", "MESSAGE_BYTES", "128K", "must be a whole number from 1 to 131072"},
		{"noBytes", "MESSAGE_BYTES", "0", "must be a whole number from 1 to 131072"},
		{"tooManyBytes", "MESSAGE_BYTES", "131073", "must be a whole number from 1 to 131072"},
		{"tooManyMessages", "MESSAGES_PER_MINUTE", "100001", "must be a whole number from 0 to 100000"},
		{"otherLevel", "LOG_LEVEL", "loud", "must be one of trace, debug, info, warn, error"},
		{"claims", "CLAIMS", "email,cognito:groups,https://a.example/roles", ""},
		{"claimWithBlank", "CLAIMS", "e mail", "must be 1 to 64 letters, digits and _ : / . -"},
		{"oneOrigin", env.AllowedOrigins, "https://console.example:8443", ""},
		{"originIPv6", env.AllowedOrigins, "http://[::1]:8080", ""},
		{"originOfAny", env.AllowedOrigins, "*", origin},
		{"nullOrigin", env.AllowedOrigins, "null", origin},
		{"originWithSlash", env.AllowedOrigins, "https://console.example/", origin},
		{"originInCapitals", env.AllowedOrigins, "https://Console.example", origin},
		{"originWithUser", env.AllowedOrigins, "https://a@console.example", origin},
		{"originWithUsualPort", env.AllowedOrigins, "https://console.example:443", origin},
		{"originWithEmptyPort", env.AllowedOrigins, "https://console.example:", origin},
		{"originsWithComma", env.AllowedOrigins, "https://a.example,b.example", origin},
		{"originOfAll", env.AllowedOrigins, "https://*.example", origin},
		{"plainOrigin", env.AllowedOrigins, "http://console.example", origin},
		{"originOfExtension", env.AllowedOrigins, "chrome-extension://abcdefghijklmnopabcdefghijklmnop", ""},
		{"originsOfApps", env.AllowedOrigins, "capacitor://localhost ionic://localhost tauri://localhost http://tauri.localhost", ""},
		{"appWithPort", env.AllowedOrigins, "capacitor://localhost:8080", origin},
		{"appWithPath", env.AllowedOrigins, "capacitor://localhost/", origin},
		{"appWithoutHost", env.AllowedOrigins, "capacitor://", origin},
		{"appWithUser", env.AllowedOrigins, "capacitor://a@localhost", origin},
		{"socketAsOrigin", env.AllowedOrigins, "wss://console.example", origin},
		{"fileAsOrigin", env.AllowedOrigins, "file://host", origin},
		{"almostBelowLocalhost", env.AllowedOrigins, "http://tauri.localhost.example", origin},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(map[string]string{test.variable: test.value})
			want := "<nil>"
			if test.want != "" {
				want = fmt.Sprintf("environment variable %s is %q: %s", test.variable, test.value, test.want)
			}
			if got := fmt.Sprint(err); got != want {
				t.Errorf("got error %s, want %s", got, want)
			}
		})
	}
	t.Run("secondOfTwoOrigins", func(t *testing.T) {
		for _, list := range []string{"https://console.example null", "null https://console.example"} {
			_, err := parse(map[string]string{env.AllowedOrigins: list})
			if want := `environment variable ALLOWED_ORIGINS is "null": ` + origin; err == nil || err.Error() != want {
				t.Errorf("got error %v, want %s", err, want)
			}
		}
	})
}

func TestParseTogether(t *testing.T) {
	tests := []struct {
		name    string
		changes map[string]string
		want    string
	}{
		{"ticketsOnly", map[string]string{"TOKEN_IN_SUBPROTOCOL": "false", env.TicketTableName: "tickets"}, "<nil>"},
		{"queryOnly", map[string]string{"TOKEN_IN_SUBPROTOCOL": "false", "TOKEN_IN_QUERY": "true"}, "<nil>"},
		{
			"noCredential",
			map[string]string{"TOKEN_IN_SUBPROTOCOL": "false"},
			"environment variables TICKET_TABLE_NAME, TOKEN_IN_SUBPROTOCOL and TOKEN_IN_QUERY allow no credential: must allow at least one",
		},
		{"ticketInQuery", map[string]string{"TICKET_IN_QUERY": "true", env.TicketTableName: "tickets"}, "<nil>"},
		{
			"ticketInQueryWithoutTickets",
			map[string]string{"TICKET_IN_QUERY": "true"},
			`environment variable TICKET_IN_QUERY is "true": must be false when TICKET_TABLE_NAME is empty`,
		},
		{"sessionCookie", map[string]string{"SESSION_COOKIE": "true", env.TicketTableName: "tickets"}, "<nil>"},
		{
			"sessionCookieWithoutTickets",
			map[string]string{"SESSION_COOKIE": "true"},
			`environment variable SESSION_COOKIE is "true": must be false when TICKET_TABLE_NAME is empty: the HTTP API sets the cookie`,
		},
		{
			"noSecondAudience",
			map[string]string{"SECOND_ISSUER": "https://old.example"},
			"environment variable SECOND_AUDIENCE is not set",
		},
		{
			"noSecondIssuer",
			map[string]string{"SECOND_AUDIENCE": "console"},
			`environment variable SECOND_AUDIENCE is "console": must be empty when SECOND_ISSUER is empty`,
		},
		{
			"sameIssuerTwice",
			map[string]string{"SECOND_ISSUER": complete()[env.Issuer], "SECOND_AUDIENCE": "console"},
			`environment variable SECOND_ISSUER is "https://sign-in.local.example": must be an issuer that differs from ISSUER`,
		},
		{
			"plainSecondIssuer",
			map[string]string{"SECOND_ISSUER": "http://old.example", "SECOND_AUDIENCE": "console"},
			`environment variable SECOND_ISSUER is "http://old.example": must be an https address without user, query and fragment, or empty`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parse(test.changes); fmt.Sprint(err) != test.want {
				t.Errorf("got error %v, want %s", err, test.want)
			}
		})
	}
}

func TestParseNamesEachMissingVariable(t *testing.T) {
	for name := range complete() {
		t.Run(name, func(t *testing.T) {
			_, err := parse(map[string]string{name: ""})
			if want := "environment variable " + name + " is not set"; err == nil || err.Error() != want {
				t.Errorf("got error %v, want %s", err, want)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		_, err := env.Parse(func(string) string { return "" })
		if got, want := strings.Count(fmt.Sprint(err), "is not set"), len(complete()); got != want {
			t.Errorf("got %d variables in %v, want %d", got, err, want)
		}
	})
}

func ExampleParse() {
	_, err := parse(map[string]string{env.TableName: "", env.Issuer: "sign-in.example"})
	fmt.Println(err)
	// Output:
	// environment variable TABLE_NAME is not set
	// environment variable ISSUER is "sign-in.example": must be an https address, or an http address on loopback, without user, query and fragment
}
