package review

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// roles is the template of CloudFormation, as far as the tests read it.
type roles struct {
	Resources map[string]struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	} `yaml:"Resources"`
}

func readRoles(t *testing.T) roles {
	t.Helper()
	text, err := os.ReadFile(roleFile)
	if err != nil {
		t.Fatal(err)
	}
	var file roles
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// The deployer may not change the resources that the template names.
func TestRolesAreNotTheDeployers(t *testing.T) {
	named := map[string]string{
		"AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::S3::Bucket": "BucketName", "AWS::KMS::Alias": "AliasName",
	}
	found := 0
	for name, r := range readRoles(t).Resources {
		key, ok := named[r.Type]
		if !ok {
			continue
		}
		found++
		got, _ := r.Properties[key].(string)
		if !strings.HasPrefix(strings.TrimPrefix(got, "alias/"), "ci-") {
			t.Errorf("%s has the %s %q, want a name that begins with ci-: the deployer may change all names that begin with %s-", name, key, got, project)
		}
	}
	if found != 13 {
		t.Errorf("got %d resources with names, want 13", found)
	}
}

// Each role trusts one exact subject. The roles that change something also trust one
// branch only, because a workflow of any branch can name an environment.
func TestRolesTrustOneSubject(t *testing.T) {
	const issuer = "token.actions.githubusercontent.com:"
	of := func(subject, ref string) map[string]any {
		equals := map[string]any{issuer + "aud": "sts.amazonaws.com", issuer + "sub": "repo:${Repository}:" + subject}
		if ref != "" {
			equals[issuer+"ref"] = ref
		}
		return map[string]any{"StringEquals": equals}
	}
	want := map[string]map[string]any{
		"PreviewRole": of("pull_request", ""),
		"DeployRole":  of("environment:aws", "refs/heads/main"),
		"NightlyRole": of("environment:aws-nightly", "refs/heads/main"),
	}
	for name, r := range readRoles(t).Resources {
		if r.Type != "AWS::IAM::Role" {
			continue
		}
		trust, _ := r.Properties["AssumeRolePolicyDocument"].(map[string]any)
		statements, _ := trust["Statement"].([]any)
		if len(statements) != 1 {
			t.Fatalf("%s has %d statements of trust, want 1", name, len(statements))
		}
		statement, _ := statements[0].(map[string]any)
		if diff := cmp.Diff(want[name], statement["Condition"]); diff != "" {
			t.Errorf("trust of %s (-want +got):\n%s", name, diff)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("the template has no roles %v", want)
	}
}
