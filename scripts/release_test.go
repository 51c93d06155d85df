package scripts_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// live is the alias of a function in the emulated Lambda, with the alarms of the stack.
type live struct {
	Version, Description string
	Weights              map[string]float64
	revision             int
	newest               int
	moves                []string // of the alias
	looks                int      // at the alarms
	alarms               func(look int) (on string, failure string)
	refuse               string // the error of the next move
}

const (
	noAlias = "sallyport-dev-function-1a2b3c4"
	alarmA  = "sallyport-dev-errors-1"
)

// newLive returns a stage with a function whose version 6 is released and whose newest version is
// 7. Its command sleep returns at once.
func newLive(t *testing.T, aws string) (stage, *live) {
	t.Helper()
	s := newStage(t, aws)
	s.deploy(t, map[string]string{"functionName": noAlias + ":live", "alarmNames": ""})
	s.write(t, "outputs.json", fmt.Sprintf(`{"region": "eu-west-1", "functionName": "%s:live", "alarmNames": [%q, "sallyport-dev-slow-2"]}`, noAlias, alarmA))
	s.write(t, "sleep", "#!/bin/sh\n")
	l := &live{Version: "6", newest: 7, alarms: func(int) (string, string) { return "", "" }}
	s.answer = l.answer
	return s, l
}

func (l *live) answer(r *http.Request, body []byte) reply {
	switch path := strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"+noAlias); {
	case strings.Contains(r.Host, "monitoring"):
		return l.look(r)
	case path == "/versions":
		return reply{body: l.versions()}
	case path == "/aliases/live" && r.Method == http.MethodGet:
		return reply{body: l.text()}
	case path == "/aliases/live":
		return l.move(body)
	}
	return reply{status: http.StatusNotFound, error: "ResourceNotFoundException", body: `{"message":"` + r.URL.Path + `"}`}
}

// text returns the alias as Lambda does (its API reference, "GetAlias").
func (l *live) text() string {
	routing := map[string]any(nil)
	if len(l.Weights) > 0 {
		routing = map[string]any{"AdditionalVersionWeights": l.Weights}
	}
	text, _ := json.Marshal(map[string]any{
		"AliasArn": "arn:aws:lambda:eu-west-1:111122223333:function:" + noAlias + ":live", "Name": "live", "FunctionVersion": l.Version,
		"Description": l.Description, "RoutingConfig": routing, "RevisionId": strconv.Itoa(l.revision),
	})
	return string(text)
}

func (l *live) versions() string {
	all := []string{`{"Version":"$LATEST"}`}
	for v := 1; v <= l.newest; v++ {
		all = append(all, fmt.Sprintf(`{"Version":"%d"}`, v))
	}
	return `{"Versions":[` + strings.Join(all, ",") + `]}`
}

func (l *live) move(body []byte) reply {
	var in struct {
		FunctionVersion, RevisionId, Description string // as AWS names them
		RoutingConfig                            struct{ AdditionalVersionWeights map[string]float64 }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return reply{status: http.StatusBadRequest, error: "InvalidRequestContentException", body: err.Error()}
	}
	if l.refuse != "" {
		code := l.refuse
		l.refuse = ""
		return reply{status: http.StatusForbidden, error: code, body: `{"message":"refused"}`}
	}
	if in.RevisionId != strconv.Itoa(l.revision) {
		return reply{status: http.StatusPreconditionFailed, error: "PreconditionFailedException", body: `{"message":"The RevisionId is not the latest"}`}
	}
	l.Version, l.Weights, l.Description = in.FunctionVersion, in.RoutingConfig.AdditionalVersionWeights, in.Description
	l.revision++
	l.moves = append(l.moves, fmt.Sprintf("%s %v%v", l.Version, slices.Sorted(maps.Keys(l.Weights)), slices.Collect(maps.Values(l.Weights))))
	return reply{body: l.text()}
}

// look answers with the alarms that are on. Version 1 of the AWS CLI asks in JSON, Debian's
// version 2 in the query protocol, whose answers are XML.
func (l *live) look(r *http.Request) reply {
	l.looks++
	on, failure := l.alarms(l.looks)
	if failure != "" {
		return reply{status: http.StatusBadRequest, error: failure, body: `<ErrorResponse><Error><Code>` + failure + `</Code><Message>x</Message></Error></ErrorResponse>`}
	}
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		if on != "" {
			on = `{"AlarmName":"` + on + `"}`
		}
		return reply{body: `{"MetricAlarms":[` + on + `]}`}
	}
	if on != "" {
		on = `<member><AlarmName>` + on + `</AlarmName></member>`
	}
	return reply{body: `<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms>` + on + `</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>`}
}

func (l *live) moved(t *testing.T, want ...string) {
	t.Helper()
	compareMoves(t, l.moves, want)
	l.moves = nil
}

func compareMoves(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got the moves %q, want %q", got, want)
	}
}

// A release gives the version a share, watches the alarms, and then gives it all events. Both
// CLIs do it.
func TestRelease(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s, l := newLive(t, aws)
			s.run(t, "", "release.sh", "--stack=dev", "--minutes", "2").check(t, 0, "version 7 gets 10 % of the events for 2 minutes, version 6 the others\n"+
				"minute 1 of 2: no alarm\nminute 2 of 2: no alarm\nversion 7 gets all events; scripts/release.sh --back returns to version 6\n", "")
			l.moved(t, "6 [7][0.1]", "7 [][]")
			if l.looks != 5 { // one before, and two in a minute
				t.Errorf("got %d looks at the alarms, want 5", l.looks)
			}
			s.run(t, "", "release.sh").check(t, 0, "version 7 is released already: pulumi up publishes a new one when the function or its settings have changed\n", "")
			s.run(t, "", "release.sh", "--status").
				check(t, 0, "version 7 gets all events; before it, version 6 was released\nthe newest version is 7\nalarms that are on: none\n", "")
			s.run(t, "", "release.sh", "--back").check(t, 0, "version 6 gets all events; before it, version 7 was released\n", "")
			l.moved(t, "6 [][]")
		})
	}
}

// An alarm that goes off gives all events back at once.
func TestReleaseWithAlarm(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s, l := newLive(t, aws)
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
		})
	}
}

// After an interruption, all events go to the old version.
func TestReleaseIsInterrupted(t *testing.T) {
	for _, signal := range []string{"INT", "TERM"} {
		t.Run(signal, func(t *testing.T) {
			s, l := newLive(t, oneCLI(t).aws)
			s.write(t, "sleep", "#!/bin/sh\nkill -"+signal+" $PPID\n")
			s.run(t, "", "release.sh").check(t, 130, "version 7 gets 10 % of the events for 10 minutes, version 6 the others\n",
				"the release was interrupted: all events go to version 6 again")
			l.moved(t, "6 [7][0.1]", "6 [][]")
		})
	}
}

// If somebody else changes the alias during a release, the script leaves it as it is.
func TestReleaseAndAnotherChange(t *testing.T) {
	for name, alarm := range map[string]string{"end": "", "alarm": alarmA} {
		t.Run(name, func(t *testing.T) {
			s, l := newLive(t, oneCLI(t).aws)
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
				"somebody else changed the alias in the meantime, so this script leaves it as it is")
			l.moved(t, "6 [7][0.1]")
			if l.Version != "5" {
				t.Errorf("got version %s, want 5", l.Version)
			}
		})
	}
}

// A failure of AWS leaves a state that the error describes.
func TestReleaseWithFailures(t *testing.T) {
	s, l := newLive(t, oneCLI(t).aws)
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
	s.run(t, "", "release.sh").check(t, 1, "", "a release is going on: version 8 gets a share of the events")
	s.run(t, "", "release.sh", "--status").check(t, 0, "version 7 gets 90 % of the events, version 8 gets 10 %\nthe newest version is 8\nalarms that are on: none\n", "")
	l.refuse = ""
	s.run(t, "", "release.sh", "--back").check(t, 0, "version 7 gets all events again; version 8 gets none\n", "")
	l.moved(t, "7 [][]")
}

// The first version has nothing before it.
func TestReleaseOfTheFirstVersion(t *testing.T) {
	s, l := newLive(t, oneCLI(t).aws)
	l.Version, l.newest = "1", 1
	s.run(t, "", "release.sh").check(t, 0, "version 1 is released already: pulumi up publishes a new one when the function or its settings have changed\n", "")
	s.run(t, "", "release.sh", "--back").check(t, 1, "", "no version is known that was released before version 1: name it (scripts/release.sh --now VERSION)")
	s.run(t, "", "release.sh", "9").check(t, 1, "", "the function has no version 9: the newest one is 1")
	l.moved(t)
}

func TestReleaseRefuses(t *testing.T) {
	s, l := newLive(t, oneCLI(t).aws)
	for _, test := range []struct {
		want string
		args []string
	}{
		{"--percent 100: want a number from 1 to 99", []string{"--percent=100"}},
		{"--minutes 0: want a number from 1 to 999", []string{"--minutes", "0"}},
		{`the version "x" is not a number`, []string{"x"}},
		{"give one VERSION", []string{"1", "2"}},
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
