package infra

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// watch is the monitoring of the stack: a dashboard, alarms and a budget. Each is
// optional.
type watch struct {
	pulumi.ResourceState
}

func newWatch(ctx *pulumi.Context, s stack, args parts) error {
	c := &watch{}
	if err := component(ctx, c, "Watch", "watch"); err != nil {
		return err
	}
	if s.Metrics {
		if err := c.dashboard(ctx, s, args); err != nil {
			return fmt.Errorf("declare dashboard: %w", err)
		}
	}
	if s.AlarmEmail != "" {
		if err := c.alarms(ctx, s, args); err != nil {
			return fmt.Errorf("declare alarms: %w", err)
		}
	}
	if s.MonthlyBudget > 0 {
		if err := c.budget(ctx, s); err != nil {
			return fmt.Errorf("declare budget: %w", err)
		}
	}
	return ctx.RegisterResourceOutputs(c, pulumi.Map{})
}

func (c *watch) dashboard(ctx *pulumi.Context, s stack, args parts) error {
	name := s.uniqueName(args.API)
	names := pulumi.StringMap{
		"namespace": name, "api": args.API.API.ID(), "function": args.Function.Function.Name,
		"table": args.Connections.Table.Name, "logs": args.Function.Logs.Name,
	}
	if args.HTTP != nil {
		names["http"], names["tickets"] = args.HTTP.API.ID(), args.Tickets.Table.Name
	}
	body := names.ToStringMapOutput().ApplyT(func(name map[string]string) dashboard {
		return newDashboard(watched{
			Namespace: name["namespace"], Region: s.region, Stage: s.StageName, Memory: s.Memory, Sweep: s.SweepMinutes > 0,
			API: name["api"], HTTP: name["http"], Function: name["function"],
			Table: name["table"], Tickets: name["tickets"], Logs: name["logs"],
		})
	})
	_, err := cloudwatch.NewDashboard(ctx, "stack", &cloudwatch.DashboardArgs{
		DashboardName: name, // Pulumi does not name dashboards automatically
		DashboardBody: pulumi.JSONMarshal(body),
	}, pulumi.Parent(c))
	return err
}

// alarms declares the alarms and the topic that sends their emails. The topic is not
// encrypted, because alarms cannot use the AWS managed key of SNS and their text is not
// secret.
func (c *watch) alarms(ctx *pulumi.Context, s stack, args parts) error {
	topic, err := sns.NewTopic(ctx, "alarms", &sns.TopicArgs{Tags: s.tags}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	if _, err := sns.NewTopicSubscription(ctx, "alarms", &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(s.AlarmEmail),
	}, pulumi.Parent(c)); err != nil {
		return err
	}
	to := alarmArgs{Namespace: s.uniqueName(args.API), Function: args.Function.Function.Name, Topic: topic.Arn}
	if args.HTTP != nil {
		to.HTTP = args.HTTP.API.ID()
	}
	for _, a := range alarms(s.Timeout, s.Tickets) {
		if err := a.declare(ctx, s, to, pulumi.Parent(c)); err != nil {
			return err
		}
	}
	return nil
}

// budget declares a budget for the whole account. A budget for the stack alone would need
// cost allocation tags, which the user must activate by hand; until then it would count
// nothing. Each stack has its own budget.
func (c *watch) budget(ctx *pulumi.Context, s stack) error {
	mail := pulumi.StringArray{pulumi.String(s.AlarmEmail)}
	notice := func(kind string, percent float64) *budgets.BudgetNotificationArgs {
		return &budgets.BudgetNotificationArgs{
			NotificationType:         pulumi.String(kind),
			ComparisonOperator:       pulumi.String("GREATER_THAN"),
			Threshold:                pulumi.Float64(percent),
			ThresholdType:            pulumi.String("PERCENTAGE"),
			SubscriberEmailAddresses: mail,
		}
	}
	_, err := budgets.NewBudget(ctx, "month", &budgets.BudgetArgs{
		BudgetType:    pulumi.String("COST"),
		TimeUnit:      pulumi.String("MONTHLY"),
		LimitAmount:   pulumi.String(strconv.Itoa(s.MonthlyBudget)),
		LimitUnit:     pulumi.String("USD"),
		Notifications: budgets.BudgetNotificationArray{notice("ACTUAL", 80), notice("FORECASTED", 100)},
		Tags:          s.tags,
	}, pulumi.Parent(c))
	return err
}
