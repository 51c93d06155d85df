package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sweep calls the function again and again, to end the connections whose token
// has expired while they were silent.
type sweep struct {
	pulumi.ResourceState
}

// newSweep declares an EventBridge rule that sends the function its scheduled
// event.
//
// A sweep that is late is of no use, as the next one does all that it would
// have done: EventBridge does not try again to deliver it. When the function
// itself fails, Lambda repeats the event twice, after one and two minutes. That
// stays as it is: to sweep twice does no harm, and the setting would be the
// function's, for the pushes, too, that a backend sends in this way.
func newSweep(ctx *pulumi.Context, s stack, function *function) error {
	c := &sweep{}
	if err := component(ctx, c, "Sweep", "sweep"); err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, "sweep", &cloudwatch.EventRuleArgs{
		Description:        pulumi.String("End connections whose token has expired"),
		ScheduleExpression: pulumi.String(every(s.SweepMinutes)),
		Tags:               s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare sweep's rule: %w", err)
	}
	permission, err := lambda.NewPermission(ctx, "sweep", &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  function.Function.Name,
		Principal: pulumi.String("events.amazonaws.com"),
		SourceArn: rule.Arn,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare sweep's permission: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, "sweep", &cloudwatch.EventTargetArgs{
		Rule:     rule.Name,
		TargetId: pulumi.String("function"),
		Arn:      function.Function.Arn,
		// Both always: one left out becomes 0, and AWS takes no age below 60.
		RetryPolicy: &cloudwatch.EventTargetRetryPolicyArgs{
			MaximumEventAgeInSeconds: pulumi.Int(60),
			MaximumRetryAttempts:     pulumi.Int(0),
		},
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return fmt.Errorf("declare sweep's target: %w", err)
	}
	return ctx.RegisterResourceOutputs(c, pulumi.Map{})
}

// every is EventBridge's expression for an interval, which wants the singular
// for one.
func every(minutes int) string {
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
