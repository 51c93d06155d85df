package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/handler"
	"sallyport/lambda/originsecret"
	"sallyport/lambda/setting"
)

// deployed has the values of a deployment on which the check of the secret depends.
type deployed struct {
	mu    sync.Mutex
	sent  []string // by CloudFront, to each API
	known string   // the function's ORIGIN_SECRETS
	logs  bool     // the function logs addresses
}

func (d *deployed) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.NewPropertyMapFromMap(map[string]any{
		"id": "eu-west-1", "name": "eu-west-1", "partition": "aws", "names": []any{}, "arns": []any{},
	}), nil
}

func (d *deployed) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch args.TypeToken {
	case "aws:cloudfront/distribution:Distribution":
		for _, o := range args.Inputs["origins"].ArrayValue() {
			for _, h := range field(o, "customHeaders") {
				d.sent = append(d.sent, h.ObjectValue()["value"].SecretValue().Element.StringValue())
			}
		}
	case "aws:lambda/function:Function":
		variables := args.Inputs["environment"].ObjectValue()["variables"].ObjectValue()
		d.known, d.logs = variables["ORIGIN_SECRETS"].StringValue(), variables.HasValue("LOG_ADDRESS")
	}
	return args.Name, args.Inputs, nil
}

// field returns the list at a key of an object, or nil.
func field(v resource.PropertyValue, key resource.PropertyKey) []resource.PropertyValue {
	if list := v.ObjectValue()[key]; list.IsArray() {
		return list.ArrayValue()
	}
	return nil
}

// deploy runs the program with the setting originSecrets.
func deploy(t *testing.T, secrets ...string) *deployed {
	t.Helper()
	return deployWith(t, nil, secrets...)
}

// deployWith runs the program with the setting originSecrets and changed settings.
func deployWith(t *testing.T, changed map[string]string, secrets ...string) *deployed {
	t.Helper()
	list, err := json.Marshal(secrets)
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]string{}
	for name, value := range setting.Defaults() {
		config["sallyport:"+name] = value
	}
	maps.Copy(config, map[string]string{"aws:region": "eu-west-1", "sallyport:oneDomain": "true", "sallyport:originSecrets": string(list)})
	maps.Copy(config, changed)
	d := &deployed{}
	err = pulumi.RunErr(program(sampleFiles, noNetwork, appDeclarations), pulumi.WithMocks("sallyport", "dev", d), func(info *pulumi.RunInfo) { info.Config = config })
	if err != nil {
		t.Fatal(err)
	}
	if len(d.sent) != 2 || d.known == "" {
		t.Fatalf("got headers for %d APIs and ORIGIN_SECRETS %q, want two and a value", len(d.sent), d.known)
	}
	return d
}

// accepts reports whether the function of to accepts the handshakes and the requests that
// CloudFront of from sends.
func accepts(t *testing.T, from, to *deployed) bool {
	t.Helper()
	set, err := originsecret.Parse(to.known)
	if err != nil {
		t.Fatal(err)
	}
	mux := handler.New(handler.Config{OriginSecrets: set, Function: setting.Function{MissingOrigin: setting.AllowMissing}})
	for _, secret := range from.sent {
		for _, event := range []string{
			`{"type":"REQUEST","methodArn":"arn","headers":{%q:%q}}`,
			`{"version":"2.0","requestContext":{"http":{"method":"GET","path":"/"}},"headers":{%q:%q}}`,
		} {
			answer, err := mux.Invoke(t.Context(), fmt.Appendf(nil, event, originsecret.Header, secret))
			// The event has no credential and no known path, so the function refuses it, but
			// with other answers.
			next := err != nil && err.Error() == "Unauthorized" || strings.Contains(string(answer), `"statusCode":404`)
			if !next {
				return false
			}
		}
	}
	return true
}

// During each of the three updates of a rotation, CloudFront and the function may have the
// old or the new configuration, in any order. No request is refused.
func TestRotationHasNoOutage(t *testing.T) {
	const old, now = "old-old-old-old-old-old-old-old-old-old", "new-new-new-new-new-new-new-new-new-new"
	steps := []*deployed{deploy(t, old), deploy(t, old, now), deploy(t, now, old), deploy(t, now)}
	for i := 1; i < len(steps); i++ {
		before, after := steps[i-1], steps[i]
		for name, pair := range map[string][2]*deployed{
			"nothing": {before, before}, "the function first": {before, after}, "CloudFront first": {after, before}, "both": {after, after},
		} {
			if !accepts(t, pair[0], pair[1]) {
				t.Errorf("step %d, after an update of %s: a request is refused", i, name)
			}
		}
	}
	// The three steps are necessary, and at the end, the old secret has no use.
	if first, last := steps[0], steps[3]; accepts(t, first, last) || accepts(t, last, first) {
		t.Error("the function accepts a secret that it does not have")
	}
	if direct := steps[1]; accepts(t, steps[3], steps[0]) || !accepts(t, steps[2], direct) {
		t.Error("the second step needs the first one")
	}
}

// The function logs the addresses of clients if the access log would.
func TestAddressesAreLoggedWithAccessLogs(t *testing.T) {
	const secret = "old-old-old-old-old-old-old-old-old-old"
	for _, setting := range []string{"true", "false"} {
		if got := deployWith(t, map[string]string{"sallyport:accessLogs": setting}, secret).logs; got != (setting == "true") {
			t.Errorf("accessLogs %s: got addresses in the log of the function: %v", setting, got)
		}
	}
}
