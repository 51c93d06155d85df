package scripts_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outputsOfPulumi is a stub of the Pulumi CLI: it prints one output of the stack.
const outputsOfPulumi = `#!/bin/sh
case "$*" in
"stack output tableName") echo sallyport-dev-connections-1a2b3c4 ;;
"stack output connectionsUrl") echo https://` + socketHost + `/live ;;
*) echo "the stub has no pulumi $*" >&2; exit 1 ;;
esac
`

// A code block of a page, also in a list.
var codeBlock = regexp.MustCompile("(?ms)^ *```\n(.*?)\n *```$")

// commandsOf returns the code blocks of a page of docs that contain part.
func commandsOf(t *testing.T, page, part string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[1], part) {
			found = append(found, m[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("docs/%s: got no commands with %q", page, part)
	}
	return strings.Join(found, "\n")
}

// The commands of docs/queries.md that show who is connected run with each AWS CLI.
func TestCommandsOfConnectedUsers(t *testing.T) {
	for version, aws := range eachCLI(t) {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, aws)
			var asked []string
			s.answer = func(r *http.Request, body []byte) reply {
				_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
				asked = append(asked, strings.TrimSpace(operation+" "+r.Host+r.URL.Path))
				if operation != "" && !strings.Contains(string(body), `"sallyport-dev-connections-1a2b3c4"`) {
					return reply{status: http.StatusBadRequest, error: "ResourceNotFoundException"}
				}
				return reply{body: `{"Items":[],"Count":0,"ScannedCount":0,"lastActiveAt":"2026-01-02T03:04:06Z"}`}
			}
			s.write(t, "pulumi", outputsOfPulumi)
			s.write(t, "page", "#!/usr/bin/env bash\nset -eu\nexport AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1\n"+commandsOf(t, "queries.md", "aws "))
			if got := s.run(t, "", s.stubs+"/page"); got.code != 0 || got.stderr != "" {
				t.Errorf("got %+v", got)
			}
			want := []string{
				"Scan dynamodb.eu-west-1.amazonaws.com/", "Query dynamodb.eu-west-1.amazonaws.com/", socketHost + "/live/@connections/ID",
			}
			if d := cmp.Diff(want, asked); d != "" {
				t.Errorf("requests: want -, got +:\n%s", d)
			}
		})
	}
}

// The commands of docs/queries.md for the log of the local run select the lines of a user that are
// refusals, failures or warnings.
func TestCommandsOfTheLocalLog(t *testing.T) {
	s := oneCLI(t)
	lines := []string{
		`function[1]: {"level":"warn","requestId":"1","route":"authorizer","user":"alice","code":"token_expired"}`,
		`function[1]: {"level":"info","requestId":"2","route":"$connect","user":"alice"}`,
		`function[1]: {"level":"error","requestId":"3","route":"authorizer","user":"bob","code":"internal"}`,
	}
	s.write(t, "make", "#!/bin/sh\ncat <<'END'\n"+strings.Join(lines, "\n")+"\nEND\n")
	s.write(t, "page", "#!/usr/bin/env bash\nset -eu\n"+commandsOf(t, "queries.md", "run.log"))
	s.run(t, "", s.stubs+"/page").check(t, 0, strings.Join(lines, "\n")+"\n"+lines[0]+"\n", "")
}
