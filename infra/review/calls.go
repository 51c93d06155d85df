package review

import "maps"

// untagging says that tags go into a call of their own, or in as a query string.
var untagging = map[string]string{"tags": elsewhere}

// with adds members to a map of them.
func with(members map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, members)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func api2(operation string, members ...string) []call {
	return []call{{service: "apigatewayv2", operation: operation, members: with(nil, members...)}}
}

// callsOf tells, for each type of resource, the calls by which the provider
// makes it. The order is that of outputs.go in package monitor.
var callsOf = map[string][]call{
	// UpdateAccount takes patches; what can be wrong in them is the ARN.
	"aws:apigateway/account:Account": {{
		service: "apigateway", operation: "UpdateAccount",
		members: map[string]string{"cloudwatchRoleArn": "patchOperations.0.value"},
		given:   map[string]any{"patchOperations.0.op": "replace", "patchOperations.0.path": "/cloudwatchRoleArn"},
	}},
	typeAPI:                                  api2("CreateApi"),
	"aws:apigatewayv2/apiMapping:ApiMapping": api2("CreateApiMapping"),
	typeAuthorizer: {{
		service: "apigatewayv2", operation: "CreateAuthorizer",
		members: map[string]string{"identitySources": "IdentitySource"},
		given:   map[string]any{"IdentitySource": []any{}}, // none at all is an empty list
	}},
	typeAPIDomain:   api2("CreateDomainName", "domainNameConfiguration", "DomainNameConfigurations"),
	typeIntegration: api2("CreateIntegration"),
	"aws:apigatewayv2/integrationResponse:IntegrationResponse": api2("CreateIntegrationResponse"),
	typeRoute: api2("CreateRoute"),
	"aws:apigatewayv2/routeResponse:RouteResponse": api2("CreateRouteResponse"),
	typeStage: api2("CreateStage", "name", "StageName"),
	"aws:budgets/budget:Budget": {{
		service: "budgets", operation: "CreateBudget",
		members: with(nil, "tags", "ResourceTags",
			"name", "Budget.BudgetName", "budgetType", "Budget.BudgetType", "timeUnit", "Budget.TimeUnit",
			"limitAmount", "Budget.BudgetLimit.Amount", "limitUnit", "Budget.BudgetLimit.Unit",
			"notifications", "NotificationsWithSubscribers",
			"notifications.notificationType", "Notification.NotificationType",
			"notifications.comparisonOperator", "Notification.ComparisonOperator",
			"notifications.threshold", "Notification.Threshold", "notifications.thresholdType", "Notification.ThresholdType",
			"notifications.subscribers", "Subscribers"),
		given:   map[string]any{"AccountId": "111122223333"},
		rewrite: subscribers,
	}},
	typeDistribution: {{
		service: "cloudfront", operation: "CreateDistribution",
		members: distribution(
			"aliases", "comment", "customErrorResponses", "defaultCacheBehavior", "defaultRootObject", "enabled",
			"httpVersion", "isIpv6Enabled", "origins", "priceClass", "restrictions", "viewerCertificate"),
		given: map[string]any{
			"DistributionConfig.CallerReference":                      "made by the provider",
			"DistributionConfig.Restrictions.GeoRestriction.Quantity": 0.0,
		},
	}},
	"aws:cloudfront/originAccessControl:OriginAccessControl": {{
		service: "cloudfront", operation: "CreateOriginAccessControl",
		members: map[string]string{
			"name":                          "OriginAccessControlConfig.Name",
			"originAccessControlOriginType": "OriginAccessControlConfig.OriginAccessControlOriginType",
			"signingBehavior":               "OriginAccessControlConfig.SigningBehavior",
			"signingProtocol":               "OriginAccessControlConfig.SigningProtocol",
		},
	}},
	typeHeaders: {{
		service: "cloudfront", operation: "CreateResponseHeadersPolicy",
		members: map[string]string{
			"name":                  "ResponseHeadersPolicyConfig.Name",
			"securityHeadersConfig": "ResponseHeadersPolicyConfig.SecurityHeadersConfig",
		},
	}},
	typeRule: {{service: "events", operation: "PutRule"}},
	typeTarget: {{
		service: "events", operation: "PutTargets",
		members: map[string]string{"targetId": "Targets.0.Id", "arn": "Targets.0.Arn", "retryPolicy": "Targets.0.RetryPolicy"},
	}},
	typeDashboard: {{service: "cloudwatch", operation: "PutDashboard"}},
	typeLogGroup: {
		{service: "logs", operation: "CreateLogGroup", members: map[string]string{"name": "logGroupName", "retentionInDays": elsewhere}},
		{service: "logs", operation: "PutRetentionPolicy", only: []string{"name", "retentionInDays"}, members: map[string]string{"name": "logGroupName"}},
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {{
		service: "cloudwatch", operation: "PutMetricAlarm",
		members: with(nil, "name", "AlarmName", "metricQueries", "Metrics", "metricQueries.metric", "MetricStat",
			"metricQueries.metric.metricName", "Metric.MetricName", "metricQueries.metric.namespace", "Metric.Namespace",
			"metricQueries.metric.dimensions", "Metric.Dimensions"),
	}},
	"aws:cognito/userPool:UserPool": {{
		service: "cognito-idp", operation: "CreateUserPool",
		members: map[string]string{"name": "PoolName", "passwordPolicy": "Policies.PasswordPolicy", "schemas": "Schema", "tags": "UserPoolTags"},
	}},
	typeClient: {{service: "cognito-idp", operation: "CreateUserPoolClient", members: map[string]string{"name": "ClientName"}}},
	"aws:cognito/userPoolDomain:UserPoolDomain": {{service: "cognito-idp", operation: "CreateUserPoolDomain"}},
	typeTable: {
		{
			service: "dynamodb", operation: "CreateTable",
			members: with(nil, "name", "TableName", "ttl", elsewhere, "pointInTimeRecovery", elsewhere,
				"attributes", "AttributeDefinitions", "attributes.name", "AttributeName", "attributes.type", "AttributeType",
				"hashKey", "KeySchema.0.AttributeName", "serverSideEncryption", "SSESpecification",
				"globalSecondaryIndexes.name", "IndexName", "globalSecondaryIndexes.hashKey", "KeySchema.0.AttributeName", "globalSecondaryIndexes.keyType", "KeySchema.0.KeyType",
				"globalSecondaryIndexes.rangeKey", elsewhere, "globalSecondaryIndexes.projectionType", "Projection.ProjectionType"),
			given:   map[string]any{"KeySchema.0.KeyType": "HASH"},
			rewrite: withIndexKeyTypes,
		},
		{
			service: "dynamodb", operation: "UpdateTimeToLive", only: []string{"name", "ttl"},
			members: map[string]string{"name": "TableName", "ttl": "TimeToLiveSpecification"},
		},
		{
			service: "dynamodb", operation: "UpdateContinuousBackups", only: []string{"name", "pointInTimeRecovery"},
			members: map[string]string{
				"name": "TableName", "pointInTimeRecovery": "PointInTimeRecoverySpecification",
				"pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
			},
		},
	},
	"aws:iam/role:Role": {{
		service: "iam", operation: "CreateRole",
		members: with(nil, "name", "RoleName", "assumeRolePolicy", "AssumeRolePolicyDocument"),
	}},
	"aws:iam/rolePolicy:RolePolicy": {{
		service: "iam", operation: "PutRolePolicy",
		members: map[string]string{"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
	}},
	typeAttachment: {{service: "iam", operation: "AttachRolePolicy", members: map[string]string{"role": "RoleName"}}},
	typeFunction: {
		{
			service: "lambda", operation: "CreateFunction",
			members: map[string]string{"name": "FunctionName", "code": "Code.ZipFile", "reservedConcurrentExecutions": elsewhere},
		},
		{
			service: "lambda", operation: "PutFunctionConcurrency", only: []string{"name", "reservedConcurrentExecutions"},
			members: map[string]string{"name": "FunctionName"},
		},
	},
	typePermission: {{service: "lambda", operation: "AddPermission", members: map[string]string{"function": "FunctionName"}}},
	typeObject: {{
		service: "s3", operation: "PutObject",
		members: with(untagging, "source", "Body", "content", "Body"), // tags: Tagging, as a query string
	}},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {{
		service: "s3", operation: "PutBucketOwnershipControls",
		members: map[string]string{"rule": "OwnershipControls.Rules"},
	}},
	typeBucketPolicy: {{service: "s3", operation: "PutBucketPolicy"}},
	typeBucketBlock: {{
		service: "s3", operation: "PutPublicAccessBlock",
		members: map[string]string{
			"blockPublicAcls":       "PublicAccessBlockConfiguration.BlockPublicAcls",
			"blockPublicPolicy":     "PublicAccessBlockConfiguration.BlockPublicPolicy",
			"ignorePublicAcls":      "PublicAccessBlockConfiguration.IgnorePublicAcls",
			"restrictPublicBuckets": "PublicAccessBlockConfiguration.RestrictPublicBuckets",
		},
	}},
	typeEncryption: {{
		service: "s3", operation: "PutBucketEncryption",
		members: map[string]string{"rules": "ServerSideEncryptionConfiguration.Rules"},
	}},
	// forceDestroy is what the provider does at the end.
	typeBucket:            {{service: "s3", operation: "CreateBucket", members: with(untagging, "forceDestroy", elsewhere)}},
	"aws:sns/topic:Topic": {{service: "sns", operation: "CreateTopic"}},
	"aws:sns/topicSubscription:TopicSubscription": {{
		service: "sns", operation: "Subscribe", members: map[string]string{"topic": "TopicArn"},
	}},
}

// subscribers makes a subscriber of each address of a budget's notifications.
func subscribers(inputs map[string]any) map[string]any {
	list, _ := inputs["notifications"].([]any)
	var notifications []any
	for _, n := range list {
		notification, _ := n.(map[string]any)
		notification = maps.Clone(notification)
		addresses, _ := notification["subscriberEmailAddresses"].([]any)
		delete(notification, "subscriberEmailAddresses")
		var subscribers []any
		for _, a := range addresses {
			subscribers = append(subscribers, map[string]any{"subscriptionType": "EMAIL", "address": a})
		}
		notification["subscribers"] = subscribers
		notifications = append(notifications, notification)
	}
	inputs["notifications"] = notifications
	return inputs
}

// distribution puts the inputs of a distribution into its configuration.
func distribution(inputs ...string) map[string]string {
	members := with(untagging, // which go in with the configuration
		"origins.originId", "Id",
		// Two lists to Pulumi, one within the other to CloudFront.
		"defaultCacheBehavior.cachedMethods", "AllowedMethods.CachedMethods")
	for _, in := range inputs {
		members[in] = "DistributionConfig." + configMember[in]
	}
	return members
}

var configMember = map[string]string{
	"aliases": "Aliases", "comment": "Comment", "customErrorResponses": "CustomErrorResponses", "defaultCacheBehavior": "DefaultCacheBehavior",
	"defaultRootObject": "DefaultRootObject", "enabled": "Enabled", "httpVersion": "HttpVersion", "isIpv6Enabled": "IsIPV6Enabled",
	"origins": "Origins", "priceClass": "PriceClass", "restrictions": "Restrictions", "viewerCertificate": "ViewerCertificate",
}

// withIndexKeyTypes adds the key type HASH to each index of a table, as the provider
// does.
func withIndexKeyTypes(inputs map[string]any) map[string]any {
	list, _ := inputs["globalSecondaryIndexes"].([]any)
	typed := make([]any, 0, len(list))
	for _, index := range list {
		index := maps.Clone(index.(map[string]any))
		index["keyType"] = "HASH"
		typed = append(typed, index)
	}
	if len(typed) > 0 {
		inputs["globalSecondaryIndexes"] = typed // inputs is a clone
	}
	return inputs
}
