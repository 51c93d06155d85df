package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sallyport/test/support"
)

// The versions of the AWS CLI print results and errors in different forms.
func TestGoodAccount(t *testing.T) {
	for version, aws := range support.AWSCLIs(t) {
		t.Run(version, func(t *testing.T) { testGoodAccount(t, newMachineWith(t, aws)) })
	}
}

func testGoodAccount(t *testing.T, m machine) {
	t.Helper()
	m.write(t, "config", `{"aws:region":{"value":"eu-west-1"},"sallyport:siteDomain":{"value":"chat.example.com"},
		"sallyport:siteCertificate":{"value":"arn:aws:acm:us-east-1:111122223333:certificate/11112222-3333-4444-5555-666677778888"},
		"sallyport:alarmEmail":{"value":"ops@example.com"},"sallyport:monthlyBudget":{"value":"20"}}`)
	out, code := m.run(t)
	if code != ready || strings.Contains(out, "unknown  ") || !strings.Contains(out, "\nready for pulumi up: ") {
		t.Errorf("got exit code %d and\n%s\nwant only ok", code, out)
	}
	wantLines(t, out, [2]string{"ok credentials", "account 111122223333, arn:aws:sts::111122223333:assumed-role/Deployer/ann"},
		[2]string{"ok certificate of siteDomain", "until 2099-12-31"}, [2]string{"ok budgets", ""},
		[2]string{"ok permissions of the deployer", "arn:aws:iam::111122223333:role/teams/Deployer has them"})
}

const allSettings = `{"aws:region":{"value":"eu-west-1"},"sallyport:alarmEmail":{"value":"ops@example.com"},"sallyport:monthlyBudget":{"value":"20"},
	"sallyport:accessLogs":{"value":"true"},"sallyport:apiDomain":{"value":"socket.example.com"},"sallyport:siteDomain":{"value":"chat.example.com"},
	"sallyport:reservedConcurrency":{"value":"50"},"sallyport:throttleRate":{"value":"3000"},
	"sallyport:apiCertificate":{"value":"arn:aws:acm:us-west-2:111122223333:certificate/11112222-3333-4444-5555-666677778888"},
	"sallyport:siteCertificate":{"value":"arn:aws:acm:us-east-1:111122223333:certificate/11112222-3333-4444-5555-666677778888"},
	"sallyport:issuer":{"value":"https://id.example.com/"},"sallyport:clientId":{"value":"console"}}`

// A new account has low limits and no distribution. The certificates are not usable, and a
// permission is missing.
func TestBadAccount(t *testing.T) {
	m := newMachine(t)
	m.write(t, "config", allSettings)
	m.write(t, "version", "v3.100.0\n")
	m.answers["GetAccountSettings"] = answer{body: `{"AccountLimit":{"ConcurrentExecutions":10,"UnreservedConcurrentExecutions":10}}`}
	m.answers["GetAccount"] = answer{body: `{"cloudwatchRoleArn":"arn:aws:iam::111122223333:role/other","throttleSettings":{"burstLimit":1250,"rateLimit":2500.0}}`}
	m.answers["ListDistributions"] = distributions(0)
	m.answers["DescribeCertificate"] = certificateAnswer("PENDING_VALIDATION", "chat.example.com", "RSA-2048")
	m.answers["GetRole sallyport-gateway-logs"] = m.answers["GetRole"]
	m.answers["DescribeBudget"] = answer{status: 400, code: "AccessDeniedException", message: "User is not authorized to perform: budgets:ViewBudget"}
	m.denied = "iam:CreateRole"
	m.caa = []caaRecord{{tag: "issue", value: "letsencrypt.org"}}
	out, code := m.run(t)
	if code != mustChange {
		t.Errorf("got exit code %d, want %d", code, mustChange)
	}
	wantLines(t, out, [2]string{"change Pulumi CLI", "3.100.0; want 3.146.0 or later"},
		[2]string{"change settings", "setting apiCertificate is"},
		[2]string{"change Lambda concurrency", "want at least 150: reservedConcurrency 50, and 100 that AWS keeps unreserved"},
		[2]string{"change API Gateway limits", "want at least throttleRate 3000"},
		[2]string{"unknown CloudFront", "Your account must be verified"},
		[2]string{"change role for access logs", "want a role that apigateway.amazonaws.com can assume"},
		[2]string{"unknown budgets", "budgets:ViewBudget (docs/preflight-policy.json)"},
		[2]string{"change certificate of apiDomain", "it is in us-west-2; want a certificate in eu-west-1"},
		[2]string{"ok API Gateway's own role", "API Gateway creates it"},
		[2]string{"change certificate of siteDomain", "PENDING_VALIDATION"},
		[2]string{"change permissions of the deployer", "may not iam:CreateRole"},
		[2]string{"warning CAA records of apiDomain", "permit only letsencrypt.org"}, [2]string{"warning CAA records of siteDomain", "permit only letsencrypt.org"},
		[2]string{"change issuer", "https://id.example.com/"})
}

// Without a permission, each check of the account is unknown and names the permission.
func TestDenied(t *testing.T) {
	m := newMachine(t)
	for operation := range m.answers {
		if operation != "GetCallerIdentity" {
			m.answers[operation] = answer{status: 403, code: "AccessDenied", message: "User: arn:aws:iam::111122223333:user/ann is not authorized to perform this"}
		}
	}
	m.answers["GetAccount"] = answer{status: 429, code: "TooManyRequestsException", message: "Too Many Requests"}
	out, code := m.run(t, "-json")
	var got struct {
		Stack  string
		Ready  bool
		Checks []result
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != ready || !got.Ready || got.Stack != "dev" {
		t.Fatalf("got %v, exit code %d, %s", err, code, out)
	}
	for check, want := range map[string]string{
		"Lambda concurrency": "lambda:GetAccountSettings", "CloudFront": "cloudfront:ListDistributions", "API Gateway limits": "run the preflight again",
		"Cognito": "cognito-idp:DescribeUserPoolDomain", "permissions of the deployer": "iam:GetRole",
	} {
		found := false
		for _, r := range got.Checks {
			found = found || r.Check == check && r.Status == statusUnknown && strings.Contains(r.Remedy, want)
		}
		if !found {
			t.Errorf("got %s\nwant the check %s to be unknown, with %q", out, check, want)
		}
	}
}

// With credentials that do not work, one call is made, and the checks of the account are unknown.
func TestCredentials(t *testing.T) {
	const identity = "GetCallerIdentity"
	for name, test := range map[string]struct {
		prepare func(machine)
		want    string
		remedy  string
	}{
		"none": {func(m machine) { delete(m.environ, "AWS_ACCESS_KEY_ID"); delete(m.environ, "AWS_SECRET_ACCESS_KEY") }, "Unable to locate credentials", "sign in (aws sso login"},
		"expired": {func(m machine) {
			m.answers[identity] = answer{status: 403, code: "ExpiredToken", message: "The security token included in the request is expired"}
		}, "ExpiredToken", "sign in (aws sso login"},
		"of another account": {func(m machine) {
			m.write(t, "outputs", `{"region":"eu-west-1","queueUrl":"https://sqs.eu-west-1.amazonaws.com/444455556666/a.fifo"}`)
		}, "the account of the deployment, 444455556666", "AWS_PROFILE"},
		"rejected": {func(m machine) {
			m.answers[identity] = answer{status: 403, code: "InvalidClientTokenId", message: "The security token included in the request is invalid."}
		}, "InvalidClientTokenId", "sign in (aws sso login"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			test.prepare(m)
			out, code := m.run(t)
			if calls := m.seen(); code != mustChange || len(calls) > 2 {
				t.Errorf("got exit code %d and the calls %v, want %d and no call for the account", code, calls, mustChange)
			}
			wantLines(t, out, [2]string{"change credentials", test.want}, [2]string{"change credentials", test.remedy},
				[2]string{"unknown Lambda concurrency", "not checked"})
		})
	}
}

// Without the setting aws:region, a deployed stack stays in its region.
func TestRegionOfDeployment(t *testing.T) {
	m := newMachine(t)
	m.write(t, "config", "{}")
	m.write(t, "outputs", `{"region":"eu-west-1"}`)
	out, _ := m.run(t)
	wantLines(t, out, [2]string{"change region", "region: none is set, but the stack is deployed in eu-west-1"})
}

// A deployer who is limited to the names of the stack has all permissions of the defaults.
func TestLimitedDeployer(t *testing.T) {
	m := newMachine(t)
	m.onlyNames = "sallyport-dev-"
	out, _ := m.run(t)
	wantLines(t, out, [2]string{"ok permissions of the deployer", "has them"})
	out, _ = m.run(t, "-stack", "prod")
	wantLines(t, out, [2]string{"change permissions of the deployer", "s3:CreateBucket"}, [2]string{"change permissions of the deployer", "for the names of the stack prod"})
}

// Without the Pulumi CLI, the credentials and the limits of the account are checked with the
// settings of the AWS CLI.
func TestNoPulumi(t *testing.T) {
	m := newMachine(t)
	if err := os.Remove(m.stubs + "/pulumi"); err != nil {
		t.Fatal(err)
	}
	folder := m.environ["HOME"] + "/.aws"
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config":      "[profile work]\nregion = eu-west-1\n",
		"credentials": "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
	} {
		if err := os.WriteFile(folder+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	delete(m.environ, "AWS_ACCESS_KEY_ID")
	delete(m.environ, "AWS_SECRET_ACCESS_KEY")
	m.environ["AWS_PROFILE"] = "work"
	out, code := m.run(t)
	wantLines(t, out, [2]string{"change Pulumi CLI", "not installed"}, [2]string{"ok region", "eu-west-1, from the AWS CLI (config-file)"},
		[2]string{"ok credentials", "Deployer/ann, from the profile work, shared-credentials-file, accepted in eu-west-1"},
		[2]string{"ok Lambda concurrency", ""}, [2]string{"unknown permissions of the deployer", "the name of the stack is not known"})
	if code != mustChange {
		t.Errorf("got exit code %d, want %d", code, mustChange)
	}
}

// Without a region, the credentials are checked in us-east-1.
func TestNoRegion(t *testing.T) {
	m := newMachine(t)
	m.write(t, "config", "{}")
	out, _ := m.run(t)
	wantLines(t, out, [2]string{"change region", "no region"}, [2]string{"ok credentials", "from AWS_ACCESS_KEY_ID, accepted in us-east-1"},
		[2]string{"unknown Lambda concurrency", "the region is not known"})
}

func TestRegionNotEnabled(t *testing.T) {
	m := newMachine(t)
	m.write(t, "config", `{"aws:region":{"value":"me-central-1"}}`)
	m.answers["GetCallerIdentity sts.me-central-1.amazonaws.com"] = answer{status: 403, code: "InvalidClientTokenId", message: "The security token included in the request is invalid."}
	out, code := m.run(t)
	wantLines(t, out, [2]string{"change credentials", "the region me-central-1 does not know the credentials"})
	if code != mustChange {
		t.Errorf("got exit code %d, want %d", code, mustChange)
	}
}

// Without a network, the checks of AWS are unknown, and the summary does not say that the account
// is ready.
func TestNoNetwork(t *testing.T) {
	m := newMachine(t)
	m.environ["HTTPS_PROXY"] = "http://127.0.0.1:1"
	out, code := m.run(t)
	wantLines(t, out, [2]string{"unknown credentials", "check the network"})
	if code != couldNotRun || !strings.Contains(out, "\ncould not check the account: ") {
		t.Errorf("got exit code %d and\n%s\nwant %d", code, out, couldNotRun)
	}
}
