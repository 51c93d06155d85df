package infra

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// withSettings returns the file of the stack one-domain-everything with more lines.
func withSettings(t *testing.T, lines string) string {
	t.Helper()
	file, err := os.ReadFile("testdata/Pulumi.one-domain-everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "Pulumi.one-domain-everything.yaml")
	if err := os.WriteFile(name, append(file, lines...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The firewall is in us-east-1, also in a stack of another region, and in the account of
// the stack.
func TestFirewallProvider(t *testing.T) {
	p := run(t, "one-domain-everything", withSettings(t, "  aws:profile: chat\n  aws:allowedAccountIds: ['111122223333']\n"))
	acl, provider := one(t, p, plan.TypeWebACL), one(t, p, plan.TypeProvider)
	if acl.Provider != provider.Name || provider.Text("region") != "us-east-1" || provider.Text("profile") != "chat" || fmt.Sprint(provider.Get("allowedAccountIds")) != "[111122223333]" {
		t.Errorf("got the provider %+v of the ACL's provider %q, want one for us-east-1 with the profile and the account", provider, acl.Provider)
	}
	if got := one(t, p, plan.TypeDistribution).Text("webAclId"); got == "" || got != acl.Text("arn") {
		t.Errorf("got web ACL %q of the distribution, want %s", got, acl.Text("arn"))
	}
	for key, value := range map[string]string{"assumeRole": "{roleArn: 'arn:aws:iam::999988887777:role/deploy'}", "accessKey": "AKIA"} {
		_, err := runStack(t, "one-domain-everything", withSettings(t, "  aws:"+key+": "+value+"\n"))
		if err == nil || !strings.Contains(err.Error(), "does not get aws:"+key) {
			t.Errorf("%s: got %v, want an error that names it", key, err)
		}
	}
}

// The inputs have the names of the SDK's package wafv2, which the program does not compile.
func TestFirewallInputNames(t *testing.T) {
	folder, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6").Output()
	if err != nil {
		t.Fatal(err)
	}
	var sdk bytes.Buffer
	for _, name := range []string{"webAcl.go", "pulumiTypes.go", "pulumiTypes1.go"} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "go/aws/wafv2", name))
		if err != nil {
			t.Fatal(err)
		}
		sdk.Write(text)
	}
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if !strings.Contains(sdk.String(), `pulumi:"`+key+`"`) {
					t.Errorf("got the input %s, which the SDK does not have", key)
				}
				if key != "tags" {
					check(value)
				}
			}
		case []any:
			for _, e := range v {
				check(e)
			}
		}
	}
	check(one(t, stackPlan(t, "one-domain-everything"), plan.TypeWebACL).Inputs)
}
