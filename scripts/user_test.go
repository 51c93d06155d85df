package scripts_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// password has the characters that a shell, JSON or the AWS CLI could misinterpret.
const password = `file:///dev/null "\ $(id) é'%`

// quoted is password as a JSON string.
const quoted = `"file:///dev/null \"\\ $(id) é'%"`

// hides checks at each request that no process has the password in its arguments or its
// environment, and that the files with it are private.
func (s stage) hides(t *testing.T) {
	t.Helper()
	s.onRequest = func() {
		processes, err := filepath.Glob("/proc/[0-9]*/[ce]*") // none where there is no /proc
		if err != nil {
			t.Error(err)
		}
		for _, file := range processes {
			if name := filepath.Base(file); name != "cmdline" && name != "environ" {
				continue
			}
			if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), password) {
				t.Errorf("%s has the password", file)
			}
		}
		err = filepath.WalkDir(s.temp, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || path == s.temp {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

const (
	userExists  = `{"__type":"UsernameExistsException","message":"User account already exists"}`
	badPassword = `{"__type":"InvalidPasswordException","message":"Password did not conform with policy: Password not long enough"}`
)

func TestUser(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			s.hides(t)
			s.run(t, password+"\n", "user.sh", "--stack", "dev", "--email", `a,b"c@example.com`, "--", "-alice").
				check(t, 0, "created -alice: sign in at https://d1.cloudfront.net\n", "")
			s.asked(t,
				`AdminCreateUser {"MessageAction":"SUPPRESS","UserAttributes":[{"Name":"email","Value":"a,b\"c@example.com"},`+
					`{"Name":"email_verified","Value":"true"}],"UserPoolId":"eu-west-1_Pool1","Username":"-alice"}`,
				`AdminSetUserPassword {"Password":`+quoted+`,"Permanent":true,"UserPoolId":"eu-west-1_Pool1","Username":"-alice"}`)
			s.pulumiGot(t, "stack output --json --stack=dev")
		})
	}
}

func TestUserExists(t *testing.T) {
	s := oneCLI(t)
	s.give(reply{status: 400, body: userExists})
	s.run(t, password, "user.sh", "file://alice"). // no newline after the password
							check(t, 0, "changed the password of file://alice: sign in at https://d1.cloudfront.net\n", "")
	s.asked(t,
		`AdminCreateUser {"MessageAction":"SUPPRESS","UserPoolId":"eu-west-1_Pool1","Username":"file://alice"}`,
		`AdminSetUserPassword {"Password":`+quoted+`,"Permanent":true,"UserPoolId":"eu-west-1_Pool1","Username":"file://alice"}`)
	s.pulumiGot(t, "stack output --json")

	s.give(reply{}, reply{status: 400, body: badPassword})
	s.run(t, "short", "user.sh", "alice").
		check(t, 1, "", "cannot set the password of the existing user alice: run this again with a password that the pool accepts: "+
			"InvalidPasswordException: Password did not conform with policy: Password not long enough\n")
}

// The scripts refuse a pool that is not the stack's own, even a Cognito pool.
func TestUserOfForeignPool(t *testing.T) {
	s := oneCLI(t)
	for _, issuer := range []string{"https://" + cognitoHost + "/eu-west-1_Theirs", "https://id.example"} {
		s.deploy(t, map[string]string{"issuer": issuer, "userPoolId": ""})
		s.run(t, password, "user.sh", "alice").
			check(t, 1, "", "the stack has no user pool (no output userPoolId): create the user at its issuer, "+issuer)
		s.run(t, password, "token.sh", "alice").
			check(t, 1, "", "the stack has no user pool (no output userPoolId): get a token at its issuer, "+issuer)
	}
	s.asked(t)
}

func TestUserMisused(t *testing.T) {
	s := oneCLI(t)
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"noUser", "give one USER", nil},
		{"emptyUser", "give one USER", []string{""}},
		{"twoUsers", "give one USER", []string{"alice", "bob"}},
		{"local", "the local run needs no users", []string{"--local", "alice"}},
		{"unknown", "unknown option --mail", []string{"--mail", "a@example.com", "alice"}},
		{"noAddress", `the address "alice" of --email is not valid: use NAME@HOST`, []string{"--email=alice", "alice"}},
		{"noEmail", "--email needs a value", []string{"--email"}},
		{"noStack", "--stack needs a value", []string{"--stack", "", "alice"}},
	} {
		t.Run(test.name, func(t *testing.T) { s.run(t, password, "user.sh", test.args...).check(t, 2, "", test.want) })
	}
	s.run(t, "", "user.sh", "alice").check(t, 1, "", "standard input has no password")
	s.run(t, "\n", "user.sh", "alice").check(t, 1, "", "the password is empty")
	s.run(t, "\xff\n", "user.sh", "alice").check(t, 1, "", "user.sh: the password is not UTF-8")
	s.asked(t)
}

// pulumiGot checks the arguments and the standard input of Pulumi.
func (s stage) pulumiGot(t *testing.T, want string) {
	t.Helper()
	for name, want := range map[string]string{"arguments": want + "\n", "stdin": ""} {
		if got, err := os.ReadFile(filepath.Join(s.stubs, name)); err != nil || string(got) != want {
			t.Errorf("pulumi's %s: got %q, error %v, want %q", name, got, err, want)
		}
	}
}
