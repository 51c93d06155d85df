package infra

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
	"sallyport/lambda/originsecret"
	"sallyport/lambda/route"
)

// CloudFront sends the first secret, the function accepts all, and no plan has one of them.
func TestSecretsOfOneDomain(t *testing.T) {
	p := stackPlan(t, "one-domain")
	text := encode(t, p)
	all := []string{"example-of-the-secret-that-CloudFront-sends", "example-of-another-secret-during-a-rotation"}
	for _, secret := range all {
		if file, err := os.ReadFile("testdata/Pulumi.one-domain.yaml"); err != nil || !bytes.Contains(file, []byte(secret)) {
			t.Errorf("the stack's file does not have the secret %s, error %v", secret, err)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the plan has the secret %s in clear text", secret)
		}
	}
	if got, want := environment(t, p)["ORIGIN_SECRETS"], originsecret.Sums(all); got != want {
		t.Errorf("got ORIGIN_SECRETS %v, want %s", got, want)
	}
	if got := one(t, p, plan.TypeDistribution).Secrets; !slices.Equal(got, []string{"origins"}) {
		t.Errorf("got %v as encrypted outputs of the distribution, want the origins", got)
	}
}

// All clients use the domain of the site. Only the function uses AWS's own.
func TestAddressesOfOneDomain(t *testing.T) {
	p := stackPlan(t, "one-domain")
	const site, api = "dxq21qkxc2v5q2.cloudfront.net", "o7097wq2ar.execute-api.eu-west-1.amazonaws.com"
	for name, want := range map[string]string{
		"siteUrl": "https://" + site, "httpUrl": "https://" + site, "websocketUrl": "wss://" + site + "/live",
		"connectionsUrl": "https://" + api + "/live",
	} {
		if got := p.Outputs[name]; got != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
	}
	if got := environment(t, p)["CONNECTIONS_URL"]; got != "https://"+api+"/live" {
		t.Errorf("got CONNECTIONS_URL %v, want AWS's own address", got)
	}
	for _, r := range slices.Concat(p.OfType(plan.TypeHeadersPolicy), p.OfType(plan.TypeObject)) {
		var b strings.Builder
		if err := (plan.Plan{Resources: []plan.Resource{r}}).Write(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "execute-api") {
			t.Errorf("%s %s names the domain of an API", r.Type, r.Name)
		}
	}
}

// With a domain of one's own, all clients use it.
func TestCustomDomainOfOneDomain(t *testing.T) {
	p := stackPlan(t, "one-domain-everything")
	for name, want := range map[string]any{
		"siteUrl": "https://chat.example.com", "httpUrl": "https://chat.example.com", "websocketUrl": "wss://chat.example.com/live",
		"siteDomainTarget": "dxq21qkxc2v5q2.cloudfront.net", "apiDomainTarget": nil,
	} {
		if got := p.Outputs[name]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// The paths of the APIs are those of their declarations.
func TestPathsOfOneDomain(t *testing.T) {
	want := []string{"/live socket"}
	for _, e := range route.Endpoints(false) {
		if path := e.Path + " http"; !slices.Contains(want, path) {
			want = append(want, path)
		}
	}
	var got []string
	behaviors, _ := one(t, stackPlan(t, "one-domain"), plan.TypeDistribution).Get("orderedCacheBehaviors").([]any)
	for _, b := range behaviors {
		m, _ := b.(map[string]any)
		got = append(got, m["pathPattern"].(string)+" "+m["targetOriginId"].(string))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("behaviors (-want +got):\n%s", diff)
	}
}

// A failed run prints the warnings that it has logged. The monitor has no encrypted settings.
func TestSecretInClearTextIsAWarning(t *testing.T) {
	for secret, want := range map[string]bool{"example-of-the-secret-that-CloudFront-sends": true, "": false} {
		settings := "config:\n  aws:region: eu-west-1\n  sallyport:issuer: https://id.example\n  sallyport:clientId: console\n"
		if want {
			settings += "  sallyport:oneDomain: true\n  sallyport:originSecrets: [" + secret + "]\n"
		}
		file := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := runStack(t, "dev", file) // fails, because it cannot read the metadata of the issuer
		if got := strings.Contains(fmt.Sprint(err), "warning: setting originSecrets is in clear text in the stack's file"); got != want {
			t.Errorf("got %v, want the warning: %v", err, want)
		}
		if secret != "" && strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("got %v, want no secret in it", err)
		}
	}
}
