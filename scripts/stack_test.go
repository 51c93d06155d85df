package scripts_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A failure of Pulumi becomes a sentence with a remedy.
func TestPulumiErrors(t *testing.T) {
	s := oneCLI(t)
	for _, test := range []struct{ name, error, want string }{
		{
			"noStack", "error: no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one",
			"no Pulumi stack is selected: select one (pulumi stack select) or name one with --stack, or use --local",
		},
		{"unknownStack", "error: no stack named 'prod' found", "the stack does not exist (no stack named 'prod' found): pulumi stack ls lists the stacks"},
		{
			"notLoggedIn", "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
			"Pulumi is not logged in: run pulumi login",
		},
		{
			"passphrase", "error: getting secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
			"Pulumi needs the passphrase of the stack: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
		},
		{"other", "error: disk full", "cannot read the outputs of the stack: disk full\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.write(t, "error", test.error+"\n")
			s.run(t, "", "send.sh", "--all").check(t, 1, "", "send.sh: "+test.want)
		})
	}
	s.write(t, "error", "")
	s.write(t, "outputs.json", "{}") // of a stack that was never deployed
	s.run(t, "", "send.sh").check(t, 1, "", "the stack is not deployed: run pulumi up first")
	s.asked(t)
}

// The error names the command that is not installed, and how to get it.
func TestMissingCommands(t *testing.T) {
	for _, test := range []struct {
		missing, want string
		command       []string
	}{
		{"aws", "the command aws is not installed: see https://docs.aws.amazon.com/cli/", []string{"send.sh"}},
		{"pulumi", "the command pulumi is not installed: see https://www.pulumi.com/docs/install/", []string{"user.sh", "alice"}},
		{"node", "the command node is not installed: see https://nodejs.org", []string{"send.sh"}},
		{"curl", "the command curl is not installed: see https://curl.se/download.html", []string{"token.sh", "--local", "alice"}},
	} {
		t.Run(test.missing, func(t *testing.T) {
			s := oneCLI(t)
			s.environ["PATH"] = t.TempDir()
			for _, name := range []string{"bash", "basename", "dirname", "sed", "mktemp", "rm", "cp", "cat", "aws", "pulumi", "node", "curl"} {
				path, err := exec.LookPath(name)
				if name == "pulumi" {
					path, err = filepath.Join(s.stubs, name), nil
				}
				if name == test.missing {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(s.environ["PATH"], name)); err != nil {
					t.Fatal(err)
				}
			}
			s.run(t, "", test.command[0], test.command[1:]...).check(t, 1, "", test.want)
		})
	}
}

// The local run is on loopback, which a proxy cannot reach, and has its own keys.
func TestLocal(t *testing.T) {
	s := oneCLI(t)
	var mu sync.Mutex
	var asked []string
	tickets := []string{`{"type":"ticket","data":{"ticket":"abc"}}`, `{"code":"token_expired"}`}
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.URL.Path+" "+regexp.MustCompile(`Credential=\w+`).FindString(r.Header.Get("Authorization")))
		switch {
		case strings.HasSuffix(r.URL.Path, "/invocations"):
			_, _ = w.Write([]byte(one))
		case r.URL.Path == "/token-for-user":
			_, _ = w.Write([]byte(`{"access_token":"eyJ.a.b","scope":"openid"}`))
		case r.URL.Path == "/tickets":
			_, _ = w.Write([]byte(tickets[0]))
			tickets = tickets[1:]
		}
	}))
	t.Cleanup(local.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"outputs.json": strings.ReplaceAll(`{"region": "eu-west-1", "functionName": "f", "connectionsUrl": "URL/live", "httpUrl": "URL", "issuer": "URL"}`, "URL", local.URL),
		"credentials":  "[default]\naws_access_key_id = AKIALOCAL\naws_secret_access_key = x\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.environ["SALLYPORT_OUTPUTS"] = filepath.Join(dir, "outputs.json")
	for _, name := range []string{"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		s.environ[name] = s.proxy
	}
	s.environ["no_proxy"], s.environ["AWS_PROFILE"], s.environ["AWS_ROLE_ARN"] = "internal.example", "work", "arn:aws:iam::1:role/work"
	s.run(t, "", "send.sh", "--local", "--user", "ann", file(t, "1")).check(t, 0, "message.json to user ann: sent 1, gone 0, failed 0\n", "")
	s.run(t, "", "send.sh", "--local", "--connection", connection, file(t, "1")).check(t, 0, "message.json to connection "+connection+": sent 1\n", "")
	s.run(t, "", "token.sh", "--local", "--", `-a"b`).check(t, 0, "eyJ.a.b\n", "")
	s.run(t, "", "token.sh", "--local", "--ticket", "ann").check(t, 0, "abc\n", "")
	s.run(t, "", "token.sh", "--local", "--ticket", "ann").check(t, 1, "", local.URL+`/tickets returned no ticket: {"code":"token_expired"}`)
	mu.Lock()
	got := strings.Join(asked, "\n")
	mu.Unlock()
	want := "POST /2015-03-31/functions/f/invocations Credential=AKIALOCAL\nPOST /live/@connections/" + connection + " Credential=AKIALOCAL\n" +
		"POST /token-for-user \nPOST /token-for-user \nPOST /tickets \nPOST /token-for-user \nPOST /tickets "
	if got != want {
		t.Errorf("got the requests\n%s\nwant\n%s", got, want)
	}
	local.Close()
	s.run(t, "", "send.sh", "--local", "--user", "ann", file(t, "1")).
		check(t, 1, "", "the service does not answer: check the network, and that make run still runs")
	s.run(t, "", "token.sh", "--local", "ann").check(t, 1, "", "the local sign-in at "+local.URL+" does not answer: does make run still run?")
	s.environ["SALLYPORT_OUTPUTS"] = filepath.Join(dir, "none.json")
	s.run(t, "", "send.sh", "--local").check(t, 1, "", "no local run found (the file "+dir+"/none.json does not exist): start it with make run")
	s.asked(t)
}

// A local run that is starting is not called missing. A run that was killed is.
func TestLocalRunStarts(t *testing.T) {
	s := oneCLI(t)
	ended := exec.CommandContext(t.Context(), "true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	const missing = "no local run found ("
	for name, test := range map[string]struct{ lock, want string }{
		"starting": {fmt.Sprintf(`{"pid":%d}`, os.Getpid()), fmt.Sprintf("the local run (process %d) is starting: try again when make run prints that Sallyport is ready", os.Getpid())},
		"serving":  {fmt.Sprintf(`{"pid":%d,"site":"http://127.0.0.1:8080"}`, os.Getpid()), fmt.Sprintf("the local run (process %d) is starting", os.Getpid())},
		"killed":   {fmt.Sprintf(`{"pid":%d}`, ended.Process.Pid), missing},
		"ended":    {"", missing},
		"broken":   {"x", missing},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "run.lock"), []byte(test.lock+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s.environ["SALLYPORT_OUTPUTS"] = filepath.Join(dir, "outputs.json")
			s.run(t, "", "send.sh", "--local").check(t, 1, "", test.want)
			s.run(t, "", "token.sh", "--local", "ann").check(t, 1, "", test.want)
		})
	}
	s.asked(t)
}

// The help names each option of a script.
func TestHelp(t *testing.T) {
	s := oneCLI(t)
	for _, script := range []string{"send.sh", "token.sh", "user.sh"} {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range []string{"-h", "--help"} {
			r := s.run(t, "", script, flag)
			r.check(t, 0, r.stdout, "")
			_, code, _ := strings.Cut(string(text), "\n  case $1 in\n")
			code, _, _ = strings.Cut(code, "\n  esac\n")
			for _, m := range regexp.MustCompile(`(?m)^    (-[^)=]*)\) `).FindAllStringSubmatch(code, -1) {
				for option := range strings.SplitSeq(m[1], " | ") {
					refused := script == "user.sh" && option == "--local" || option == "--" || option == "-*"
					if option = strings.TrimSuffix(option, "=*"); !refused && !strings.Contains(r.stdout, " "+option) {
						t.Errorf("%s %s does not name %s: %s", script, flag, option, r.stdout)
					}
				}
			}
		}
	}
}
