package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sweep calls the function at intervals, to end connections that send no messages and
// whose token has expired.
type sweep struct{ pulumi.ResourceState }

// declare declares an EventBridge rule that sends a scheduled event to the function.
//
// EventBridge does not retry the delivery, because the next sweep does the work of a late
// one. If the function fails, Lambda repeats the event twice, after one and two minutes
// (api-gateway.md 15).
// The program keeps this default: a repeated sweep does no harm, and the setting would
// also apply to asynchronous pushes of a backend.
func (c *sweep) declare(ctx *pulumi.Context, s *stack) error {
	rule, err := cloudwatch.NewEventRule(ctx, s.named("sweep"), &cloudwatch.EventRuleArgs{
		Description:        pulumi.String("End connections whose token has expired"),
		ScheduleExpression: pulumi.String(rateExpression(s.SweepMinutes)),
		Tags:               s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare rule: %w", err)
	}
	permission, err := s.function.permit(ctx, s.named("sweep"), "events.amazonaws.com", rule.Arn, c)
	if err != nil {
		return fmt.Errorf("declare permission: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, s.named("sweep"), &cloudwatch.EventTargetArgs{
		Rule:     rule.Name,
		TargetId: pulumi.String("function"),
		Arn:      s.function.ARN,
		// Both are set, because a missing one becomes 0, and AWS refuses an age below 60
		// (api-gateway.md 15).
		RetryPolicy: &cloudwatch.EventTargetRetryPolicyArgs{
			MaximumEventAgeInSeconds: pulumi.Int(60),
			MaximumRetryAttempts:     pulumi.Int(0),
		},
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{permission}))
	return err
}

// rateExpression returns EventBridge's expression for an interval. The unit of one is singular.
func rateExpression(minutes int) string {
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
