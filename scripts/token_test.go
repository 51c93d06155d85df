package scripts_test

import (
	"testing"
)

const signedIn = `{"AuthenticationResult":{"AccessToken":"eyJ.a.b","ExpiresIn":3600},"ChallengeParameters":{}}`

// asksToken returns the request for a token of a user.
func asksToken(user string) string {
	return `AdminInitiateAuth {"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","AuthParameters":{"PASSWORD":` + quoted +
		`,"USERNAME":"` + user + `"},"ClientId":"tools1","UserPoolId":"eu-west-1_Pool1"}`
}

func TestToken(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			s.hides(t)
			s.give(reply{body: signedIn})
			s.run(t, password+"\n", "token.sh", "--stack=dev", "--", "-alice").check(t, 0, "eyJ.a.b\n", "")
			s.asked(t, asksToken("-alice"))
			s.pulumiGot(t, "stack output --json --stack=dev")
		})
	}
}

func TestTokenForTicket(t *testing.T) {
	s := noCLI(t)
	s.give(reply{body: signedIn}, reply{body: `{"type":"ticket","data":{"ticket":"abc","expires":1}}`})
	s.run(t, password+"\n", "token.sh", "--ticket", "alice").check(t, 0, "abc\n", "")
	s.asked(t, asksToken("alice"), "POST "+httpHost+"/tickets Bearer eyJ.a.b")

	s.deploy(t, map[string]string{"httpUrl": ""})
	s.run(t, password+"\n", "token.sh", "--ticket", "alice").
		check(t, 1, "", "the stack has no output httpUrl: the setting tickets is off")
	s.asked(t)
}

func TestTokenRefused(t *testing.T) {
	s := oneCLI(t)
	s.give(reply{status: 400, body: `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`})
	s.run(t, password+"\n", "token.sh", "alice").
		check(t, 1, "", "Cognito refuses alice: the password is wrong, or the user does not exist (scripts/user.sh creates users and sets passwords)")
	s.give(reply{body: `{"ChallengeName":"NEW_PASSWORD_REQUIRED","ChallengeParameters":{},"Session":"x"}`})
	s.run(t, password+"\n", "token.sh", "alice").
		check(t, 1, "", "Cognito demands a new password of alice: set one with scripts/user.sh")
}

func TestTokenMisused(t *testing.T) {
	s := oneCLI(t)
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"noUser", "give one USER", nil},
		{"twoUsers", "give one USER", []string{"alice", "bob"}},
		{"unknown", "unknown option -x", []string{"-x", "alice"}},
		{"noStack", "--stack needs a value", []string{"--stack"}},
		{"localStack", "use only one of --local and --stack", []string{"--local", "--stack", "dev", "alice"}},
	} {
		t.Run(test.name, func(t *testing.T) { s.run(t, "", "token.sh", test.args...).check(t, 2, "", test.want) })
	}
}
