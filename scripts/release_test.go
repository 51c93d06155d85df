package scripts_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// A release gives the version a share, watches the alarms, and then gives it all events. Both
// CLIs do it.
func TestRelease(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s, l := newLive(t, aws)
			s.run(t, "", "release.sh", "--stack=dev", "--minutes", "1").check(t, 0, "version 7 gets 10 % of the events for 1 minutes, version 6 the others\n"+
				"minute 1 of 1: no alarm\nversion 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
			l.moved(t, "6 [7][0.1]", "7 [][]")
			if l.looks != 3 { // one before, and two in a minute
				t.Errorf("got %d looks at the alarms, want 3", l.looks)
			}
			l.alarms = func(int) (string, string) { return alarmB, "" }
			s.run(t, "", "release.sh", "6").check(t, 1, "", "the alarm "+alarmB+" is on already: correct its cause first, or use --now if version 6 is the correction")
		})
	}
}

// The other commands.
func TestReleaseAndBack(t *testing.T) {
	s, l := newLive(t, "")
	s.run(t, "", "release.sh", "--minutes=2", "--percent=7").check(t, 0, "version 7 gets 7 % of the events for 2 minutes, version 6 the others\n"+
		"minute 1 of 2: no alarm\nminute 2 of 2: no alarm\nversion 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
	l.moved(t, "6 [7][0.07]", "7 [][]")
	if l.looks != 5 {
		t.Errorf("got %d looks at the alarms, want 5", l.looks)
	}
	s.run(t, "", "release.sh").check(t, 0, "version 7 is released already: pulumi up publishes a new one when the function or its settings have changed\n", "")
	s.run(t, "", "release.sh", "--status").
		check(t, 0, "version 7 gets all events; before it, version 6 was released\nthe newest version is 7\nalarms that are on: none\n", "")
	s.run(t, "", "release.sh", "--back").check(t, 0, "version 6 gets all events; before it, version 7 was released\n", "")
	l.moved(t, "6 [][]")
}

// An alarm that goes off gives all events back at once.
func TestReleaseWithAlarm(t *testing.T) {
	s, l := newLive(t, "")
	l.alarms = func(look int) (string, string) {
		if look > 3 {
			return alarmA, ""
		}
		return "", ""
	}
	s.run(t, "", "release.sh", "--percent=50").check(t, 1, "version 7 gets 50 % of the events for 10 minutes, version 6 the others\nminute 1 of 10: no alarm\n",
		"release.sh: the alarm "+alarmA+" is on: all events go to version 6 again\n")
	l.moved(t, "6 [7][0.5]", "6 [][]")
	s.run(t, "", "release.sh").check(t, 1, "", "the alarm "+alarmA+" is on already: correct its cause first, or use --now if version 7 is the correction")
	s.run(t, "", "release.sh", "--status").check(t, 0, "version 6 gets all events\nthe newest version is 7\nalarms that are on: "+alarmA+"\n", "")
	l.moved(t)
	s.run(t, "", "release.sh", "--now", "7").check(t, 0, "version 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
	l.moved(t, "7 [][]")
}

// After an interruption, all events go to the old version.
func TestReleaseIsInterrupted(t *testing.T) {
	for _, signal := range []string{"INT", "TERM"} {
		t.Run(signal, func(t *testing.T) {
			s, l := newLive(t, "")
			s.write(t, "sleep", "#!/bin/sh\nkill -"+signal+" $PPID\n")
			s.run(t, "", "release.sh").check(t, 130, "version 7 gets 10 % of the events for 10 minutes, version 6 the others\n",
				"the release was interrupted: all events go to version 6 again")
			l.moved(t, "6 [7][0.1]", "6 [][]")
		})
	}
}

// An interruption can end the AWS CLI after AWS has made the change, and before its answer.
func TestReleaseIsInterruptedInACall(t *testing.T) {
	s, l := newLive(t, "")
	s.write(t, "aws", strings.Replace(s.read(t, "aws"), "code=", `[[ "$*" != *update-alias* || -e ${0%/*}/interrupted ]] || { : >"${0%/*}/interrupted"; kill -INT "$PPID"; exit 130; }
code=`, 1))
	s.run(t, "", "release.sh").check(t, 130, "", "the release was interrupted: all events go to version 6 again")
	l.moved(t, "6 [7][0.1]", "6 [][]")
}

// The AWS CLI repeats a call whose answer is lost, and AWS then refuses the old revision.
func TestReleaseWithLostAnswers(t *testing.T) {
	s, l := newLive(t, "")
	l.lose = true
	l.alarms = func(look int) (string, string) {
		l.lose = look == 3 // of the last step
		return "", ""
	}
	s.run(t, "", "release.sh", "--minutes=1").check(t, 0, "version 7 gets 10 % of the events for 1 minutes, version 6 the others\n"+
		"minute 1 of 1: no alarm\nversion 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
	l.moved(t, "6 [7][0.1]", "7 [][]")
	l.lose = true
	s.run(t, "", "release.sh", "--back").check(t, 0, "version 6 gets all events; before it, version 7 was released\n", "")
	l.moved(t, "6 [][]")

	// Also the first attempt to give the events back fails.
	l.alarms = func(look int) (string, string) {
		if look > 4 {
			l.refuse = map[bool]string{true: "ServiceException"}[len(l.moves) == 1]
			return alarmA, ""
		}
		return "", ""
	}
	s.run(t, "", "release.sh").check(t, 1, "version 7 gets 10 % of the events for 10 minutes, version 6 the others\n", "the alarm "+alarmA+" is on: all events go to version 6 again")
	l.moved(t, "6 [7][0.1]", "6 [][]")
}

// An alarm that does not exist watches nothing.
func TestReleaseWithoutAnAlarm(t *testing.T) {
	s, l := newLive(t, "")
	l.missing = alarmB
	s.run(t, "", "release.sh").check(t, 1, "", "cannot read the alarms: the alarm "+alarmB+" does not exist: run pulumi up")
	s.run(t, "", "release.sh", "--status").check(t, 1, "version 6 gets all events\nthe newest version is 7\n", "the alarm "+alarmB+" does not exist")
	l.moved(t)
	l.missing = ""
	l.alarms = func(look int) (string, string) {
		if look > 3 {
			l.missing = alarmA
		}
		return "", ""
	}
	s.run(t, "", "release.sh").check(t, 1, "version 7 gets 10 % of the events for 10 minutes, version 6 the others\nminute 1 of 10: AWS did not give the state of the alarms\n",
		"(the alarm "+alarmA+" does not exist: run pulumi up): all events go to version 6 again")
	l.moved(t, "6 [7][0.1]", "6 [][]")
}

// The script also gives the events back if nobody can read its output any more.
func TestReleaseWithoutAReader(t *testing.T) {
	for name, output := range map[string]string{"pipe": `| head -n 1`, "disk": `>/dev/full`} {
		t.Run(name, func(t *testing.T) {
			s, l := newLive(t, "")
			path, err := filepath.Abs("release.sh")
			if err != nil {
				t.Fatal(err)
			}
			s.write(t, "unread.sh", "#!/bin/bash\nset -o pipefail\n"+path+" "+output+"\n")
			r := s.run(t, "", filepath.Join(s.stubs, "unread.sh"))
			if r.code == 0 || !strings.Contains(r.stderr, ": all events go to version 6 again") {
				t.Errorf("got %+v, want a release that failed", r)
			}
			l.moved(t, "6 [7][0.1]", "6 [][]")
		})
	}
}

// If somebody else changes the alias during a release, the script leaves it as it is.
func TestReleaseAndAnotherChange(t *testing.T) {
	for name, alarm := range map[string]string{"end": "", "alarm": alarmA} {
		t.Run(name, func(t *testing.T) {
			s, l := newLive(t, "")
			l.alarms = func(look int) (string, string) {
				if look == 2 {
					l.revision, l.Version, l.Weights = 100, "5", nil
				}
				if look > 2 {
					return alarm, ""
				}
				return "", ""
			}
			s.run(t, "", "release.sh", "--minutes=1").check(t, 1, "version 7 gets 10 % of the events for 1 minutes, version 6 the others\n"+map[string]string{"end": "minute 1 of 1: no alarm\n"}[name],
				"another caller changed the alias in the meantime, so this script leaves it as it is")
			l.moved(t, "6 [7][0.1]")
			if l.Version != "5" {
				t.Errorf("got version %s, want 5", l.Version)
			}
		})
	}
}

// A failure of AWS leaves a state that the error describes.
func TestReleaseWithFailures(t *testing.T) {
	s, l := newLive(t, "")
	l.refuse = "AccessDeniedException"
	s.run(t, "", "release.sh").check(t, 1, "", "cannot begin the release of version 7. Version 6 still gets all events.: the AWS credentials lack a permission")
	l.moved(t)

	l.looks = 0
	l.alarms = func(look int) (string, string) { // a failure is tolerated, but not at the end
		if look == 2 {
			return "", "Throttling"
		}
		return "", ""
	}
	s.run(t, "", "release.sh", "--minutes=1").check(t, 0, "version 7 gets 10 % of the events for 1 minutes, version 6 the others\n"+
		"minute 1 of 1: no alarm\nversion 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
	l.moved(t, "6 [7][0.1]", "7 [][]")

	l.newest, l.looks = 8, 0
	l.alarms = func(look int) (string, string) {
		if look > 1 {
			return "", "AccessDenied"
		}
		return "", ""
	}
	s.run(t, "", "release.sh").check(t, 1, "version 8 gets 10 % of the events for 10 minutes, version 7 the others\nminute 1 of 10: AWS did not give the state of the alarms\n",
		"AWS did not give the state of the alarms three times in a row (AccessDenied: x): all events go to version 7 again")
	l.moved(t, "7 [8][0.1]", "7 [][]")

	l.alarms = func(look int) (string, string) {
		if look > 1 {
			l.refuse = "AccessDeniedException"
		}
		return "", ""
	}
	l.looks = 0
	s.run(t, "", "release.sh", "--minutes=1").check(t, 1, "version 8 gets 10 % of the events for 1 minutes, version 7 the others\nminute 1 of 1: no alarm\n",
		"cannot release version 8. It still gets 10 % of the events: run scripts/release.sh --back.: the AWS credentials lack a permission")
	l.moved(t, "7 [8][0.1]")
	s.run(t, "", "release.sh").check(t, 1, "", "a release is in progress: version 8 gets a share of the events")
	s.run(t, "", "release.sh", "--status").check(t, 0, "version 7 gets 90 % of the events, version 8 gets 10 %\nthe newest version is 8\nalarms that are on: none\n", "")
	l.refuse = ""
	s.run(t, "", "release.sh", "--back").check(t, 0, "version 7 gets all events again; version 8 gets none\n", "")
	l.moved(t, "7 [][]")
}

// The first version has nothing before it.
func TestReleaseOfTheFirstVersion(t *testing.T) {
	s, l := newLive(t, "")
	l.Version, l.newest = "1", 1
	s.run(t, "", "release.sh").check(t, 0, "version 1 is released already: pulumi up publishes a new one when the function or its settings have changed\n", "")
	s.run(t, "", "release.sh", "--back").check(t, 1, "", "the version that was released before version 1 is not known: name it (scripts/release.sh --now VERSION)")
	s.run(t, "", "release.sh", "9").check(t, 1, "", "the function has no version 9: the newest one is 1")
	l.moved(t)
}

func TestReleaseRefuses(t *testing.T) {
	s, l := newLive(t, "")
	for _, test := range []struct {
		want string
		args []string
	}{
		{"--percent 100: want a number from 1 to 99", []string{"--percent=100"}},
		{"--minutes 0: want a number from 1 to 999", []string{"--minutes", "0"}},
		{`the version "x" is not a number`, []string{"x"}},
		{"give one VERSION", []string{"1", "2"}},
		{"VERSION is empty", []string{"--now", ""}},
		{"--back takes no VERSION", []string{"--back", "3"}},
		{"use only one of --now, --back and --status", []string{"--now", "--back"}},
		{"the local run has one version of the function", []string{"--local"}},
		{"unknown option --fast", []string{"--fast"}},
		{"--stack needs a value", []string{"--stack"}},
	} {
		s.run(t, "", "release.sh", test.args...).check(t, 2, "", test.want)
	}
	s.write(t, "outputs.json", `{"region": "eu-west-1", "functionName": "`+noAlias+`:live", "alarmNames": []}`)
	s.run(t, "", "release.sh").check(t, 1, "", "the stack has no alarms to watch: set alarmEmail and run pulumi up, or use --now")
	s.run(t, "", "release.sh", "--status").check(t, 0, "version 6 gets all events\nthe newest version is 7\nthe stack has no alarms\n", "")
	s.deploy(t, nil)
	s.run(t, "", "release.sh").check(t, 1, "", "the function has no alias: turn it on (pulumi config set releaseByAlias true), and run pulumi up")
	l.moved(t)
	help := s.run(t, "", "release.sh", "-h")
	if help.code != 0 || !strings.Contains(help.stdout, "--percent N") {
		t.Errorf("got %+v, want the help", help)
	}
}
