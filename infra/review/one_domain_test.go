package review

import (
	"strings"

	"sallyport/infra/plan"
)

// setOrigin changes a value of an origin of the distribution. The path leads to the value.
func setOrigin(id, path string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) { object(p, "origins", "originId", id, path)(value) }
}

// setBehavior changes a value of the behavior of a path.
func setBehavior(path, key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) { object(p, "orderedCacheBehaviors", "pathPattern", path, key)(value) }
}

// setErrorResponse changes a value of the response for a status.
func setErrorResponse(status float64, key string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) { object(p, "customErrorResponses", "errorCode", status, key)(value) }
}

// object returns a function that sets the value at a path in the element of a list of the
// distribution whose key has the given value.
func object(p *plan.Plan, list, key string, value any, path string) func(any) {
	for _, e := range p.OfType(plan.TypeDistribution)[0].Inputs[list].([]any) {
		object := e.(map[string]any)
		if object[key] != value {
			continue
		}
		keys := strings.Split(path, ".")
		for _, k := range keys[:len(keys)-1] {
			object = elements(object[k])[0].(map[string]any)
		}
		return func(v any) { object[keys[len(keys)-1]] = v }
	}
	panic("want " + key + " in " + list)
}

// setVariable changes an environment variable of the function.
func setVariable(name string, value any) func(*plan.Plan) {
	return func(p *plan.Plan) {
		lookup(p.OfType(plan.TypeFunction)[0], "environment.variables").(map[string]any)[name] = value
	}
}

// oneDomainViolations change the plan with one domain.
var oneDomainViolations = []violation{
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("socket", "customOriginConfig.originProtocolPolicy", "match-viewer"), `reaches the origin socket by "match-viewer"`},
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("http", "customOriginConfig.originSslProtocols", []any{"TLSv1.1", "TLSv1.2"}), "reaches the origin http with [TLSv1.1 TLSv1.2]"},
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("http", "domainName", "api.example.com"), `sends the secret to "api.example.com"`},
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("socket", "customHeaders", nil), "sends the headers [] to the origin socket"},
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("socket", "customHeaders.name", "X-Other"), "sends the headers [X-Other] to the origin socket"},
	{"CloudFront calls the APIs over TLS and with the secret", setOrigin("http", "customHeaders.value", "sesame"), "want X-Origin-Secret with a secret that Pulumi encrypts"},
	{"CloudFront calls the APIs over TLS and with the secret", func(p *plan.Plan) {
		for i := range p.Resources {
			p.Resources[i].Secrets = nil
		}
	}, "has the secret in the output origins in clear text"},
	{"CloudFront forwards every path of an API to the API, and does not cache it", setBehavior("/live", "cachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6"), `has cachePolicyId "658327ea-f89d-4fab-a63d-7e88639e58f6" for /live`},
	{"CloudFront forwards every path of an API to the API, and does not cache it", setBehavior("/tickets", "originRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3"), `has originRequestPolicyId "216adef6-5c7f-47e4-b989-5492eafa07d3" for /tickets`},
	{"CloudFront forwards every path of an API to the API, and does not cache it", setBehavior("/live", "viewerProtocolPolicy", "allow-all"), `has viewerProtocolPolicy "allow-all" for /live`},
	{"CloudFront forwards every path of an API to the API, and does not cache it", setBehavior("/connections", "targetOriginId", "socket"), `sends /connections to "o7097wq2ar.execute-api`},
	{"CloudFront forwards every path of an API to the API, and does not cache it", setBehavior("/connections", "pathPattern", "/other"), `sends /connections to ""`},
	{"CloudFront forwards every path of an API to the API, and does not cache it", set(plan.TypeStage, "name", "production"), `sends /production to ""`},
	{"CloudFront does not replace or cache the errors of the APIs", setErrorResponse(404, "errorCode", 403.0), "replaces the status 403 of the APIs by a page"},
	{"CloudFront does not replace or cache the errors of the APIs", setErrorResponse(500, "errorCachingMinTtl", 10.0), "keeps the status 500 of one request for others"},
	{"CloudFront does not replace or cache the errors of the APIs", setErrorResponse(404, "errorCachingMinTtl", 10.0), "keeps the status 404 of one request for others"},
	{"CloudFront does not replace or cache the errors of the APIs", setErrorResponse(414, "errorCachingMinTtl", nil), "keeps the status 414 of one request for others"},
	{"CloudFront does not replace or cache the errors of the APIs", setErrorResponse(501, "errorCode", 405.0), "keeps the status 501 of one request for others"},
	{"CloudFront does not replace or cache the errors of the APIs", set(plan.TypeDistribution, "customErrorResponses", nil), "keeps the status 503 of one request for others"},
	{"with one domain, clients cannot and need not call the APIs directly", setVariable("ORIGIN_SECRETS", "example-of-the-secret-that-CloudFront-sends"), "want SHA-256 values"},
	{"with one domain, clients cannot and need not call the APIs directly", setVariable("ORIGIN_SECRETS", nil), `has ORIGIN_SECRETS "", want SHA-256 values`},
	{"with one domain, clients cannot and need not call the APIs directly", set(plan.TypeDistribution, "origins", []any{}), "has ORIGIN_SECRETS, but no distribution sends the secret"},
	{"with one domain, clients cannot and need not call the APIs directly", replace(plan.TypeHeadersPolicy, "connect-src 'self'", "connect-src 'self' wss://o7097wq2ar.execute-api.eu-west-1.amazonaws.com"), "lets the console call wss://o7097wq2ar"},
	{"with one domain, clients cannot and need not call the APIs directly", func(p *plan.Plan) { p.Outputs["httpUrl"] = "https://x84nh2oh42.execute-api.eu-west-1.amazonaws.com" }, "output httpUrl: is https://x84nh2oh42"},
	{"no log can contain a token", set(plan.TypeDistribution, "loggingConfig", map[string]any{"bucket": "logs"}), "logs the query strings of handshakes"},
	{"no secret is in clear text", setVariable("ORIGIN_SECRETS", "example-of-the-secret-that-CloudFront-sends"), "has a variable ORIGIN_SECRETS in clear text"},
	{"the console gets addresses that it may call", replace(plan.TypeHeadersPolicy, "connect-src 'self'", "connect-src"), "does not let the console call wss://dxq21qkxc2v5q2.cloudfront.net/live"},
}
