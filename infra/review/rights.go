package review

import (
	"slices"

	"sallyport/infra/plan"
)

// right lets do some things on some resources. Rights of the same sid make one
// statement.
type right struct {
	sid, service, names string // names of actions, space-separated
	on                  []string
	condition           map[string]map[string]any
}

// on makes the right to do what names say on what a service calls by name.
func on(sid, service, names string, resources ...string) right {
	return right{sid: sid, service: service, names: names, on: resources}
}

// gateway is the right to the REST-like addresses by which API Gateway is
// administered. An API has an id of AWS's, so it cannot be told from others.
// AWS lists only the methods of HTTP as actions, but refuses to create a stage
// with tags to whoever may not do TagResource.
func gateway(paths ...string) []right {
	var resources []string
	for _, p := range paths {
		resources = append(resources, "arn:aws:apigateway:*::"+p)
	}
	return []right{on("Gateway", "apigateway", "GET POST PUT PATCH DELETE TagResource UntagResource", resources...)}
}

// passRole lets give a role to a service, and to no other.
func passRole(sid, service string) right {
	r := on(sid, "iam", "PassRole", role)
	r.condition = map[string]map[string]any{"StringEquals": {"iam:PassedToService": service}}
	return r
}

// attach lets attach API Gateway's policy for logs, and no other.
func attach() right {
	r := on("Attach", "iam", "AttachRolePolicy DetachRolePolicy", role)
	r.condition = map[string]map[string]any{"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"}}
	return r
}

const (
	role     = "arn:aws:iam::*:role/{project}-*"
	bucket   = "arn:aws:s3:::{project}-*"
	function = "arn:aws:lambda:*:*:function:{project}-*"
	logGroup = "arn:aws:logs:*:*:log-group:{project}-*"
	table    = "arn:aws:dynamodb:*:*:table/{project}-*"
	topic    = "arn:aws:sns:*:*:{project}-*"
	pool     = "arn:aws:cognito-idp:*:*:userpool/*"
	alarm    = "arn:aws:cloudwatch:*:*:alarm:{project}-*"
	alarms   = "arn:aws:cloudwatch:*:*:alarm:*"
	rule     = "arn:aws:events:*:*:rule/{project}-*"
	screen   = "arn:aws:cloudwatch::*:dashboard/{project}-*"
	budget   = "arn:aws:budgets::*:budget/{project}-*"
)

// rightsOf tells what it takes to create, read, change and delete each type of
// resource, the reading of what the provider compares included.
var rightsOf = map[string][]right{
	// The sign of access logs. For that of an HTTP API, which needs no role,
	// whoever declares its stage must be allowed to have logs delivered.
	"aws:apigateway/account:Account": append(gateway("/account"), passRole("PassToGateway", "apigateway.amazonaws.com"),
		on("FindRoles", "iam", "ListRoles", "*"), // to find an existing role for logs
		on("DeliverLogs", "logs", "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries "+
			"PutResourcePolicy DescribeResourcePolicies", "*")),
	typeAPI:                                  gateway("/apis", "/apis/*", "/tags/*"),
	"aws:apigatewayv2/apiMapping:ApiMapping": gateway("/domainnames/*"),
	typeAuthorizer:                           gateway("/apis/*"),
	typeIntegration:                          gateway("/apis/*"),
	"aws:apigatewayv2/integrationResponse:IntegrationResponse": gateway("/apis/*"),
	typeRoute: gateway("/apis/*"),
	"aws:apigatewayv2/routeResponse:RouteResponse": gateway("/apis/*"),
	typeStage: gateway("/apis/*", "/tags/*"),
	typeAPIDomain: append(gateway("/domainnames", "/domainnames/*", "/tags/*"),
		on("GatewayRole", "iam", "CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/ops.apigateway.amazonaws.com/*")),
	"aws:budgets/budget:Budget": {on("Budget", "budgets", "ModifyBudget ViewBudget ListTagsForResource TagResource UntagResource", budget)},
	typeDistribution: {on("Site", "cloudfront", "CreateDistribution GetDistribution UpdateDistribution DeleteDistribution "+
		"ListTagsForResource TagResource UntagResource", "*")},
	"aws:cloudfront/originAccessControl:OriginAccessControl": {on("Site", "cloudfront",
		"CreateOriginAccessControl GetOriginAccessControl UpdateOriginAccessControl DeleteOriginAccessControl", "*")},
	typeHeaders: {on("Site", "cloudfront",
		"CreateResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy DeleteResponseHeadersPolicy", "*")},
	typeRule:      {on("Sweep", "events", "PutRule DescribeRule DeleteRule ListTagsForResource TagResource UntagResource", rule)},
	typeTarget:    {on("Sweep", "events", "PutTargets ListTargetsByRule RemoveTargets", rule)},
	typeDashboard: {on("Watch", "cloudwatch", "PutDashboard GetDashboard DeleteDashboards", screen)},
	// The provider lists alarms and log groups, and AWS demands the right on all of
	// them.
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		on("Watch", "cloudwatch", "PutMetricAlarm DeleteAlarms ListTagsForResource TagResource UntagResource", alarm),
		on("FindAlarms", "cloudwatch", "DescribeAlarms", alarms),
	},
	// Some versions of the provider use the older tagging operations, such as
	// TagLogGroup.
	typeLogGroup: {
		on("Logs", "logs", "CreateLogGroup DeleteLogGroup PutRetentionPolicy ListTagsForResource TagResource UntagResource "+
			"ListTagsLogGroup TagLogGroup UntagLogGroup", logGroup, logGroup+":*"),
		on("FindLogs", "logs", "DescribeLogGroups", "*"),
	},
	"aws:cognito/userPool:UserPool": {
		on("CreateUsers", "cognito-idp", "CreateUserPool DescribeUserPoolDomain", "*"),
		on("Users", "cognito-idp", "DescribeUserPool UpdateUserPool DeleteUserPool GetUserPoolMfaConfig SetUserPoolMfaConfig "+
			"ListTagsForResource TagResource UntagResource", pool),
	},
	typeClient: {on("Users", "cognito-idp", "CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient DeleteUserPoolClient", pool)},
	"aws:cognito/userPoolDomain:UserPoolDomain": {
		on("CreateUsers", "cognito-idp", "DescribeUserPoolDomain", "*"),
		on("Users", "cognito-idp", "CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain", pool),
	},
	// The provider reads the account's key for DynamoDB to compare it with the key
	// of the table.
	typeTable: {
		on("Table", "dynamodb", "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive "+
			"DescribeContinuousBackups UpdateContinuousBackups ListTagsOfResource TagResource UntagResource", table),
		on("Keys", "kms", "DescribeKey", "arn:aws:kms:*:*:key/*"),
	},
	typeRole: {
		on("Roles", "iam", "CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole ListRolePolicies "+
			"ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole", role),
	},
	"aws:iam/rolePolicy:RolePolicy": {on("Roles", "iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy", role)},
	typeAttachment:                  {attach(), on("Roles", "iam", "ListAttachedRolePolicies", role)},
	typeFunction: {
		on("Function", "lambda", "CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig GetFunctionConcurrency "+
			"ListVersionsByFunction UpdateFunctionCode UpdateFunctionConfiguration PutFunctionConcurrency DeleteFunctionConcurrency "+
			"DeleteFunction ListTags TagResource UntagResource", function),
		passRole("PassToLambda", "lambda.amazonaws.com"),
	},
	typePermission: {on("Function", "lambda", "AddPermission GetPolicy RemovePermission", function)},
	typeObject:     {on("Files", "s3", "PutObject GetObject DeleteObject DeleteObjectVersion GetObjectTagging PutObjectTagging", bucket+"/*")},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {on("Bucket", "s3", "PutBucketOwnershipControls GetBucketOwnershipControls", bucket)},
	typeBucketPolicy: {on("Bucket", "s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy", bucket)},
	typeBucketBlock:  {on("Bucket", "s3", "PutBucketPublicAccessBlock GetBucketPublicAccessBlock", bucket)},
	typeEncryption:   {on("Bucket", "s3", "PutEncryptionConfiguration GetEncryptionConfiguration", bucket)},
	typeBucket: {on("Bucket", "s3", "CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketLocation GetBucketTagging PutBucketTagging "+
		"GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketVersioning "+
		"GetBucketWebsite GetAccelerateConfiguration GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration", bucket)},
	"aws:sns/topic:Topic": {on("Alarms", "sns", "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic "+
		"ListTagsForResource TagResource UntagResource", topic)},
	"aws:sns/topicSubscription:TopicSubscription": {on("Alarms", "sns", "Subscribe GetSubscriptionAttributes Unsubscribe", topic)},
}

// rightsFor returns the rights that deploying a resource needs.
func rightsFor(r plan.Resource) ([]right, bool) {
	rights, ok := rightsOf[r.Type]
	if r.Text("permissionsBoundary") != "" {
		// The right to remove a boundary is another one, and the policy must not
		// give it to the people whom the boundary restricts.
		rights = append(slices.Clone(rights), on("Boundary", "iam", "PutRolePermissionsBoundary", role))
	}
	return rights, ok
}
