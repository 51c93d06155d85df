package monitor

import (
	"maps"

	"sallyport/infra/plan"
)

// outputFunctions maps each type of resource to the function that returns its ID and sets the
// attributes that AWS computes. Attributes that only repeat inputs need no entry.
var outputFunctions = map[string]func(*resource) string{
	plan.TypeAccount:             func(*resource) string { return "api-gateway-account" },
	plan.TypeAPI:                 api,
	plan.TypeAPIMapping:          onlyID,
	plan.TypeAuthorizer:          idAndName("name", 6),
	plan.TypeAPIDomain:           domainName,
	plan.TypeIntegration:         onlyID,
	plan.TypeIntegrationResponse: onlyID,
	plan.TypeRoute:               onlyID,
	plan.TypeRouteResponse:       onlyID,
	plan.TypeStage:               stage,
	plan.TypeDistribution:        distribution,
	plan.TypeProvider:            func(r *resource) string { return r.uuid() },
	plan.TypeWebACL:              webACL,
	plan.TypeOriginAccess:        func(r *resource) string { r.named("name"); return "E" + r.code(13, upper+digits) },
	plan.TypeHeadersPolicy:       responseHeadersPolicy,
	plan.TypeBudget:              func(r *resource) string { return account + ":" + r.named("name") },
	plan.TypeRule:                withARN("events", "rule/"),
	plan.TypeTarget:              func(r *resource) string { return r.Text("rule") + "-" + r.Text("targetId") },
	plan.TypeDashboard:           idFromInput("dashboardName"),
	plan.TypeLogGroup:            withARN("logs", "log-group:"),
	plan.TypeAlarm:               func(r *resource) string { return r.named("name") },
	plan.TypeQuery:               query,
	plan.TypeUserPool:            userPool,
	plan.TypeClient:              idAndName("name", 26),
	plan.TypeUserPoolDomain:      idFromInput("domain"),
	plan.TypeUserPoolStyle:       func(r *resource) string { return r.Text("userPoolId") + ",ALL" },
	plan.TypeTable:               withARN("dynamodb", "table/"),
	plan.TypeQueue:               queue,
	plan.TypeEventSource:         eventSource,
	plan.TypeRole:                role,
	plan.TypeRolePolicy:          func(r *resource) string { return r.Text("role") + ":" + r.named("name") },
	plan.TypeAttachment:          func(r *resource) string { return r.Text("role") + "-" + r.code(16, digits) },
	plan.TypeFunction:            function,
	plan.TypeAlias:               alias,
	plan.TypePermission:          func(r *resource) string { return r.named("statementId") },
	plan.TypeObject:              idFromInput("key"),
	plan.TypeOwnership:           idFromInput("bucket"),
	plan.TypeBucketPolicy:        idFromInput("bucket"),
	plan.TypeBucketBlock:         idFromInput("bucket"),
	plan.TypeEncryption:          idFromInput("bucket"),
	plan.TypeBucket:              bucket,
	plan.TypeTopic:               topic,
	plan.TypeSubscription:        func(r *resource) string { return r.Text("topic") + ":" + r.code(8, digits+"abcdef") },
}

// onlyID is for resources whose only computed attribute is the ID.
func onlyID(r *resource) string { return r.code(7, lower+digits) }

// idAndName is for resources that have an ID and a name. key is the name's key, and n is the length
// of the ID.
func idAndName(key string, n int) func(*resource) string {
	return func(r *resource) string {
		r.named(key)
		return r.code(n, lower+digits)
	}
}

// idFromInput is for resources whose ID is an input.
func idFromInput(key string) func(*resource) string {
	return func(r *resource) string { return r.Text(key) }
}

func api(r *resource) string {
	id := r.code(10, lower+digits)
	r.named("name")
	r.set("arn", "arn:aws:apigateway:%s::/apis/%s", r.region, id)
	scheme := "https"
	if r.Text("protocolType") == "WEBSOCKET" {
		scheme = "wss"
	}
	r.set("apiEndpoint", "%s://%s.execute-api.%s.amazonaws.com", scheme, id, r.region)
	r.set("executionArn", "%s", r.arn("execute-api", "%s", id))
	return id
}

// stage computes the outputs of a stage. Only an HTTP API can have the stage $default.
func stage(r *resource) string {
	api, name := r.Text("apiId"), r.named("name")
	r.set("arn", "arn:aws:apigateway:%s::/apis/%s/stages/%s", r.region, api, name)
	r.set("executionArn", "%s", r.arn("execute-api", "%s/%s", api, name))
	if name == "$default" {
		r.set("invokeUrl", "https://%s.execute-api.%s.amazonaws.com/", api, r.region)
	} else {
		r.set("invokeUrl", "wss://%s.execute-api.%s.amazonaws.com/%s", api, r.region, name)
	}
	return name
}

func distribution(r *resource) string {
	id := "E" + r.code(13, upper+digits)
	r.set("arn", "arn:aws:cloudfront::%s:distribution/%s", account, id)
	r.set("domainName", "d%s.cloudfront.net", r.code(13, lower+digits))
	r.set("hostedZoneId", "Z2FDTNDATAQYW2") // of all distributions
	return id
}

// webACL computes the outputs of a web ACL for CloudFront.
func webACL(r *resource) string {
	id := r.uuid()
	r.set("arn", "%s", r.arn("wafv2", "global/webacl/%s/%s", r.named("name"), id))
	return id
}

func responseHeadersPolicy(r *resource) string {
	r.named("name")
	return r.uuid()
}

// withARN is for resources whose ID is their name, and whose ARN ends with prefix and
// name.
func withARN(service, prefix string) func(*resource) string {
	return func(r *resource) string {
		name := r.named("name")
		r.set("arn", "%s", r.arn(service, "%s%s", prefix, name))
		return name
	}
}

func userPool(r *resource) string {
	id := r.region + "_" + r.code(9, upper+lower+digits)
	r.named("name")
	r.set("arn", "%s", r.arn("cognito-idp", "userpool/%s", id))
	r.set("endpoint", "cognito-idp.%s.amazonaws.com/%s", r.region, id)
	return id
}

// queue computes the outputs of a queue. The provider uses the URL as id.
func queue(r *resource) string {
	name := r.named("name")
	r.set("arn", "%s", r.arn("sqs", "%s", name))
	return r.set("url", "https://sqs.%s.amazonaws.com/%s/%s", r.region, account, name)
}

// query computes the outputs of a saved query. The provider uses the ID of AWS as id.
func query(r *resource) string {
	r.named("name")
	return r.set("queryDefinitionId", "%s", r.uuid())
}

// uuid returns an ID in the form of a UUID.
func (r *resource) uuid() string {
	id := r.code(32, digits+"abcdef")
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

func eventSource(r *resource) string {
	uuid := r.uuid()
	r.set("arn", "%s", r.arn("lambda", "event-source-mapping:%s", uuid))
	return r.set("uuid", "%s", uuid)
}

func role(r *resource) string {
	name := r.named("name")
	r.set("arn", "arn:aws:iam::%s:role/%s", account, name)
	return name
}

func function(r *resource) string {
	name := r.named("name")
	arn := r.set("arn", "%s", r.arn("lambda", "function:%s", name))
	r.set("invokeArn", "arn:aws:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", r.region, arn)
	if r.Get("publish") == true {
		r.set("version", "1")
	}
	return name
}

// alias computes the outputs of an alias of a function. The provider uses the ARN as id.
func alias(r *resource) string {
	arn := r.set("arn", "%s", r.arn("lambda", "function:%s:%s", r.Text("functionName"), r.named("name")))
	r.set("invokeArn", "arn:aws:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", r.region, arn)
	return arn
}

func bucket(r *resource) string {
	name := r.named("bucket")
	r.set("arn", "arn:aws:s3:::%s", name)
	r.set("bucketRegionalDomainName", "%s.s3.%s.amazonaws.com", name, r.region)
	return name
}

// domainName computes the configuration, which has the inputs and the attributes that AWS
// adds.
func domainName(r *resource) string {
	name := r.Text("domainName")
	r.set("arn", "arn:aws:apigateway:%s::/domainnames/%s", r.region, name)
	configuration := map[string]any{
		"targetDomainName": "d-" + r.code(10, lower+digits) + ".execute-api." + r.region + ".amazonaws.com",
		"hostedZoneId":     "Z" + r.code(13, upper+digits),
	}
	if given, ok := r.Inputs["domainNameConfiguration"].(map[string]any); ok {
		maps.Copy(configuration, given)
	}
	r.Outputs["domainNameConfiguration"] = configuration
	return name
}

func topic(r *resource) string {
	return r.set("arn", "%s", r.arn("sns", "%s", r.named("name")))
}
