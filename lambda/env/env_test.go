package env_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/env"
)

// complete is an environment with nothing missing.
func complete() map[string]string {
	return map[string]string{
		env.TableName:      "sallyport-connections",
		env.UserIndex:      "byUser",
		env.ConnectionsURL: "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live",
		env.Issuer:         "https://sign-in.local.example",
		env.Audience:       "sallyport",
		env.UserClaims:     "username,sub",
		env.TokenInQuery:   "false",
		env.LogLevel:       "info",
		env.Region:         "eu-west-1",
	}
}

func TestParse(t *testing.T) {
	variables := complete()
	variables[env.Metrics] = "sallyport-dev" // the one that may be unset
	got, err := env.Parse(func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := env.Env{
		TableName:      "sallyport-connections",
		UserIndex:      "byUser",
		ConnectionsURL: "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live",
		Issuer:         "https://sign-in.local.example",
		Audience:       "sallyport",
		UserClaims:     []string{"username", "sub"},
		TokenInQuery:   false,
		LogLevel:       "info",
		Metrics:        "sallyport-dev",
		Region:         "eu-west-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("env (-want +got):\n%s", diff)
	}
}

func TestParseValues(t *testing.T) {
	tests := []struct {
		name, variable, value string
		want                  string // in the error; empty for none
	}{
		{"loopback", env.ConnectionsURL, "http://127.0.0.1:8081/live", ""},
		{"queryAllowed", env.TokenInQuery, "true", ""},
		{"socketScheme", env.ConnectionsURL, "wss://example/live", `CONNECTIONS_URL is "wss://example/live": want an http(s) URL`},
		{"noScheme", env.Issuer, "sign-in.example", `ISSUER is "sign-in.example": want an http(s) URL`},
		{"noHost", env.Issuer, "https://", `ISSUER is "https://": want an http(s) URL`},
		{"notBool", env.TokenInQuery, "yes", `TOKEN_IN_QUERY is "yes": want true or false`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vars := complete()
			vars[test.variable] = test.value
			_, err := env.Parse(func(name string) string { return vars[name] })
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestParseNamesEachMissingVariable(t *testing.T) {
	for name := range maps.Keys(complete()) {
		t.Run(name, func(t *testing.T) {
			vars := complete()
			delete(vars, name)
			_, err := env.Parse(func(name string) string { return vars[name] })
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
	_, err := env.Parse(func(name string) string {
		vars := complete()
		delete(vars, env.TableName)
		vars[env.Issuer] = "sign-in.example"
		return vars[name]
	})
	fmt.Println(err)
	// Output:
	// environment variable TABLE_NAME is not set
	// environment variable ISSUER is "sign-in.example": want an http(s) URL
}
