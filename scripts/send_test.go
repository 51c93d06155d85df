package scripts_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// connection is a connection id that looks like an option.
const connection = "-aB_9EROkECC5w="

// posted returns the request that posts a message to the connection.
func posted(message string) string {
	return "POST " + socketHost + "/live/@connections/-aB_9EROkECC5w%3D " + message
}

// file writes a message file and returns its name.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "message.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const one = `{"sent":1,"gone":0,"failed":0}`

// Both CLIs send the same bytes, with any characters in name and message.
func TestSend(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			message := file(t, " {\"n\": 1.0, \"big\": 12345678901234567890, \"é\": \"\\ud83d\"}\n")
			s.give(reply{body: one})
			s.run(t, "", "send.sh", "--stack=dev", "--user", `--a"},"all":true,"b":"\é`, message).
				check(t, 0, `message.json to user --a"},"all":true,"b":"\é: sent 1, gone 0, failed 0`+"\n", "")
			s.asked(t, invoked(`{"push":{"target":{"user":"--a\"},\"all\":true,\"b\":\"\\é"},"message":{"n": 1.0, "big": 12345678901234567890, "é": "\ud83d"}}}`))
			s.pulumiGot(t, "stack output --json --stack=dev")

			s.run(t, "", "send.sh", "--connection", connection, message).
				check(t, 0, "message.json to connection "+connection+": sent 1\n", "")
			s.asked(t, posted(`{"n": 1.0, "big": 12345678901234567890, "é": "\ud83d"}`))

			s.give(reply{body: `{"disconnected":1,"gone":0,"failed":0}`})
			s.run(t, "", "send.sh", "--disconnect", "--reason", "Back at\n\"noon\" \\o/", "--connection="+connection).
				check(t, 0, "disconnected 1, gone 0, failed 0\n", "")
			s.asked(t, invoked(`{"disconnect":{"target":{"connection":"-aB_9EROkECC5w="},"reason":"Back at\n\"noon\" \\o/"}}`))
		})
	}
}

func TestSendTargets(t *testing.T) {
	s := noCLI(t)
	s.give(reply{body: one}, reply{body: one}, reply{body: one})
	s.run(t, "", "send.sh").check(t, 0, "1-log.json to all: sent 1, gone 0, failed 0\n"+
		"2-event.json to all: sent 1, gone 0, failed 0\n3-event.json to all: sent 1, gone 0, failed 0\n", "")
	var samples []string
	for _, name := range []string{"1-log", "2-event", "3-event"} {
		text, err := os.ReadFile("messages/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, invoked(`{"push":{"target":{"all":true},"message":`+strings.TrimSpace(string(text))+`}}`))
	}
	s.asked(t, samples...)

	s.give(reply{body: one})
	s.run(t, "1", "send.sh", "--sub", "auth0|5", "--issuer=https://id.example/", "/dev/stdin"). // read only once
													check(t, 0, "stdin to sub auth0|5: sent 1, gone 0, failed 0\n", "")
	s.asked(t, invoked(`{"push":{"target":{"sub":"auth0|5","issuer":"https://id.example/"},"message":1}}`))

	if err := os.WriteFile(filepath.Join(s.environ["HOME"], "-n.json"), []byte("2"), 0o600); err != nil { // a name that looks like an option
		t.Fatal(err)
	}
	s.give(reply{body: one})
	s.run(t, "", "send.sh", "--all", "--", "-n.json").check(t, 0, "-n.json to all: sent 1, gone 0, failed 0\n", "")
	s.asked(t, invoked(`{"push":{"target":{"all":true},"message":2}}`))

	s.give(reply{body: `{"disconnected":2,"gone":1,"failed":0}`})
	s.run(t, "", "send.sh", "--disconnect", "--sub", "auth0|5").check(t, 0, "disconnected 2, gone 1, failed 0\n", "")
	s.asked(t, invoked(`{"disconnect":{"target":{"sub":"auth0|5"}}}`))
}

// A publication has a position, unless the channel has no history or the queue needs time.
func TestSendToChannel(t *testing.T) {
	s := noCLI(t)
	message := file(t, "1")
	s.give(reply{body: `{"channel":"chat:room1","offset":7,"epoch":"e"}`})
	s.run(t, "", "send.sh", "--channel", "chat:room1", "--key=k 1", message).check(t, 0, "message.json to channel chat:room1: offset 7\n", "")
	s.asked(t, invoked(`{"push":{"target":{"channel":"chat:room1","key":"k 1"},"message":1}}`))

	s.give(reply{body: `{"channel":"chat:room1","queued":true}`}, reply{body: `{"channel":"cursor:1"}`})
	s.run(t, "", "send.sh", "--channel", "chat:room1", message).
		check(t, 0, "message.json to channel chat:room1: accepted, and not delivered within 3 seconds: the queue delivers it\n", "")
	s.run(t, "", "send.sh", "--channel=cursor:1", message).check(t, 0, "message.json to channel cursor:1: sent\n", "")

	s.give(reply{functionError: "Unhandled", body: `{"errorMessage":"channel_unknown: no namespace","errorType":"wrapError"}`})
	s.run(t, "", "send.sh", "--channel", "none:1", message).
		check(t, 1, "", "cannot send message.json to channel none:1: the function failed: channel_unknown: no namespace\n")
}

// The target can be a user's own channel. The function finds the name of the channel.
func TestSendToOwnChannel(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			message := file(t, "1")
			own := reply{body: `{"channel":"user:aTBxOOUOTurJbvmWAO_I","offset":1,"epoch":"e"}`}
			s.give(own)
			s.run(t, "", "send.sh", "--user", "alice=1", "--channel", "user", message).check(t, 0, "message.json to channel user of user alice=1: offset 1\n", "")
			s.asked(t, invoked(`{"push":{"target":{"channel":"user","user":"alice=1"},"message":1}}`))
			s.give(own)
			s.run(t, "", "send.sh", "--channel=user", "--sub=auth0|5", "--issuer=https://id.example", "--key", "k", message).check(t, 0, "message.json to channel user of sub auth0|5: offset 1\n", "")
			s.asked(t, invoked(`{"push":{"target":{"channel":"user","sub":"auth0|5","issuer":"https://id.example","key":"k"},"message":1}}`))
		})
	}
}

// A trace id goes to the function, also for one connection, and is printed.
func TestSendWithTrace(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			message := file(t, "1")
			s.give(reply{body: one})
			s.run(t, "", "send.sh", "--trace="+trace, "--connection="+connection, message).
				check(t, 0, "message.json to connection "+connection+": sent 1, gone 0, failed 0, trace "+trace+"\n", "")
			s.asked(t, invoked(`{"push":{"target":{"connection":"-aB_9EROkECC5w="},"message":1,"trace":"`+trace+`"}}`))
			s.give(reply{body: one})
			s.run(t, "", "send.sh", "--user", "alice", "--trace", trace, message).
				check(t, 0, "message.json to user alice: sent 1, gone 0, failed 0, trace "+trace+"\n", "")
			s.asked(t, invoked(`{"push":{"target":{"user":"alice"},"message":1,"trace":"`+trace+`"}}`))
			s.give(reply{body: `{"channel":"chat:room1","offset":7,"epoch":"e"}`})
			s.run(t, "", "send.sh", "--channel", "chat:room1", "--trace", trace, message).
				check(t, 0, "message.json to channel chat:room1: offset 7, trace "+trace+"\n", "")
			s.asked(t, invoked(`{"push":{"target":{"channel":"chat:room1"},"message":1,"trace":"`+trace+`"}}`))
		})
	}
	s := noCLI(t)
	for _, wrong := range []string{"x", trace + "0", strings.ToUpper(trace), trace[:31] + "\n", `{"a":1}`} {
		s.run(t, "", "send.sh", "--all", "--trace", wrong).check(t, 2, "", "is not valid: it has 32 digits")
	}
	s.run(t, "", "send.sh", "--disconnect", "--all", "--trace", trace).check(t, 2, "", "is for a push, and --disconnect sends none")
	s.asked(t)
}

// The queue takes a command for many connections.
func TestSendQueued(t *testing.T) {
	s := noCLI(t)
	s.give(reply{body: `{"sent":0,"gone":0,"failed":0,"queued":1300}`}, reply{body: `{"disconnected":0,"gone":0,"failed":0,"queued":251}`})
	s.run(t, "", "send.sh", "--all", file(t, "1")).check(t, 0, "message.json to all: sent 0, gone 0, failed 0, queued 1300\n", "")
	s.run(t, "", "send.sh", "--disconnect", "--user", "bob").check(t, 0, "disconnected 0, gone 0, failed 0, queued 251\n", "")
}

// The exit code 3 says that the target is not connected.
func TestSendNotConnected(t *testing.T) {
	s := noCLI(t)
	two := []string{file(t, "1"), file(t, "2")}
	s.give(reply{body: `{"sent":0,"gone":0,"failed":0}`})
	s.run(t, "", "send.sh", append([]string{"--user", "bob"}, two...)...).
		check(t, 3, "message.json to user bob: sent 0, gone 0, failed 0\n", "no user with the name bob is connected")
	s.asked(t, invoked(`{"push":{"target":{"user":"bob"},"message":1}}`)) // not the second one

	s.give(reply{body: `{"disconnected":0,"gone":1,"failed":0}`})
	s.run(t, "", "send.sh", "--disconnect", "--sub", "5", "--issuer", "https://id.example").
		check(t, 3, "disconnected 0, gone 1, failed 0\n", "no user with the sub 5 of https://id.example is connected")

	s.give(reply{body: `{"sent":0,"gone":0,"failed":2}`})
	s.run(t, "", "send.sh", "--all", two[0]).
		check(t, 1, "message.json to all: sent 0, gone 0, failed 2\n", "2 connections failed: the log of the function sallyport-dev-function-1a2b3c4 has the cause")

	text := `command_invalid: no user with the name "bob" is connected, and only the names of connected users are known: use the sub as the target`
	s.give(reply{functionError: "Unhandled", body: `{"errorMessage":` + strconv.Quote(text) + `,"errorType":"Refusal"}`})
	s.run(t, "", "send.sh", "--channel", "user", "--user", "bob", two[0]).check(t, 3, "", "cannot send message.json to channel user of user bob: "+text+"\n")
}

// The real CLI reports a connection that is gone, and an error of the function.
func TestSendFails(t *testing.T) {
	s := oneCLI(t)
	message := file(t, "1")
	s.give(reply{status: 410, error: "GoneException"})
	s.run(t, "", "send.sh", "--connection", connection, message).check(t, 3, "", "the connection "+connection+" is gone, or never existed")

	s.give(reply{functionError: "Unhandled", body: `{"errorMessage":"command_invalid: the target is wrong","errorType":"wrapError"}`})
	s.run(t, "", "send.sh", "--user", "bob", message).
		check(t, 1, "", "cannot send message.json to user bob: the function failed: command_invalid: the target is wrong\n")
}

// A failure of the AWS CLI becomes a sentence with a remedy.
func TestAWSErrors(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			s.failsWith(t, reply{status: 403, error: "ExpiredTokenException", body: `{"message":"The security token included in the request is expired"}`},
				"the AWS credentials have expired: sign in again (aws sso login), or renew the keys")
		})
	}
	s := oneCLI(t)
	s.failsWith(t, reply{status: 403, error: "AccessDeniedException", body: `{"Message":"User: arn:aws:iam::1:user/a is not authorized to perform: lambda:InvokeFunction"}`},
		"the AWS credentials lack a permission: use others (AWS_PROFILE), or grant it (AccessDeniedException: User: arn:aws:iam::1:user/a is not authorized to perform: lambda:InvokeFunction)")
	s.failsWith(t, reply{status: 404, error: "ResourceNotFoundException", body: `{"Message":"Function not found"}`},
		"AWS does not find the resource: the stack was destroyed, or the credentials belong to another account: check --stack and AWS_PROFILE (ResourceNotFoundException: Function not found)")
	delete(s.environ, "AWS_ACCESS_KEY_ID")
	delete(s.environ, "AWS_SECRET_ACCESS_KEY")
	s.failsWith(t, reply{}, "no AWS credentials found: sign in (aws sso login, aws configure), or set AWS_PROFILE")
	s.environ["AWS_ACCESS_KEY_ID"], s.environ["AWS_SECRET_ACCESS_KEY"] = "AKIAIOSFODNN7EXAMPLE", "secret"
	s.environ["HTTPS_PROXY"] = "http://127.0.0.1:1" // nothing listens there
	s.failsWith(t, reply{}, "the service does not answer: check the network")
}

// failsWith sends a message and checks the error of the script for an answer.
func (s stage) failsWith(t *testing.T, answer reply, want string) {
	t.Helper()
	s.give(answer)
	s.run(t, "", "send.sh", "--user", "bob", file(t, "1")).check(t, 1, "", "cannot send message.json to user bob: "+want)
}

// A file that is not exactly one JSON value is not sent: it could contain a command of
// another kind.
func TestMessageFiles(t *testing.T) {
	s := noCLI(t)
	good, folder := file(t, "1"), t.TempDir()
	for _, test := range []struct{ name, text, want string }{
		{"injection", `1},"push":{"target":{"all":true},"message":"x"`, " is not exactly one JSON value"},
		{"disconnect", `1},"disconnect":{"target":{"user":"bob"}},"x":{"y":1`, " is not exactly one JSON value"},
		{"closing", `1}}`, " is not exactly one JSON value"},
		{"twoValues", `{"n":1} {"n":2}`, " is not exactly one JSON value"},
		{"twoLines", "{\"n\":1}\n{\"n\":2}\n", "put a second message into another file"},
		{"text", `hello`, " is not exactly one JSON value"},
		{"comment", `{} // no`, " is not exactly one JSON value"},
		{"NaN", `NaN`, " is not exactly one JSON value"},
		{"noBreakSpace", "\u00a01", " is not exactly one JSON value"},
		{"empty", " \n", " is empty: write one JSON value into it"},
		{"byteOrderMark", "\ufeff1", " begins with a byte order mark: save it as UTF-8 without one"},
		{"UTF-16", "\xff\xfe1\x00", " is UTF-16: save it as UTF-8"},
		{"latin1", "\"\xe9\"", " is not UTF-8: save it as UTF-8"},
		{"long", `"` + strings.Repeat("é", 65536) + `"`, " has 131074 bytes: shorten it to 131072"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := file(t, test.text)
			r := s.run(t, "", "send.sh", good, bad)
			r.check(t, 1, "", "send.sh: the file "+bad+" ")
			r.check(t, 1, "", test.want)
		})
	}
	s.run(t, "", "send.sh", folder).check(t, 1, "", "cannot read the file "+folder+": it is a folder")
	s.run(t, "", "send.sh", folder+"/no.json").check(t, 1, "", "cannot read the file "+folder+"/no.json: it does not exist")
	s.run(t, "", "send.sh", "--user", "\xff", good).check(t, 1, "", "send.sh: the user is not UTF-8: set the terminal to UTF-8")
	s.asked(t)
}

func TestSendMisused(t *testing.T) {
	s := noCLI(t)
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"unknown", "unknown option --everyone", []string{"--everyone"}},
		{"twoTargets", "use only one of --connection, --user, --sub, --channel and --all", []string{"--all", "--sub", "5"}},
		{"threeTargets", "use only one of --connection, --user, --sub, --channel and --all", []string{"--channel", "user", "--sub", "5", "--user", "ann"}},
		{"channelTwice", "use only one of --connection, --user, --sub, --channel and --all", []string{"--sub", "5", "--channel", "user", "--channel", "inbox"}},
		{"channelOfAll", "use only one of --connection, --user, --sub, --channel and --all", []string{"--all", "--channel", "user"}},
		{"issuerOfUser", "--issuer https://id.example needs --sub", []string{"--channel", "user", "--user", "ann", "--issuer", "https://id.example"}},
		{"disconnectOwn", "--disconnect ends connections, and --channel names none", []string{"--disconnect", "--user", "ann", "--channel", "user"}},
		{"keyAlone", "--key 1 needs --channel", []string{"--key", "1"}},
		{"disconnectChannel", "--disconnect ends connections, and --channel names none", []string{"--disconnect", "--channel", "chat:1"}},
		{"noValue", "--user needs a value", []string{"--user"}},
		{"emptyValue", "--sub needs a value", []string{"--sub="}},
		{"issuerAlone", "--issuer https://id.example needs --sub", []string{"--user", "a", "--issuer", "https://id.example"}},
		{"noConnectionID", `the connection id "file:///etc/passwd" is not valid: copy it from the page`, []string{"--connection", "file:///etc/passwd"}},
		{"localStack", "use only one of --local and --stack", []string{"--local", "--stack", "dev"}},
		{"reasonOfMessage", `--reason "x" needs --disconnect: add it, or send a message file`, []string{"--reason", "x"}},
		{"disconnectAll", "--disconnect needs one of --connection, --user, --sub and --all", []string{"--disconnect"}},
		{"disconnectFile", "--disconnect sends no file (x.json)", []string{"--disconnect", "--all", "x.json"}},
		{"longReason", "the reason has 1002 bytes: shorten it to 1000", []string{"--disconnect", "--all", "--reason", strings.Repeat("é", 501)}},
	} {
		t.Run(test.name, func(t *testing.T) { s.run(t, "", "send.sh", test.args...).check(t, 2, "", test.want) })
	}
	s.asked(t)
}
