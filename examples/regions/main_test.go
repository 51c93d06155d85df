package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cloud is a mock of Pulumi's state and of AWS. It gives each resource an ARN with its region.
type cloud struct {
	mu        sync.Mutex
	resources map[string]pulumi.MockResourceArgs // by type and name
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources[args.TypeToken+" "+args.Name] = args
	out := args.Inputs.Copy()
	if args.TypeToken == "pulumi:pulumi:StackReference" {
		region := args.Inputs["name"].StringValue()
		out["outputs"] = resource.NewPropertyValue(map[string]any{"region": region, "functionName": "function-" + region})
		out["secretOutputNames"] = resource.NewPropertyValue([]any{})
		return args.Name, out, nil
	}
	out["name"] = resource.NewProperty(args.Name)
	out["url"] = resource.NewProperty("https://sqs/" + args.Name)
	out["arn"] = resource.NewProperty("arn:" + args.TypeToken + ":" + args.Name)
	return args.Name, out, nil
}

func (*cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{"arn": resource.NewProperty("arn:" + args.Args["functionName"].StringValue())}, nil
}

// input returns an input of a resource.
func (c *cloud) input(t *testing.T, typ, name, input string) string {
	t.Helper()
	r, found := c.resources[typ+" "+name]
	if !found {
		t.Fatalf("got no %s %s", typ, name)
	}
	value := r.Inputs[resource.PropertyKey(input)]
	for value.IsOutput() || value.IsSecret() {
		if value.IsSecret() {
			value = value.SecretValue().Element
		} else {
			value = value.OutputValue().Element
		}
	}
	if value.IsObject() {
		text, err := json.Marshal(value.Mappable())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return value.StringValue()
}

func runProgram(t *testing.T, config map[string]string) (*cloud, error) {
	t.Helper()
	c := &cloud{resources: map[string]pulumi.MockResourceArgs{}}
	err := pulumi.RunErr(program, pulumi.WithMocks("crossing", "dev", c), func(info *pulumi.RunInfo) { info.Config = config })
	return c, err
}

// The events of a region cross to the bus of the other region, and from there to its function.
func TestProgram(t *testing.T) {
	c, err := runProgram(t, map[string]string{"crossing:first": "eu-west-1", "crossing:second": "eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	const rule, target, policy = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget", "aws:iam/rolePolicy:RolePolicy"
	const queuePolicy, busARN = "aws:sqs/queuePolicy:QueuePolicy", "arn:aws:cloudwatch/eventBus:EventBus:"
	for name, want := range map[string]struct{ from, to, region, function string }{
		"first-to-second": {"first", "second", "eu-west-1", "function-eu-central-1"},
		"second-to-first": {"second", "first", "eu-central-1", "function-eu-west-1"},
	} {
		pattern := `{"detail":{"region":["` + want.region + `"]},"source":["sallyport"]}`
		for _, test := range []struct{ typ, name, input, want string }{
			{rule, name, "eventBusName", want.from},
			{rule, name, "eventPattern", pattern},
			{target, name, "arn", busARN + want.to},
			{target, name, "roleArn", "arn:aws:iam/role:Role:" + name},
			{target, name, "deadLetterConfig", `{"arn":"arn:aws:sqs/queue:Queue:` + name + `"}`},
			{policy, name, "policy", `{"Statement":[{"Action":"events:PutEvents","Effect":"Allow","Resource":"` + busARN + want.to + `"}],"Version":"2012-10-17"}`},
			{rule, name + "-arrives", "eventBusName", want.to},
			{rule, name + "-arrives", "eventPattern", pattern},
			{target, name + "-arrives", "arn", "arn:" + want.function},
			{"aws:lambda/permission:Permission", name, "sourceArn", "arn:" + rule + ":" + name + "-arrives"},
		} {
			if got := c.input(t, test.typ, test.name, test.input); got != test.want {
				t.Errorf("%s %s: got %s %s, want %s", test.typ, test.name, test.input, got, test.want)
			}
		}
		for _, name := range []string{name, name + "-arrives"} {
			if got := c.input(t, queuePolicy, name, "policy"); !strings.Contains(got, `"aws:SourceArn":"arn:`+rule+":"+name+`"`) {
				t.Errorf("queue %s: got the policy %s, want it for the rule only", name, got)
			}
		}
		// EventBridge replaces a variable by the JSON of its value (its guide, "Input transformation").
		var transformer struct{ InputTemplate string }
		if err := json.Unmarshal([]byte(c.input(t, target, name+"-arrives", "inputTransformer")), &transformer); err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer("<channel>", `"chat:1"`, "<key>", `"eu-west-1/e/7"`, "<message>", `{"id":"1"}`).Replace(transformer.InputTemplate)
		if want := `{"push": {"target": {"channel": "chat:1", "key": "eu-west-1/e/7"}, "message": {"id":"1"}}}`; got != want {
			t.Errorf("got the event %s, want the push %s", got, want)
		}
	}
}

func TestProgramRefuses(t *testing.T) {
	_, err := runProgram(t, map[string]string{"crossing:first": "eu-west-1"})
	if err == nil || !strings.Contains(err.Error(), "pulumi config set second organization/sallyport/STACK") {
		t.Errorf("got %v, want the command that names the second stack", err)
	}
}

// docs/regions-channels.md shows a part of this program.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/regions-channels.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) == 0 {
		t.Error("got no Go code in the page")
	}
	for _, block := range blocks {
		if !strings.Contains(string(program), string(block[1])) {
			t.Errorf("got this code in the page, want code of main.go:\n%s", block[1])
		}
	}
}
