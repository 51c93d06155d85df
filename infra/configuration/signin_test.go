package configuration

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/lambda/setting"
)

func TestSignInSettingsRefused(t *testing.T) {
	issuer := map[string]string{"issuer": "https://id.example.com", "clientId": "console"}
	tests := []struct {
		name    string
		issuer  bool // whether issuer is set
		changed map[string]string
		want    string
	}{
		{"no openid", true, map[string]string{"scope": "profile email"}, `setting scope is "profile email": must be scopes that include openid, separated by single spaces`},
		{"no scope", true, map[string]string{"scope": ""}, `setting scope is "": must be scopes that include openid, separated by single spaces`},
		{"openid as part of a scope", true, map[string]string{"scope": "openidx"}, `must be scopes that include openid, separated by single spaces`},
		{"two blanks", true, map[string]string{"scope": "openid  profile"}, `must be scopes that include openid, separated by single spaces`},
		{"quote", true, map[string]string{"scope": `openid "x"`}, `must be scopes that include openid, separated by single spaces`},
		{"line break", true, map[string]string{"requiredScope": "a\nb"}, `setting requiredScope is "a\nb": must be scopes separated by single spaces`},
		{"offline at the own pool", false, map[string]string{"scope": "openid offline_access"}, `setting scope is "offline_access": must be one of the scopes of the stack's own user pool, which are openid, profile, email, phone`},
		{"admin at the own pool", false, map[string]string{"scope": "openid aws.cognito.signin.user.admin"}, `must be one of the scopes of the stack's own user pool`},
		{"required but not requested", false, map[string]string{"requiredScope": "email"}, `setting requiredScope is "email": must be one of the scopes of the setting scope`},
		{"no map", true, map[string]string{"authorizationParameters": "audience"}, `setting authorizationParameters is "audience": must be an object of strings`},
		{"number", true, map[string]string{"authorizationParameters": `{"max_age":1}`}, `must be an object of strings`},
		{"no name", true, map[string]string{"authorizationParameters": `{"":"x"}`}, `setting authorizationParameters is "": must be a name`},
		{"long parameter", true, map[string]string{"authorizationParameters": `{"x":"` + strings.Repeat("a", 1025) + `"}`}, `at most 1024 bytes`},
		{"sign-out by http", true, map[string]string{"signOutUrl": "http://id.example.com"}, `setting signOutUrl is "http://id.example.com": must be an https address`},
		{"sign-out without a host", true, map[string]string{"signOutUrl": "/logout"}, `must be an https address`},
		{"sign-out of another name", true, map[string]string{"signOutUrl": "https://id.example.com?x={idToken}"}, `must be an https address with no placeholders but {clientId} and {siteUrl}`},
		{"sign-out twice", true, map[string]string{"signOutUrl": "https://id.example.com", "signOutIdToken": "true"}, `setting signOutIdToken is "true": must be false when signOutUrl is set`},
		{"sign-out of the own pool", false, map[string]string{"signOutUrl": "https://id.example.com"}, `setting signOutUrl is "https://id.example.com": must be empty when issuer is empty`},
		{"ID token for the own pool", false, map[string]string{"signOutIdToken": "true"}, `setting signOutIdToken is "true": must be false when issuer is empty`},
		{"origins of the own pool", false, map[string]string{"signInOrigins": `["https://a.example"]`}, `setting signInOrigins is "https://a.example": must be empty when issuer is empty`},
		{"origin with a path", true, map[string]string{"signInOrigins": `["https://a.example/x"]`}, `setting signInOrigins is "https://a.example/x": must be scheme, host and port`},
		{"origin of an app", true, map[string]string{"signInOrigins": `["capacitor://localhost"]`}, `setting signInOrigins is "capacitor://localhost": must be https`},
		{"origin with a directive", true, map[string]string{"signInOrigins": `["https://a.example; script-src *"]`}, `setting signInOrigins is`},
	}
	for _, name := range setting.ReservedParameters() {
		tests = append(tests, struct {
			name    string
			issuer  bool
			changed map[string]string
			want    string
		}{name, true, map[string]string{"authorizationParameters": `{"` + name + `":"x"}`}, `setting authorizationParameters is "` + name + `": must be a parameter other than client_id,`})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changed := maps.Clone(test.changed)
			if test.issuer {
				maps.Copy(changed, issuer)
			}
			if _, err := read(changed); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestSignInSettingsOfTheOwnPool(t *testing.T) {
	_, err := read(map[string]string{"scope": "openid email phone", "requiredScope": "openid email", "authorizationParameters": `{"lang":"de"}`})
	if err != nil {
		t.Error(err)
	}
}

// The console refuses a config.json with a parameter that it reserves, so the
// program must refuse the same parameters before it deploys one.
func TestReservedParametersOfConsole(t *testing.T) {
	source, err := os.ReadFile("../../frontend/src/config-more.ts")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)reservedParameters: ReadonlySet<string> = new Set\(\[(.*?)\]\)`).FindSubmatch(source)
	if list == nil {
		t.Fatal("config-more.ts has no reservedParameters")
	}
	var console []string
	for _, name := range regexp.MustCompile(`'([^']+)'`).FindAllSubmatch(list[1], -1) {
		console = append(console, string(name[1]))
	}
	want := slices.Sorted(slices.Values(console))
	if got := slices.Sorted(slices.Values(setting.ReservedParameters())); !slices.Equal(got, want) {
		t.Errorf("the program reserves %q, the console %q", got, want)
	}
}
