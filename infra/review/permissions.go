package review

import (
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// permission allows actions of a service on some resources. Permissions with the same
// sid become one statement.
type permission struct {
	sid, service, actions string // actions are separated by spaces
	resources             []string
	condition             map[string]map[string]string // one operator; {project} in a value is replaced
}

// allow returns the permission for the named actions of a service on the resources.
func allow(sid, service, actions string, resources ...string) permission {
	return permission{sid: sid, service: service, actions: actions, resources: resources}
}

// allowGateway returns the permission for REST-like paths of API Gateway's management
// API. AWS chooses the IDs of APIs, so a policy cannot distinguish them. AWS documents
// only the HTTP methods as actions, but refuses to create a stage with tags to callers
// that lack TagResource (api-gateway.md 16).
func allowGateway(paths ...string) []permission {
	var resources []string
	for _, p := range paths {
		resources = append(resources, "arn:aws:apigateway:*::"+p)
	}
	return []permission{allow("Gateway", "apigateway", "GET POST PUT PATCH DELETE TagResource UntagResource", resources...)}
}

// when returns the permission for requests that meet a condition only.
func (p permission) when(operator, key, value string) permission {
	p.condition = map[string]map[string]string{operator: {key: value}}
	return p
}

// passRole returns the permission to pass a role to one service.
func passRole(sid, service string) permission {
	return allow(sid, "iam", "PassRole", role).when("StringEquals", "iam:PassedToService", service)
}

const (
	role      = "arn:aws:iam::*:role/{project}-*"
	bucket    = "arn:aws:s3:::{project}-*"
	function  = "arn:aws:lambda:*:*:function:{project}-*"
	table     = "arn:aws:dynamodb:*:*:table/{project}-*"
	queue     = "arn:aws:sqs:*:*:{project}-*"
	topic     = "arn:aws:sns:*:*:{project}-*"
	pool      = "arn:aws:cognito-idp:*:*:userpool/*"
	alarm     = "arn:aws:cloudwatch:*:*:alarm:{project}-*"
	alarms    = "arn:aws:cloudwatch:*:*:alarm:*"
	rule      = "arn:aws:events:*:*:rule/{project}-*"
	dashboard = "arn:aws:cloudwatch::*:dashboard/{project}-*"
	budget    = "arn:aws:budgets::*:budget/{project}-*"
)

// logGroups returns the permissions for log groups with names of a pattern.
func logGroups(sid, names string) []permission {
	arn := "arn:aws:logs:*:*:log-group:" + names
	return []permission{
		allow(sid, "logs", "CreateLogGroup DeleteLogGroup PutRetentionPolicy ListTagsForResource TagResource UntagResource "+
			"ListTagsLogGroup TagLogGroup UntagLogGroup", arn, arn+":*"),
		allow("FindLogs", "logs", "DescribeLogGroups", "*"),
	}
}

// permissionsOf maps each type of resource to the permissions to create, read, change
// and delete it, including those to read the values that the provider compares.
var permissionsOf = map[string][]permission{
	// A plan has this type if access logs are on. The access log of the HTTP API needs
	// no role, but the permission to create log deliveries.
	plan.TypeAccount: append(allowGateway("/account"), passRole("PassToGateway", "apigateway.amazonaws.com"),
		allow("FindRoles", "iam", "ListRoles", "*"), // to find an existing role for logs
		allow("DeliverLogs", "logs", "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries "+
			"PutResourcePolicy DescribeResourcePolicies", "*")),
	plan.TypeAPI:                 allowGateway("/apis", "/apis/*", "/tags/*"),
	plan.TypeAPIMapping:          allowGateway("/domainnames/*"),
	plan.TypeAuthorizer:          allowGateway("/apis/*"),
	plan.TypeIntegration:         allowGateway("/apis/*"),
	plan.TypeIntegrationResponse: allowGateway("/apis/*"),
	plan.TypeRoute:               allowGateway("/apis/*"),
	plan.TypeRouteResponse:       allowGateway("/apis/*"),
	plan.TypeStage:               allowGateway("/apis/*", "/tags/*"),
	plan.TypeAPIDomain: append(allowGateway("/domainnames", "/domainnames/*", "/tags/*"),
		allow("GatewayRole", "iam", "CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/ops.apigateway.amazonaws.com/*")),
	plan.TypeBudget: {allow("Budget", "budgets", "ModifyBudget ViewBudget ListTagsForResource TagResource UntagResource", budget)},
	plan.TypeDistribution: {allow("Site", "cloudfront", "CreateDistribution GetDistribution UpdateDistribution DeleteDistribution "+
		"ListTagsForResource TagResource UntagResource", "*")},
	plan.TypeProvider: {},
	// To create or change a web ACL, the deployer must also be allowed to use the groups of
	// rules that AWS maintains
	// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html).
	plan.TypeWebACL: {
		allow("Firewall", "wafv2", "CreateWebACL GetWebACL UpdateWebACL DeleteWebACL ListTagsForResource TagResource UntagResource",
			"arn:aws:wafv2:us-east-1:*:global/webacl/{project}-*/*"),
		allow("FirewallRules", "wafv2", "CreateWebACL UpdateWebACL", "arn:aws:wafv2:us-east-1:*:global/managedruleset/*/*"),
	},
	plan.TypeOriginAccess: {allow("Site", "cloudfront",
		"CreateOriginAccessControl GetOriginAccessControl UpdateOriginAccessControl DeleteOriginAccessControl", "*")},
	plan.TypeHeadersPolicy: {allow("Site", "cloudfront",
		"CreateResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy DeleteResponseHeadersPolicy", "*")},
	plan.TypeRule:      {allow("Sweep", "events", "PutRule DescribeRule DeleteRule ListTagsForResource TagResource UntagResource", rule)},
	plan.TypeTarget:    {allow("Sweep", "events", "PutTargets ListTargetsByRule RemoveTargets", rule)},
	plan.TypeDashboard: {allow("Watch", "cloudwatch", "PutDashboard GetDashboard DeleteDashboards", dashboard)},
	// The provider lists alarms and log groups. AWS requires the permission for all of
	// them.
	plan.TypeAlarm: {
		allow("Watch", "cloudwatch", "PutMetricAlarm DeleteAlarms ListTagsForResource TagResource UntagResource", alarm),
		allow("FindAlarms", "cloudwatch", "DescribeAlarms", alarms),
	},
	// Some versions of the provider use the older tagging operations, such as
	// TagLogGroup.
	plan.TypeLogGroup: logGroups("Logs", "{project}-*"),
	// AWS chooses the IDs of saved queries, and grants the actions for all of them only
	// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html).
	plan.TypeQuery: {allow("Queries", "logs", "PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition", "*")},
	plan.TypeUserPool: {
		allow("CreateUsers", "cognito-idp", "CreateUserPool DescribeUserPoolDomain", "*"),
		allow("Users", "cognito-idp", "DescribeUserPool UpdateUserPool DeleteUserPool GetUserPoolMfaConfig SetUserPoolMfaConfig "+
			"ListTagsForResource TagResource UntagResource", pool),
	},
	plan.TypeClient: {allow("Users", "cognito-idp", "CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient DeleteUserPoolClient", pool)},
	plan.TypeUserPoolDomain: {
		allow("CreateUsers", "cognito-idp", "DescribeUserPoolDomain", "*"),
		allow("Users", "cognito-idp", "CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain", pool),
	},
	plan.TypeUserPoolStyle: {allow("Users", "cognito-idp", "SetUICustomization GetUICustomization", pool)},
	// The provider reads the account's key for DynamoDB to compare it with the key
	// of the table.
	plan.TypeTable: {
		allow("Table", "dynamodb", "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive "+
			"DescribeContinuousBackups UpdateContinuousBackups ListTagsOfResource TagResource UntagResource", table),
		allow("Keys", "kms", "DescribeKey", "arn:aws:kms:*:*:key/*"),
	},
	plan.TypeQueue: {allow("Queue", "sqs", "CreateQueue GetQueueAttributes SetQueueAttributes GetQueueUrl DeleteQueue ListQueueTags TagQueue UntagQueue", queue)},
	// The ids of mappings are random, so a policy cannot distinguish them by name. It
	// distinguishes them by their function, where AWS allows that
	// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
	// The provider also reads a mapping that does not exist any more, which has no function.
	plan.TypeEventSource: {
		allow("Consume", "lambda", "CreateEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping", "*").when("ArnLike", "lambda:FunctionArn", function),
		allow("FindConsumer", "lambda", "GetEventSourceMapping ListTags TagResource UntagResource", "arn:aws:lambda:*:*:event-source-mapping:*"),
	},
	plan.TypeRole: {
		allow("Roles", "iam", "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole ListRolePolicies "+
			"ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole", role),
	},
	plan.TypeRolePolicy: {allow("Roles", "iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy", role)},
	plan.TypeAttachment: {
		allow("Attach", "iam", "AttachRolePolicy DetachRolePolicy", role).when("ArnEquals", "iam:PolicyARN", logPolicy),
		allow("Roles", "iam", "ListAttachedRolePolicies", role),
	},
	plan.TypeFunction: {
		allow("Function", "lambda", "CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig GetFunctionConcurrency "+
			"ListVersionsByFunction UpdateFunctionCode UpdateFunctionConfiguration PutFunctionConcurrency DeleteFunctionConcurrency "+
			"DeleteFunction ListTags TagResource UntagResource", function),
		passRole("PassToLambda", "lambda.amazonaws.com"),
	},
	plan.TypeAlias:        {allow("Release", "lambda", "PublishVersion CreateAlias GetAlias UpdateAlias DeleteAlias", function)},
	plan.TypePermission:   {allow("Function", "lambda", "AddPermission GetPolicy RemovePermission", function)},
	plan.TypeObject:       {allow("Files", "s3", "PutObject GetObject DeleteObject DeleteObjectVersion GetObjectTagging PutObjectTagging", bucket+"/*")},
	plan.TypeOwnership:    {allow("Bucket", "s3", "PutBucketOwnershipControls GetBucketOwnershipControls", bucket)},
	plan.TypeBucketPolicy: {allow("Bucket", "s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy", bucket)},
	plan.TypeBucketBlock:  {allow("Bucket", "s3", "PutBucketPublicAccessBlock GetBucketPublicAccessBlock", bucket)},
	plan.TypeEncryption:   {allow("Bucket", "s3", "PutEncryptionConfiguration GetEncryptionConfiguration", bucket)},
	plan.TypeBucket: {allow("Bucket", "s3", "CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketLocation GetBucketTagging PutBucketTagging "+
		"GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketVersioning "+
		"GetBucketWebsite GetAccelerateConfiguration GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration", bucket)},
	plan.TypeTopic: {allow("Alarms", "sns", "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic "+
		"ListTagsForResource TagResource UntagResource", topic)},
	plan.TypeSubscription: {allow("Alarms", "sns", "Subscribe GetSubscriptionAttributes Unsubscribe", topic)},
}

// permissionsFor returns the permissions that deploying a resource needs. It returns
// false if the table has no entry for its type.
func permissionsFor(r plan.Resource) ([]permission, bool) {
	permissions, ok := permissionsOf[r.Type]
	if r.Type == plan.TypeLogGroup && strings.HasPrefix(r.Text("name"), vendedLogs) {
		permissions = logGroups("AccessLog", vendedLogs+"{project}-*")
	}
	if r.Text("permissionsBoundary") != "" {
		// The permission to remove a boundary is a different one. The policy must not grant
		// it to users that the boundary restricts.
		permissions = append(slices.Clone(permissions), allow("Boundary", "iam", "PutRolePermissionsBoundary", role))
	}
	return permissions, ok
}
