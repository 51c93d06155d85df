// Command regions is a Pulumi program that declares the event buses between the stacks of two
// regions. docs/regions-channels.md explains it. Nobody has run it on AWS.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// source is the source of the events. Their detail has the members region, channel, key and
// message.
const source = "sallyport"

func main() {
	pulumi.Run(program)
}

func program(ctx *pulumi.Context) error {
	first, err := newRegion(ctx, "first")
	if err != nil {
		return err
	}
	second, err := newRegion(ctx, "second")
	if err != nil {
		return err
	}
	if err := cross(ctx, first, second); err != nil {
		return err
	}
	return cross(ctx, second, first)
}

// region is the deployed stack of a region and its bus.
type region struct {
	name     string              // in the names of resources
	region   pulumi.StringOutput // such as eu-west-1
	function pulumi.StringOutput // name of the function
	in       pulumi.ResourceOrInvokeOption
	bus      *cloudwatch.EventBus
}

// newRegion declares the bus of the stack that the configuration names.
func newRegion(ctx *pulumi.Context, name string) (*region, error) {
	stack, found := ctx.GetConfig(ctx.Project() + ":" + name)
	if !found {
		return nil, fmt.Errorf("the configuration has no stack (pulumi config set %s organization/sallyport/STACK)", name)
	}
	live, err := pulumi.NewStackReference(ctx, stack, nil)
	if err != nil {
		return nil, err
	}
	r := &region{name: name, region: live.GetStringOutput(pulumi.String("region")), function: live.GetStringOutput(pulumi.String("functionName"))}
	provider, err := aws.NewProvider(ctx, name, &aws.ProviderArgs{Region: r.region})
	if err != nil {
		return nil, err
	}
	r.in = pulumi.Provider(provider)
	r.bus, err = cloudwatch.NewEventBus(ctx, name, nil, r.in)
	if err == nil {
		ctx.Export(name+"Bus", r.bus.Arn)
	}
	return r, err
}

// cross sends the events of a region to the bus of the other one, and from there to the function of
// the other region. An event has the region that accepted the publication, so the events that a bus
// receives are not sent back.
func cross(ctx *pulumi.Context, from, to *region) error {
	name := from.name + "-to-" + to.name
	own := pulumi.JSONMarshal(pulumi.Map{
		"source": pulumi.ToStringArray([]string{source}),
		"detail": pulumi.Map{"region": pulumi.StringArray{from.region}},
	})
	leaves, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{EventBusName: from.bus.Name, EventPattern: own}, from.in)
	if err != nil {
		return err
	}
	lost, err := deadLetters(ctx, name, leaves, from.in)
	if err != nil {
		return err
	}
	role, err := sender(ctx, name, to.bus)
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		EventBusName: from.bus.Name, Rule: leaves.Name, Arn: to.bus.Arn, RoleArn: role.Arn,
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: lost.Arn},
	}, from.in)
	if err != nil {
		return err
	}
	return receive(ctx, name, own, to)
}

// receive gives the events of a bus to the function as a push. The key is that of the publication
// in the other region, so that the function takes repeated events for one publication.
func receive(ctx *pulumi.Context, name string, pattern pulumi.StringInput, to *region) error {
	arrives, err := cloudwatch.NewEventRule(ctx, name+"-arrives", &cloudwatch.EventRuleArgs{EventBusName: to.bus.Name, EventPattern: pattern}, to.in)
	if err != nil {
		return err
	}
	lost, err := deadLetters(ctx, name+"-arrives", arrives, to.in)
	if err != nil {
		return err
	}
	function := lambda.LookupFunctionOutput(ctx, lambda.LookupFunctionOutputArgs{FunctionName: to.function}, to.in)
	_, err = lambda.NewPermission(ctx, name, &lambda.PermissionArgs{
		Action: pulumi.String("lambda:InvokeFunction"), Function: to.function,
		Principal: pulumi.String("events.amazonaws.com"), SourceArn: arrives.Arn,
	}, to.in)
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, name+"-arrives", &cloudwatch.EventTargetArgs{
		EventBusName: to.bus.Name, Rule: arrives.Name, Arn: function.Arn(),
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: lost.Arn},
		InputTransformer: &cloudwatch.EventTargetInputTransformerArgs{
			InputPaths:    pulumi.ToStringMap(map[string]string{"channel": "$.detail.channel", "key": "$.detail.key", "message": "$.detail.message"}),
			InputTemplate: pulumi.String(`{"push": {"target": {"channel": <channel>, "key": <key>}, "message": <message>}}`),
		},
	}, to.in)
	return err
}

// sender declares the role with which EventBridge puts events on a bus.
func sender(ctx *pulumi.Context, name string, bus *cloudwatch.EventBus) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: allow("sts:AssumeRole", "events.amazonaws.com", nil, nil)})
	if err != nil {
		return nil, err
	}
	_, err = iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{Role: role.Name, Policy: allow("events:PutEvents", "", bus.Arn, nil)})
	return role, err
}

// deadLetters declares the queue of the events that a rule could not deliver in 24 hours. It must be
// a standard queue in the region of the rule.
func deadLetters(ctx *pulumi.Context, name string, rule *cloudwatch.EventRule, in pulumi.ResourceOption) (*sqs.Queue, error) {
	queue, err := sqs.NewQueue(ctx, name, &sqs.QueueArgs{MessageRetentionSeconds: pulumi.Int(14 * 24 * 60 * 60)}, in)
	if err != nil {
		return nil, err
	}
	policy := allow("sqs:SendMessage", "events.amazonaws.com", queue.Arn, rule.Arn)
	_, err = sqs.NewQueuePolicy(ctx, name, &sqs.QueuePolicyArgs{QueueUrl: queue.Url, Policy: policy}, in)
	return queue, err
}

// allow returns a policy with one statement. service, resource and rule can be empty.
func allow(action, service string, resource, rule pulumi.StringInput) pulumi.StringOutput {
	statement := pulumi.Map{"Effect": pulumi.String("Allow"), "Action": pulumi.String(action)}
	if service != "" {
		statement["Principal"] = pulumi.Map{"Service": pulumi.String(service)}
	}
	if resource != nil {
		statement["Resource"] = resource
	}
	if rule != nil {
		statement["Condition"] = pulumi.Map{"ArnEquals": pulumi.Map{"aws:SourceArn": rule}}
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String("2012-10-17"), "Statement": pulumi.Array{statement}})
}
