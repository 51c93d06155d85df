package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra/configuration"
)

// webACL is a web ACL of AWS WAF. The program registers it by its type name, because each
// build would otherwise compile package wafv2 of the SDK, which has 12 MB of source.
type webACL struct {
	pulumi.CustomResourceState

	ARN pulumi.StringOutput `pulumi:"arn"`
}

// ruleGroup is a group of rules that AWS maintains
// (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html).
type ruleGroup struct {
	name string // without its prefix AWSManagedRules
	// counted are the rules that only count requests, because they would refuse valid clients.
	counted []string
}

// ruleGroups are the groups of the firewall, in the order of their evaluation. Together with the
// rule for the rate they need 927 of the 1,500 units of capacity that are included in the price
// of a web ACL.
var ruleGroups = []ruleGroup{
	{name: "AmazonIpReputationList"},
	{name: "KnownBadInputsRuleSet"},
	{name: "CommonRuleSet", counted: []string{
		"NoUserAgent_HEADER",           // programs, such as clients in Go or Python, may send no User-Agent
		"SizeRestrictions_QUERYSTRING", // a token in the query (setting tokenInQuery) has more than 2,048 bytes
	}},
}

// tooManyRequests is the status with which the firewall answers an address that exceeds the
// rate. API Gateway answers with the same status.
const tooManyRequests = 429

// firewall declares a web ACL for the distribution and returns its ARN. A web ACL for
// CloudFront must be in us-east-1 (API reference of AWS WAF, CreateWebACL, Scope), so it has
// its own provider.
//
// AWS WAF inspects a handshake, but not the messages that follow.
func (s *stack) firewall(ctx *pulumi.Context, parent pulumi.Resource) (pulumi.StringOutput, error) {
	provider := s.cloudFront
	if provider == nil {
		declared, err := cloudFrontProvider(ctx, s.named("cloudfront"), pulumi.Parent(parent))
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("declare provider: %w", err)
		}
		provider = declared
	}
	var acl webACL
	err := ctx.RegisterResource("aws:wafv2/webAcl:WebAcl", s.named("firewall"), pulumi.Map{
		"description":      pulumi.String("Requests to the site of " + s.name),
		"scope":            pulumi.String("CLOUDFRONT"),
		"defaultAction":    pulumi.Map{"allow": pulumi.Map{}},
		"rules":            s.firewallRules(),
		"visibilityConfig": visibility("firewall"),
		"tags":             s.tags,
	}, &acl, pulumi.Parent(parent), pulumi.Provider(provider))
	return acl.ARN, err
}

// firewallRules returns the rules of the web ACL. The rule for the rate is the first one, so
// that it also counts the requests that another rule refuses.
func (s *stack) firewallRules() pulumi.Array {
	all := pulumi.Array{pulumi.Map{
		"name":     pulumi.String("rate"),
		"priority": pulumi.Int(0),
		"action":   pulumi.Map{"block": pulumi.Map{"customResponse": pulumi.Map{"responseCode": pulumi.Int(tooManyRequests)}}},
		"statement": pulumi.Map{"rateBasedStatement": pulumi.Map{
			"limit": pulumi.Int(s.FirewallRate), "aggregateKeyType": pulumi.String("IP"), "evaluationWindowSec": pulumi.Int(300),
		}},
		"visibilityConfig": visibility("rate"),
	}}
	for i, group := range ruleGroups {
		counted := pulumi.Array{}
		for _, rule := range group.counted {
			counted = append(counted, pulumi.Map{"name": pulumi.String(rule), "actionToUse": pulumi.Map{"count": pulumi.Map{}}})
		}
		statement := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String("AWSManagedRules" + group.name)}
		if len(counted) > 0 {
			statement["ruleActionOverrides"] = counted
		}
		all = append(all, pulumi.Map{
			"name":             pulumi.String(group.name),
			"priority":         pulumi.Int(i + 1),
			"overrideAction":   pulumi.Map{"none": pulumi.Map{}}, // the actions of the group
			"statement":        pulumi.Map{"managedRuleGroupStatement": statement},
			"visibilityConfig": visibility(group.name),
		})
	}
	return all
}

// visibility returns the configuration of a rule's metric. Samples of requests are off,
// because AWS shows their headers, which have tokens and tickets.
func visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"cloudwatchMetricsEnabled": pulumi.Bool(true),
		"metricName":               pulumi.String(metric),
		"sampledRequestsEnabled":   pulumi.Bool(false),
	}
}

// uncopiedProviderKeys are settings of the default provider that cloudFrontProvider does not copy.
// If a stack has one of them, the provider could use another account.
var uncopiedProviderKeys = []string{"accessKey", "secretKey", "token", "assumeRole", "assumeRoles", "assumeRoleWithWebIdentity", "sharedConfigFiles", "sharedCredentialsFiles", "endpoints"}

// cloudFrontProvider declares a provider for us-east-1. An explicit provider does not get the
// stack's settings of the default provider. The function copies the profile and the allowed
// accounts. Other credentials must be in the environment.
func cloudFrontProvider(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*aws.Provider, error) {
	for _, key := range uncopiedProviderKeys {
		if _, set := ctx.GetConfig("aws:" + key); set {
			return nil, fmt.Errorf("setting firewall needs a second provider, which does not get aws:%s: set the credentials in the environment (AWS_PROFILE, or environmentVariables of Pulumi ESC), then pulumi config rm aws:%s", key, key)
		}
	}
	args := &aws.ProviderArgs{Region: pulumi.String(configuration.CloudFrontRegion)}
	if profile, set := ctx.GetConfig("aws:profile"); set {
		args.Profile = pulumi.String(profile)
	}
	if text, set := ctx.GetConfig("aws:allowedAccountIds"); set {
		var ids []string
		if err := json.Unmarshal([]byte(text), &ids); err != nil {
			return nil, fmt.Errorf("read aws:allowedAccountIds: %w", err)
		}
		args.AllowedAccountIds = pulumi.ToStringArray(ids)
	}
	return aws.NewProvider(ctx, name, args, opts...)
}
