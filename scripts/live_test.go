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
	missing              string // the alarm that does not exist
	refuse               string // the error of the next move
	lose                 bool   // the answer of the next move, which AWS then repeats
}

const (
	noAlias = "sallyport-dev-function-1a2b3c4"
	alarmA  = "sallyport-dev-errors-1"
	alarmB  = "sallyport-dev-slow-2"
)

// newLive returns a stage with a function whose version 6 is released and whose newest version is
// 7. Its command sleep returns at once, and its AWS CLI is a stub. aws is the folder of a real
// AWS CLI; "": the stub.
func newLive(t *testing.T, aws string) (stage, *live) {
	t.Helper()
	s := newStage(t, aws)
	s.write(t, "outputs.json", fmt.Sprintf(`{"region": "eu-west-1", "functionName": "%s:live", "alarmNames": [%q, %q]}`, noAlias, alarmA, alarmB))
	s.write(t, "sleep", "#!/bin/sh\n")
	l := &live{Version: "6", newest: 7, alarms: func(int) (string, string) { return "", "" }}
	s.answer = l.answer
	if aws == "" {
		s.stub(t, func(c call) (string, int) {
			s.mu.Lock() // an interrupted stub can leave a request
			defer s.mu.Unlock()
			return l.cli(c)
		})
	}
	return s, l
}

// cli answers as the AWS CLI does. It returns the output or the error, and the exit code.
func (l *live) cli(c call) (string, int) {
	var a reply
	switch c.operation() {
	case "lambda get-alias":
		a.body = l.text()
	case "lambda list-versions-by-function":
		a.body = "$LATEST"
		for v := 1; v <= l.newest; v++ {
			a.body += fmt.Sprintf("\n%d", v)
		}
	case "cloudwatch describe-alarms":
		a = l.states(func(name, state string) string { return state + "\t" + name + "\n" })
	case "lambda update-alias":
		weights := map[string]float64{}
		if v, w, found := strings.Cut(strings.Trim(strings.TrimPrefix(c.flags["--routing-config"], "AdditionalVersionWeights="), "{}"), "="); found {
			weights[v], _ = strconv.ParseFloat(w, 64) // of the script
		}
		if a = l.move(c.flags["--revision-id"], c.flags["--function-version"], c.flags["--description"], weights); a.error == "" {
			a.body = strconv.Itoa(l.revision)
		}
	default:
		a.error = "Unexpected"
	}
	if a.error != "" {
		return c.failed(a.error, "x")
	}
	return strings.TrimSuffix(a.body, "\n"), 0
}

// answer answers the real AWS CLI.
func (l *live) answer(r *http.Request, body []byte) reply {
	switch path := strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"+noAlias); {
	case strings.Contains(r.Host, "monitoring"):
		return l.look(r)
	case path == "/versions":
		return reply{body: l.versions()}
	case path == "/aliases/live" && r.Method == http.MethodGet:
		return reply{body: l.text()}
	case path == "/aliases/live":
		var in struct {
			FunctionVersion, RevisionId, Description string // as AWS names them
			RoutingConfig                            struct{ AdditionalVersionWeights map[string]float64 }
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return reply{status: http.StatusBadRequest, error: "InvalidRequestContentException", body: err.Error()}
		}
		return l.move(in.RevisionId, in.FunctionVersion, in.Description, in.RoutingConfig.AdditionalVersionWeights)
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

// move changes the alias. An answer that is lost is that of the repetition.
func (l *live) move(revision, version, description string, weights map[string]float64) reply {
	if l.refuse != "" {
		code := l.refuse
		l.refuse = ""
		return reply{status: http.StatusForbidden, error: code, body: `{"message":"refused"}`}
	}
	stale := reply{status: http.StatusPreconditionFailed, error: "PreconditionFailedException", body: `{"message":"The RevisionId is not the latest"}`}
	if revision != strconv.Itoa(l.revision) {
		return stale
	}
	l.Version, l.Weights, l.Description = version, weights, description
	l.revision++
	l.moves = append(l.moves, fmt.Sprintf("%s %v%v", l.Version, slices.Sorted(maps.Keys(l.Weights)), slices.Collect(maps.Values(l.Weights))))
	if l.lose {
		l.lose = false
		return stale
	}
	return reply{body: l.text()}
}

// states returns the states of the alarms, each in a form.
func (l *live) states(form func(name, state string) string) reply {
	l.looks++
	on, failure := l.alarms(l.looks)
	if failure != "" {
		return reply{status: http.StatusBadRequest, error: failure, body: `<ErrorResponse><Error><Code>` + failure + `</Code><Message>x</Message></Error></ErrorResponse>`}
	}
	var b strings.Builder
	for _, name := range []string{alarmA, alarmB} {
		if name != l.missing {
			b.WriteString(form(name, map[bool]string{true: "ALARM", false: "INSUFFICIENT_DATA"}[name == on]))
		}
	}
	return reply{body: b.String()}
}

// look answers with the alarms. Version 1 of the AWS CLI asks in JSON, Debian's version 2 in the
// query protocol, whose answers are XML.
func (l *live) look(r *http.Request) reply {
	inJSON := strings.Contains(r.Header.Get("Content-Type"), "json")
	a := l.states(func(name, state string) string {
		if inJSON {
			return `{"AlarmName":"` + name + `","StateValue":"` + state + `"},`
		}
		return `<member><AlarmName>` + name + `</AlarmName><StateValue>` + state + `</StateValue></member>`
	})
	switch {
	case a.error != "":
	case inJSON:
		a.body = `{"MetricAlarms":[` + strings.TrimSuffix(a.body, ",") + `]}`
	default:
		a.body = `<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms>` + a.body + `</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>`
	}
	return a
}

// moved compares the moves of the alias since the last check.
func (l *live) moved(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.moves, want) {
		t.Errorf("got the moves %q, want %q", l.moves, want)
	}
	l.moves = nil
}
