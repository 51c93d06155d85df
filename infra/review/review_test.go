package review

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// committed are the committed plans. The tests of package infra compare them with the program.
var committed = []string{"../../local/plan.json", "../../local/one-domain.json", "../testdata/dev.json", "../testdata/least.json", "../testdata/domains.json", "../testdata/one-domain.json", "../testdata/one-domain-everything.json", "../testdata/alias.json", "../testdata/everything.json"}

func readPlan(tb testing.TB, path string) plan.Plan {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	p, err := plan.Read(f)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func everything(tb testing.TB) plan.Plan {
	tb.Helper()
	return readPlan(tb, "../testdata/everything.json")
}

func TestPlansObeyTheRules(t *testing.T) {
	for _, path := range committed {
		p := readPlan(t, path)
		for _, rule := range Rules() {
			t.Run(filepath.Base(path)+"/"+rule.Name, func(t *testing.T) {
				for _, s := range rule.Check(p) {
					t.Error(s)
				}
			})
		}
	}
}

// violation changes the plan of everything so that it breaks a rule.
type violation struct {
	rule string
	do   func(p *plan.Plan)
	want string // part of a violation that the rule finds
}

// set changes an attribute, an input or an output, of the resources of a type.
func set(typ, key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i, r := range p.Resources {
			if r.Type != typ {
				continue
			}
			p.Resources[i].Inputs[key] = value
			if _, ok := r.Outputs[key]; ok {
				r.Outputs[key] = value
			}
		}
	}
}

// only does the same as do for the one resource of a type with a name.
func only(typ, name string, do func(typ, key string, value any) func(*plan.Plan), key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		one := plan.Plan{}
		for _, r := range p.Resources {
			if r.Type == typ && r.Name == name {
				one.Resources = append(one.Resources, r)
			}
		}
		if len(one.Resources) != 1 {
			panic("want one " + typ + " with the name " + name)
		}
		do(typ, key, value)(&one) // its maps are those of the plan
	}
}

// replace replaces old in every string of the inputs of the resources of a type. It
// panics if no string has old.
func replace(typ, old, now string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		done := false
		for i, r := range p.Resources {
			if r.Type == typ {
				p.Resources[i].Inputs = replaced(r.Inputs, old, now, &done).(map[string]any)
			}
		}
		if !done {
			panic("want " + old + " in a " + typ)
		}
	}
}

func replaced(v any, old, now string, done *bool) any {
	switch v := v.(type) {
	case string:
		*done = *done || strings.Contains(v, old)
		return strings.ReplaceAll(v, old, now)
	case []any:
		for i := range v {
			v[i] = replaced(v[i], old, now, done)
		}
	case map[string]any:
		for k := range v {
			v[k] = replaced(v[k], old, now, done)
		}
	}
	return v
}

// remove removes the resources of a type.
func remove(typ string) func(*plan.Plan) {
	return func(p *plan.Plan) {
		var rest []plan.Resource
		for _, r := range p.Resources {
			if r.Type != typ {
				rest = append(rest, r)
			}
		}
		p.Resources = rest
	}
}

// stay sets whether the resources of a type remain when the stack is destroyed.
func stay(typ string, stays bool) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].Stays = stays
			}
		}
	}
}

// protect sets the protection of the resources of a type.
func protect(typ string, on bool) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range p.Resources {
			if p.Resources[i].Type == typ {
				p.Resources[i].Protected = on
			}
		}
	}
}

// query changes a value of the first query of an alarm. The path leads to the value.
func query(alarm, path string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for _, r := range p.OfType(plan.TypeAlarm) {
			if r.Name != alarm {
				continue
			}
			object := r.Inputs["metricQueries"].([]any)[0].(map[string]any)
			keys := strings.Split(path, ".")
			for _, key := range keys[:len(keys)-1] {
				object = object[key].(map[string]any)
			}
			object[keys[len(keys)-1]] = value
		}
	}
}

var violations = []violation{
	{"grants name actions and resources", replace(plan.TypeRolePolicy, `dynamodb:PutItem`, `dynamodb:*`), "grants the actions dynamodb:*"},
	{"grants name actions and resources", replace(plan.TypeRolePolicy, `"logs:PutLogEvents"],"Resource":["arn:aws:logs`, `"logs:PutLogEvents"],"Resource":["*","arn:aws:logs`), "grants logs:PutLogEvents on all resources"},
	{"grants name actions and resources", replace(plan.TypeRolePolicy, `/production/POST/@connections/*`, `/*/POST/@connections/*`), "grants [execute-api:ManageConnections] on arn:aws:execute-api"},
	{"grants name actions and resources", replace(plan.TypeBucketPolicy, `{"Service":"cloudfront.amazonaws.com"}`, `"*"`), "grants everyone [s3:GetObject]"},
	{"grants name actions and resources", set(plan.TypeAttachment, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), "attaches arn:aws:iam::aws:policy/AdministratorAccess"},
	{"permissions name the caller", set(plan.TypePermission, "sourceArn", ""), `has the source ""`},
	{"permissions name the caller", replace(plan.TypePermission, "/whoami", "/*"), "/*"},
	{"permissions name the caller", set(plan.TypePermission, "principal", "*"), "lets * do"},
	{"permissions name the caller", only(plan.TypePermission, "post-tickets", set, "principal", "*"), "Permission post-tickets: lets * do"},
	{"permissions name the caller", only(plan.TypePermission, "sweep", set, "principal", "apigateway.amazonaws.com"), "Permission sweep: has the source"},
	{"permissions name the caller", only(plan.TypePermission, "sweep", set, "sourceArn", "arn:aws:events:eu-west-1:111122223333:rule/*"), "Permission sweep: has the source"},
	{"permissions name the caller", only(plan.TypePermission, "post-tickets", set, "action", "lambda:InvokeFunctionUrl"), "do lambda:InvokeFunctionUrl"},
	{"$connect has the authorizer", set(plan.TypeRoute, "authorizationType", "NONE"), "Route connect: needs an authorizer: true, has one: false"},
	{"$connect has the authorizer", set(plan.TypeRoute, "authorizerId", "another"), "Route connect: needs an authorizer: true, has one: false"},
	{"$connect has the authorizer", replace(plan.TypeAuthorizer, "/invocations", ""), "is a REQUEST authorizer that calls"},
	{"every route can call the function", replace(plan.TypePermission, "/$disconnect", "/$connect"), "Route disconnect: has no permission to call"},
	{"every route can call the function", replace(plan.TypePermission, "/authorizers/", "/"), "Authorizer authorizer: has no permission to call"},
	{"every route can call the function", replace(plan.TypePermission, "/$default/POST/tickets", "/$default/POST/ticket"), "Route post-tickets: has no permission to call"},
	{"every route can call the function", replace(plan.TypePermission, "/$default/DELETE/", "/production/DELETE/"), "Route delete-connections: has no permission to call"},
	{"every route can call the function", replace(plan.TypePermission, ":rule/", ":rule/x"), "EventTarget sweep: has no permission to call"},
	{"every route can call the function", remove(plan.TypeRule), "EventTarget sweep: has no permission to call"},
	{"no secret is in clear text", replace(plan.TypeFunction, "sallyport-everything-connections", "AKIAABCDEFGHIJKLMNOP"), "has a secret in environment.variables.TABLE_NAME"},
	{"no secret is in clear text", set(plan.TypeFunction, "environment", map[string]any{"variables": map[string]any{"DB_PASSWORD": "x"}}), "variable DB_PASSWORD"},
	{"no secret is in clear text", set(plan.TypeClient, "generateSecret", true), `generateSecret is "true", want false`},
	{"no secret is in clear text", func(p *plan.Plan) { p.Outputs["clientSecret"] = "x" }, "output clientSecret"},
	{"no log can contain a token", replace(plan.TypeStage, "$context.routeKey", "$context.requestOverride.querystring.token"), "logs $context.requestOverride"},
	{"no log can contain a token", replace(plan.TypeStage, "$context.status", "$context.authorizer.principalId"), "logs $context.authorizer.principalId"},
	{"no log can contain a token", replace(plan.TypeStage, "$context.error.responseType", "$context.error.message"), "logs $context.error.message"},
	{"no log can contain a token", replace(plan.TypeStage, "$context.authorizer.status", "$context.authorizer.error"), "logs $context.authorizer.error"},
	{"no log can contain a token", set(plan.TypeStage, "defaultRouteSettings", map[string]any{"dataTraceEnabled": true}), "logs whole requests"},
	{"no log can contain a token", only(plan.TypeStage, "http", set, "accessLogSettings", map[string]any{"format": `{"requestId":"$context.requestId","c":"$context.connectionId"}`}), "which an HTTP API does not know"},
	{"buckets are private", set(plan.TypeBucketBlock, "blockPublicPolicy", false), `blockPublicPolicy is "false", want true`},
	{"buckets are private", remove(plan.TypeBucketBlock), "can be made public"},
	{"buckets are private", replace(plan.TypeBucketPolicy, "distribution/", "distribution/x"), "read for"},
	{"data is encrypted at rest", set(plan.TypeTable, "serverSideEncryption", nil), `Table connections: serverSideEncryption.enabled is ""`},
	{"data is encrypted at rest", remove(plan.TypeEncryption), "does not declare encryption"},
	{"data is encrypted in transit", replace(plan.TypeBucketPolicy, "aws:SecureTransport", "aws:Referer"), "without TLS"},
	{"data is encrypted in transit", replace(plan.TypeDistribution, "redirect-to-https", "allow-all"), `viewerProtocolPolicy is "allow-all"`},
	{"data is encrypted in transit", replace(plan.TypeDistribution, "TLSv1.2_2021", "TLSv1"), `accepts TLS from version "TLSv1"`},
	{"data is encrypted in transit", set(plan.TypeAPIDomain, "domainNameConfiguration", map[string]any{"securityPolicy": "TLS_1_0"}), `securityPolicy is "TLS_1_0"`},
	{"data is encrypted in transit", set(plan.TypeHeadersPolicy, "securityHeadersConfig", nil), `accessControlMaxAgeSec is ""`},
	{"stages are throttled", set(plan.TypeStage, "defaultRouteSettings", nil), `throttlingRateLimit is ""`},
	{"stages are throttled", set(plan.TypeStage, "defaultRouteSettings", map[string]any{"throttlingRateLimit": 1.0}), `throttlingBurstLimit is ""`},
	{"stages are throttled", only(plan.TypeStage, "http", set, "defaultRouteSettings", nil), `Stage http: defaultRouteSettings.throttlingRateLimit is ""`},
	{"logs have a retention", set(plan.TypeLogGroup, "retentionInDays", 0.0), `retentionInDays is "0"`},
	{"logs have a retention", set(plan.TypeFunction, "loggingConfig", nil), "logs to a group that Lambda creates"},
	{"rows expire", set(plan.TypeTable, "ttl", map[string]any{"enabled": false}), `ttl.enabled is "false"`},
	{"rows expire", only(plan.TypeTable, "tickets", set, "ttl", nil), `Table tickets: ttl.enabled is ""`},
	{"rows expire", replace(plan.TypeTable, "expiresAt", strings.Repeat("a", 256)), "ttl.attributeName is"},
	{"rows expire", replace(plan.TypeTable, "expiresAt", ""), `ttl.attributeName is ""`},
	{"data is encrypted at rest", only(plan.TypeTable, "tickets", set, "serverSideEncryption", nil), `Table tickets: serverSideEncryption.enabled is ""`},
	{"the function gets the callback address that works", func(p *plan.Plan) {
		set(plan.TypeFunction, "environment", map[string]any{"variables": map[string]any{"CONNECTIONS_URL": "https://socket.example.com/production"}})(p)
		p.Outputs["connectionsUrl"] = "https://socket.example.com/production"
	}, `pushes to "https://socket.example.com/production"`},
	{"the console gets addresses that it may call", func(p *plan.Plan) { p.Outputs["websocketUrl"] = "wss://other.example" }, "want the stack's outputs"},
	{"the console gets addresses that it may call", replace(plan.TypeHeadersPolicy, "wss://socket.example.com", ""), "does not let the console call wss://socket.example.com"},
	{"the console gets addresses that it may call", replace(plan.TypeClient, "https://chat.example.com/", "https://chat.example.com"), "has callbackUrls [https://chat.example.com], want https://chat.example.com/"},
	{"the console gets addresses that it may call", func(p *plan.Plan) { p.Outputs["httpUrl"] = "https://other.example" }, "want https://other.example"},
	{"the console gets addresses that it may call", replace(plan.TypeHeadersPolicy, "https://x84nh2oh42.execute-api.eu-west-1.amazonaws.com", ""), "does not let the console call https://x84nh2oh42"},
	{"the console gets addresses that it may call", replace(plan.TypeHeadersPolicy, "wss://socket2.example.com", ""), "does not let the console call wss://socket2.example.com"},
	{"the console gets addresses that it may call", replace(plan.TypeHeadersPolicy, " https://k1l2m3n4o5.execute-api.us-east-1.amazonaws.com", ""), "does not let the console call https://k1l2m3n4o5"},
	{"the console gets addresses that it may call", replace(plan.TypeObject, `"region":"eu-west-1","websocketUrl":"wss://socket.example.com"`, `"region":"eu-west-1","websocketUrl":"wss://other.example"`), "as its first region, want the stack's own"},
	{"the function alone decides on origins", only(plan.TypeAPI, "http", set, "corsConfiguration", map[string]any{"allowOrigins": []any{"*"}}), "Api http: answers OPTIONS"},
	{"the function alone decides on origins", replace(plan.TypeFunction, "https://chat.example.com ", ""), "refuses the site"},
	{"the function alone decides on origins", replace(plan.TypeFunction, "https://app.example.com", "http://app.example.com"), "allows pages of http://app.example.com"},
	{"the function alone decides on origins", replace(plan.TypeFunction, "https://app.example.com", "https://*.example.com"), "allows pages of https://*.example.com"},
	{"the function alone decides on origins", replace(plan.TypeFunction, "https://app.example.com", "*"), "allows pages of *"},
	{"tickets are stored and deleted, but never read", replace(plan.TypeRolePolicy, `"Tickets","Effect":"Allow","Action":["dynamodb:PutItem"`, `"Tickets","Effect":"Allow","Action":["dynamodb:GetItem"`), "grants [dynamodb:GetItem dynamodb:DeleteItem] on tickets"},
	{"tickets are stored and deleted, but never read", only(plan.TypeTable, "tickets", set, "pointInTimeRecovery", map[string]any{"enabled": true}), "keeps copies"},
	{"indexes exist and are used", replace(plan.TypeRolePolicy, "/index/byExpiry", "/index/byExpire"), "/index/byExpire, which does not exist"},
	{"indexes exist and are used", replace(plan.TypeRolePolicy, "dynamodb:Query", "dynamodb:Scan"), "/index/byExpiry, which no policy allows to query"},
	{"indexes exist and are used", set(plan.TypeTable, "globalSecondaryIndexes", nil), "/index/byUserId, which does not exist"},
	{"events of the sweep do not accumulate", set(plan.TypeTarget, "retryPolicy", nil), `retryPolicy.maximumRetryAttempts is ""`},
	{"events of the sweep do not accumulate", set(plan.TypeTarget, "arn", "arn:aws:lambda:eu-west-1:111122223333:function:other"), "function:other, which does not exist"},
	{"events of the sweep do not accumulate", set(plan.TypeRule, "scheduleExpression", "rate(1 minutes)"), `scheduleExpression is "rate(1 minutes)"`},
	{"events of the sweep do not accumulate", remove(plan.TypeTarget), "calls nothing"},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "name", "sallyport-everything-channels-o7097wq2ar"), `Queue channels: name is "sallyport-everything-channels-o7097wq2ar"`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "name", strings.Repeat("a", 76)+".fifo"), "Queue dead-letters: name is"},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "name", "a.b.fifo"), `name is "a.b.fifo"`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "fifoQueue", nil), `Queue channels: fifoQueue is ""`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "deduplicationScope", "queue"), `deduplicationScope is "queue"`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "fifoThroughputLimit", "perQueue"), `fifoThroughputLimit is "perQueue"`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "messageRetentionSeconds", nil), `messageRetentionSeconds is ""`},
	{"queues are FIFO, and each group has its own throughput", set(plan.TypeQueue, "visibilityTimeoutSeconds", nil), `visibilityTimeoutSeconds is ""`},
	{"a queue waits for the function", only(plan.TypeQueue, "channels", set, "visibilityTimeoutSeconds", 119.0), "Queue channels: gives a message out again after 119 seconds, want six times the timeout of the function, 20"},
	{"a queue waits for the function", set(plan.TypeFunction, "timeout", 21.0), "want six times the timeout of the function, 21"},
	{"a queue waits for the function", set(plan.TypeFunction, "timeout", nil), "want six times the timeout of the function, 0"},
	{"a queue waits for the function", set(plan.TypeEventSource, "eventSourceArn", "arn:aws:sqs:eu-west-1:111122223333:other.fifo"), "EventSourceMapping channels: has the source \"arn:aws:sqs:eu-west-1:111122223333:other.fifo\""},
	{"failed messages are kept", only(plan.TypeQueue, "channels", set, "redrivePolicy", nil), "Queue channels: has no redrive policy"},
	{"failed messages are kept", replace(plan.TypeQueue, "dead-letters-o7097wq2ar", "channels-o7097wq2ar"), "Queue channels: moves dead letters to"},
	{"failed messages are kept", replace(plan.TypeQueue, "dead-letters-o7097wq2ar.fifo\"", "other.fifo\""), "other.fifo\", want another queue of the plan"},
	{"failed messages are kept", replace(plan.TypeQueue, `"maxReceiveCount":50`, `"maxReceiveCount":0`), "gives a message out 0 times"},
	{"failed messages are kept", replace(plan.TypeQueue, `"maxReceiveCount":50`, `"maxReceiveCount":1001`), "gives a message out 1001 times"},
	{"failed messages are kept", only(plan.TypeQueue, "dead-letters", set, "fifoQueue", false), "Queue dead-letters: is FIFO: false, but the queue of its messages: true"},
	{"failed messages are kept", only(plan.TypeQueue, "dead-letters", set, "messageRetentionSeconds", 60.0), "Queue dead-letters: keeps messages for 60 seconds"},
	{"failed messages are kept", set(plan.TypeEventSource, "functionName", "other"), `and the function "other"`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "batchSize", 11.0), `batchSize is "11"`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "batchSize", nil), `batchSize is ""`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "maximumBatchingWindowInSeconds", 1.0), `maximumBatchingWindowInSeconds is "1"`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "functionResponseTypes", nil), `functionResponseTypes is ""`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "scalingConfig", nil), `scalingConfig.maximumConcurrency is ""`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "scalingConfig", map[string]any{"maximumConcurrency": 1.0}), `scalingConfig.maximumConcurrency is "1"`},
	{"Lambda reads the queue as AWS allows", set(plan.TypeEventSource, "scalingConfig", map[string]any{"maximumConcurrency": 1001.0}), `scalingConfig.maximumConcurrency is "1001"`},
	{"Lambda reads the queue as AWS allows", replace(plan.TypeRolePolicy, `"sqs:ReceiveMessage",`, ""), "EventSourceMapping channels: needs sqs:ReceiveMessage on arn:aws:sqs"},
	{"Lambda reads the queue as AWS allows", replace(plan.TypeRolePolicy, `"sqs:DeleteMessage",`, ""), "needs sqs:DeleteMessage on"},
	{"Lambda reads the queue as AWS allows", replace(plan.TypeRolePolicy, `"sqs:GetQueueAttributes"`, `"sqs:GetQueueUrl"`), "needs sqs:GetQueueAttributes on"},
	{"Lambda reads the queue as AWS allows", replace(plan.TypeRolePolicy, ":sallyport-everything-channels-o7097wq2ar.fifo", ":sallyport-everything-dead-letters-o7097wq2ar.fifo"), "needs sqs:ReceiveMessage on"},
	{"Lambda reads the queue as AWS allows", set(plan.TypeRolePolicy, "role", "other"), "needs sqs:ReceiveMessage on"},
	{"a queue does not use the whole function", set(plan.TypeFunction, "reservedConcurrentExecutions", 8.0), "EventSourceMapping channels: can use 8 of the function's 8 concurrent executions"},
	{"a queue does not use the whole function", set(plan.TypeEventSource, "scalingConfig", map[string]any{"maximumConcurrency": 51.0}), "can use 51 of the function's 50"},
	{"data is encrypted at rest", only(plan.TypeQueue, "dead-letters", set, "sqsManagedSseEnabled", false), `Queue dead-letters: sqsManagedSseEnabled is "false"`},
	{"data is encrypted at rest", set(plan.TypeQueue, "sqsManagedSseEnabled", nil), `Queue channels: sqsManagedSseEnabled is ""`},
	{"stacks do not share names", only(plan.TypeQueue, "channels", set, "name", "sallyport-everything-channels.fifo"), "Queue channels: has the name \"sallyport-everything-channels.fifo\", as in another stack"},
	{"alarms and dashboards watch metrics that exist", query("dead-letters", "metric.dimensions.QueueName", "other.fifo"), "MetricAlarm dead-letters: watches AWS/SQS ApproximateNumberOfMessagesVisible of map[QueueName:other.fifo]"},
	{"the dashboard is free", set(plan.TypeDashboard, "dashboardBody", `{"widgets":[{"properties":{"metrics":[["expression"]`+strings.Repeat(`,["a","b"]`, 51)+`]}}]}`), "shows 51 metrics"},
	{"the dashboard is free", set(plan.TypeDashboard, "dashboardBody", "{}"), "shows 0 metrics"},
	{"resources have the stack's tags", set(plan.TypeTable, "tags", map[string]any{"Project": "sallyport"}), "Table connections: has tags"},
	{"stacks do not share names", set(plan.TypeRole, "name", "sallyport-function"), "which does not begin with project and stack"},
	{"stacks do not share names", set(plan.TypeDashboard, "dashboardName", "sallyport-everything-screen"), "as in another stack of the same name"},
	{"stacks do not share names", set(plan.TypeTable, "name", "sallyport-everything-connections"), "as in another stack of the same name"},
	{"stacks do not share names", set(plan.TypeFunction, "environment", map[string]any{"variables": map[string]any{"METRICS": "sallyport-everything"}}), "writes metrics into"},
	{"stacks do not share names", set(plan.TypeLogGroup, "name", "sallyport-everything-logs"), "like "},
	{"destroy leaves only shared resources", stay(plan.TypeTable, true), "Table connections: remains"},
	{"destroy leaves only shared resources", stay(plan.TypeAccount, false), "is deleted, but other APIs"},
	{"destroy leaves only shared resources", set(plan.TypeBucket, "forceDestroy", nil), `forceDestroy is ""`},
	{"destroy leaves only shared resources", set(plan.TypeLogGroup, "skipDestroy", true), "is not destroyed"},
	{"protected resources have the protection of AWS and of Pulumi", protect(plan.TypeTable, false), "Table connections: has deletion protection of AWS: true, of Pulumi: false"},
	{"protected resources have the protection of AWS and of Pulumi", protect(plan.TypeUserPool, false), "UserPool users: has deletion protection of AWS: true"},
	{"protected resources have the protection of AWS and of Pulumi", set(plan.TypeTable, "deletionProtectionEnabled", false), "of AWS: false, of Pulumi: true"},
	{"every role has the same permissions boundary", only(plan.TypeRole, "gateway-logs", set, "permissionsBoundary", nil), `Role gateway-logs: has the permissions boundary ""`},
	{"every endpoint has IPv6", set(plan.TypeAPI, "ipAddressType", nil), `Api http: ipAddressType is ""`},
	{"every endpoint has IPv6", set(plan.TypeAPIDomain, "domainNameConfiguration", map[string]any{"ipAddressType": "ipv4"}), `DomainName api: domainNameConfiguration.ipAddressType is "ipv4"`},
	{"every endpoint has IPv6", set(plan.TypeDistribution, "isIpv6Enabled", false), `Distribution site: isIpv6Enabled is "false"`},
	{"index.html is uploaded last", independent(plan.TypeObject), "index.html: does not depend on config.json"},
	{"access logs of HTTP APIs do not fill a policy of the account", replace(plan.TypeStage, ":log-group:/aws/vendedlogs/", ":log-group:"), "Stage http: logs to arn:aws:logs:eu-west-1:111122223333:log-group:sallyport-everything-http-access-"},
	{"no update removes an access log", set(plan.TypeStage, "accessLogSettings", nil), "Stage http: would get empty access log settings"},
	{"AWS accepts the values", set(plan.TypeAPI, "protocolType", "WS"), `protocolType is "WS", want HTTP|WEBSOCKET`},
	{"AWS accepts the values", set(plan.TypeFunction, "architectures", []any{"arm"}), `architectures is "arm"`},
	{"AWS accepts the values", set(plan.TypeRole, "name", "a b"), `Role function: name is "a b"`},
	{"AWS accepts the values", set(plan.TypeRole, "name", strings.Repeat("a", 65)), "want [\\w+=,.@-]{1,64}"},
	{"AWS accepts the values", set(plan.TypeTable, "billingMode", nil), `billingMode is ""`},
	{"AWS accepts the values", set(plan.TypeHeadersPolicy, "securityHeadersConfig", map[string]any{"frameOptions": map[string]any{"frameOption": "NEVER"}}), `securityHeadersConfig.*.override is "", want true|false`},
	{"AWS accepts the values", replace(plan.TypeHeadersPolicy, "default-src 'none'", "default-src 'none'"+strings.Repeat(" https://a.example.com", 60)), `contentSecurityPolicy.contentSecurityPolicy is "default-src 'none' https://a`},
	{"AWS accepts the values", replace(plan.TypeFunction, ":role/", ":role"), `Function function: role is "arn`},
	{"AWS accepts the values", set(plan.TypeAlarm, "treatMissingData", "ok"), `treatMissingData is "ok"`},
	{"AWS accepts the values", set(plan.TypeFunction, "code", nil), `code.archive is ""`},
	{"AWS accepts the values", set(plan.TypeFunction, "code", map[string]any{"archive": ""}), `code.archive is ""`},
	{"alarms and dashboards watch metrics that exist", replace(plan.TypeAlarm, "CouldNotDecide", "CouldNotKnow"), "MetricAlarm authorizer: watches sallyport-everything-o7097wq2ar CouldNotKnow"},
	{"alarms and dashboards watch metrics that exist", query("authorizer", "metric.dimensions.Route", "$connect"), "CouldNotDecide of map[Route:$connect], which nothing writes"},
	{"alarms and dashboards watch metrics that exist", query("errors", "metric.dimensions", nil), "Failures of map[], which nothing writes"},
	{"alarms and dashboards watch metrics that exist", query("slow", "metric.dimensions.FunctionName", "other"), "AWS/Lambda Duration of map[FunctionName:other]"},
	{"alarms and dashboards watch metrics that exist", query("slow", "metric.dimensions.Resource", "x"), "MetricAlarm slow: watches AWS/Lambda Duration"},
	{"alarms and dashboards watch metrics that exist", query("tickets", "metric.dimensions.Stage", "live"), "AWS/ApiGateway 5xx of map[ApiId:x84nh2oh42 Stage:live]"},
	{"alarms and dashboards watch metrics that exist", query("push", "metric.namespace", "sallyport-other"), "watches sallyport-other Throttled"},
	{"alarms and dashboards watch metrics that exist", replace(plan.TypeDashboard, `"Sent","Route","push"`, `"Sent","Route","sweep"`), "Dashboard stack: watches sallyport-everything-o7097wq2ar Sent of map[Route:sweep]"},
	{"alarms and dashboards watch metrics that exist", replace(plan.TypeDashboard, `"LogGroupName","`, `"LogGroupName","x`), "watches AWS/Logs IncomingBytes"},
	{"every alarm watches one value", query("slow", "metric", nil), `MetricAlarm slow: has a query "m1" that is not either a metric or an expression`},
	{"every alarm watches one value", query("slow", "expression", "m1"), `MetricAlarm slow: has a query "m1" that is not either`},
	{"every alarm watches one value", replace(plan.TypeAlarm, "m1 - FILL(m2, 0) - 1.05 * (FILL(m3, 0) + FILL(m4, 0))", ""), `MetricAlarm crashes: has a query "e1" that is not either`},
	{"every alarm watches one value", replace(plan.TypeAlarm, "FILL(m4, 0)", "FILL(m5, 0)"), `MetricAlarm crashes: has an expression with the unknown query "m5"`},
	{"every alarm watches one value", query("slow", "returnData", false), "MetricAlarm slow: has 0 queries that return data"},
	{"every alarm watches one value", set(plan.TypeAlarm, "metricQueries", nil), "has 0 queries that return data"},
	{"saved queries read the function's log only", set(plan.TypeQuery, "logGroupNames", nil), "QueryDefinition user: reads the log groups [<nil>]"},
	{"saved queries read the function's log only", set(plan.TypeQuery, "logGroupNames", []any{}), "QueryDefinition slowest: reads the log groups []"},
	{"saved queries read the function's log only", replace(plan.TypeQuery, "sallyport-everything-function-", "sallyport-everything-access-"), "QueryDefinition tasks: reads the log groups [sallyport-everything-access-"},
	{"saved queries read the function's log only", only(plan.TypeQuery, "user", set, "logGroupNames", []any{"a", "b"}), "QueryDefinition user: reads the log groups [a b]"},
	{"AWS accepts the values", query("slow", "metric.metricName", ""), `metricQueries.metric.metricName is ""`},
	{"dependencies exist and have no cycle", remove(plan.TypePermission), "which does not exist"},
	{"dependencies exist and have no cycle", func(p *plan.Plan) {
		for i, r := range p.Resources {
			if r.Type == plan.TypeRoute && r.Name == "ping" {
				p.Resources[i].After = []string{plan.TypeStage + " stage"}
			}
		}
	}, "which depends on it"},
}

// Each rule finds its violations, and each rule has one.
func TestRulesFindViolations(t *testing.T) {
	rules, tried := map[string]Rule{}, map[string]bool{}
	for _, r := range Rules() {
		rules[r.Name] = r
	}
	try := func(p plan.Plan, v violation) {
		t.Run(v.rule+"/"+v.want, func(t *testing.T) {
			v.do(&p)
			got := rules[v.rule].Check(p)
			if !strings.Contains(strings.Join(got, "\n"), v.want) {
				t.Errorf("got %q, want %q in one of them", got, v.want)
			}
		})
		tried[v.rule] = true
	}
	for _, v := range violations {
		try(everything(t), v)
	}
	for _, v := range oneDomainViolations {
		try(readPlan(t, "../testdata/one-domain.json"), v)
	}
	for _, v := range firewallViolations {
		try(readPlan(t, "../testdata/one-domain-everything.json"), v)
	}
	for _, v := range aliasViolations {
		try(readPlan(t, "../testdata/alias.json"), v)
	}
	for name := range rules {
		if !tried[name] {
			t.Errorf("the rule %q has no violation in this test", name)
		}
	}
}
