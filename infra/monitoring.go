package infra

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// monitoring is the component that monitors the stack: saved queries, a dashboard, alarms and a
// budget. All but the queries are optional.
type monitoring struct{ pulumi.ResourceState }

func (c *monitoring) declare(ctx *pulumi.Context, s *stack) error {
	if err := c.queries(ctx, s); err != nil {
		return err
	}
	if s.Metrics {
		if err := c.dashboard(ctx, s); err != nil {
			return fmt.Errorf("declare dashboard: %w", err)
		}
	}
	if s.AlarmEmail != "" {
		if err := c.alarms(ctx, s); err != nil {
			return fmt.Errorf("declare alarms: %w", err)
		}
	}
	if s.MonthlyBudget > 0 {
		return c.budget(ctx, s)
	}
	return nil
}

func (c *monitoring) dashboard(ctx *pulumi.Context, s *stack) error {
	names := pulumi.StringMap{
		"namespace": s.uniqueName(), "api": s.api.API.ID(), "function": s.function.Function.Name,
		"table": s.connections.Table.Name, "logs": s.function.Logs.Name,
	}
	if s.Tickets {
		names["http"], names["tickets"] = s.http.API.ID(), s.tickets.Table.Name
	}
	if s.hasChannels {
		names["queue"], names["deadLetters"] = s.channels.Queue.Name, s.channels.DeadLetters.Name
	}
	body := names.ToStringMapOutput().ApplyT(func(name map[string]string) dashboard {
		return newDashboard(dashboardSources{
			Namespace: name["namespace"], Region: s.region, Stage: s.StageName, Memory: s.Memory, Sweep: s.SweepMinutes > 0,
			API: name["api"], HTTP: name["http"], Function: name["function"],
			Table: name["table"], Tickets: name["tickets"], Logs: name["logs"],
			Queue: name["queue"], DeadLetters: name["deadLetters"],
		})
	})
	_, err := cloudwatch.NewDashboard(ctx, s.named("stack"), &cloudwatch.DashboardArgs{
		DashboardName: s.uniqueName(), // Pulumi does not name dashboards automatically
		DashboardBody: pulumi.JSONMarshal(body),
	}, pulumi.Parent(c))
	return err
}

// alarms declares the alarms and the topic that sends their emails. The topic is not
// encrypted, because alarms cannot use the AWS managed key of SNS (its guide, "Key
// management"), and their text is not secret.
func (c *monitoring) alarms(ctx *pulumi.Context, s *stack) error {
	topic, err := sns.NewTopic(ctx, s.named("alarms"), &sns.TopicArgs{Tags: s.tags}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	if _, err := sns.NewTopicSubscription(ctx, s.named("alarms"), &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(s.AlarmEmail),
	}, pulumi.Parent(c)); err != nil {
		return err
	}
	for _, a := range alarms(s.Timeout, s.Tickets, s.hasChannels) {
		if err := a.declare(ctx, s, topic, pulumi.Parent(c)); err != nil {
			return err
		}
	}
	return nil
}

// budget declares a budget for the whole account. A budget for the stack alone would need
// cost allocation tags, which the user must activate by hand (AWS Billing's guide,
// "Activating user-defined cost allocation tags"). Until then, the budget would not count
// any costs. Each stack has its own budget.
func (c *monitoring) budget(ctx *pulumi.Context, s *stack) error {
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
	_, err := budgets.NewBudget(ctx, s.named("month"), &budgets.BudgetArgs{
		BudgetType:    pulumi.String("COST"),
		TimeUnit:      pulumi.String("MONTHLY"),
		LimitAmount:   pulumi.String(strconv.Itoa(s.MonthlyBudget)),
		LimitUnit:     pulumi.String("USD"),
		Notifications: budgets.BudgetNotificationArray{notice("ACTUAL", 80), notice("FORECASTED", 100)},
		Tags:          s.tags,
	}, pulumi.Parent(c))
	return err
}
