package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/originsecret"
)

const (
	// cachingDisabled is the ID of CloudFront's managed cache policy that caches nothing
	// (its guide, "Use managed cache policies").
	cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	// allViewerExceptHostHeader is the ID of CloudFront's managed origin request policy
	// that forwards all headers of the client except Host, all cookies and the query, and
	// adds CloudFront-Viewer-Address (api-gateway.md 17). API Gateway refuses the Host of
	// another domain with 403.
	allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

	socketOrigin = "socket"
	httpOrigin   = "http"
)

// warnOfClearText warns if the stack's file has the secrets in clear text.
func warnOfClearText(ctx *pulumi.Context, secrets []string) error {
	if len(secrets) == 0 || ctx.IsConfigSecret(ctx.Project()+":originSecrets") {
		return nil
	}
	return ctx.Log.Warn("setting originSecrets is in clear text in the stack's file: replace the secrets, encrypted (pulumi config set --path --secret 'originSecrets[0]' VALUE)", nil)
}

// websocketURL returns the address that clients connect to.
func (s *stack) websocketURL() pulumi.StringOutput {
	if s.OneDomain {
		return pulumi.Sprintf("wss://%s/%s", s.site.Host, s.StageName)
	}
	return s.api.WebsocketURL
}

// httpURL returns the address of the HTTP API for clients.
func (s *stack) httpURL() pulumi.StringOutput {
	if s.OneDomain {
		return s.site.URL
	}
	return s.http.URL
}

// serveAPIs adds the APIs to the distribution. The WebSocket API gets the requests to
// /{stageName}, the HTTP API gets those to its paths, and the bucket gets all others.
func (s *stack) serveAPIs(args *cloudfront.DistributionArgs, origins cloudfront.DistributionOriginArray) {
	origins = append(origins, s.apiOrigin(socketOrigin, s.api.Host))
	behaviors := cloudfront.DistributionOrderedCacheBehaviorArray{apiBehavior(socketOrigin, "/"+s.StageName)}
	if s.Tickets {
		origins = append(origins, s.apiOrigin(httpOrigin, s.http.Host))
	}
	for _, path := range s.HTTPPaths() {
		behaviors = append(behaviors, apiBehavior(httpOrigin, path))
	}
	args.Origins, args.OrderedCacheBehaviors = origins, behaviors
	args.CustomErrorResponses = apiErrorResponses()
}

// apiOrigin returns an API as an origin of the distribution. CloudFront adds the first secret to
// each request.
func (s *stack) apiOrigin(id string, host pulumi.StringInput) *cloudfront.DistributionOriginArgs {
	return &cloudfront.DistributionOriginArgs{
		OriginId:   pulumi.String(id),
		DomainName: host,
		CustomHeaders: cloudfront.DistributionOriginCustomHeaderArray{&cloudfront.DistributionOriginCustomHeaderArgs{
			Name:  pulumi.String(originsecret.Header),
			Value: pulumi.ToSecret(pulumi.String(s.OriginSecrets[0])).(pulumi.StringOutput),
		}},
		CustomOriginConfig: &cloudfront.DistributionOriginCustomOriginConfigArgs{
			HttpPort:             pulumi.Int(80), // required, never used
			HttpsPort:            pulumi.Int(443),
			OriginProtocolPolicy: pulumi.String("https-only"),
			OriginSslProtocols:   pulumi.ToStringArray([]string{"TLSv1.2"}),
		},
	}
}

// apiBehavior returns the behavior of a path that belongs to an API. It adds no headers: the
// function sends stricter ones than those of the site.
func apiBehavior(origin, path string) *cloudfront.DistributionOrderedCacheBehaviorArgs {
	return &cloudfront.DistributionOrderedCacheBehaviorArgs{
		PathPattern:           pulumi.String(path),
		TargetOriginId:        pulumi.String(origin),
		ViewerProtocolPolicy:  pulumi.String("https-only"),
		AllowedMethods:        pulumi.ToStringArray([]string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
		CachedMethods:         pulumi.ToStringArray([]string{"GET", "HEAD"}), // required, with a policy that caches nothing
		CachePolicyId:         pulumi.String(cachingDisabled),
		OriginRequestPolicyId: pulumi.String(allViewerExceptHostHeader),
		Compress:              pulumi.Bool(false),
	}
}

// apiErrorResponses returns the error responses of a distribution with the APIs. They apply to
// all behaviors. So only 404 has the page: clients of the APIs must get a 401 or 403
// unchanged. CloudFront would keep some failures of an API for ten seconds, and answer other
// clients with them: the query is no part of the key, so a handshake with a query that is too
// long would fail all handshakes (api-gateway.md 17).
func apiErrorResponses() cloudfront.DistributionCustomErrorResponseArray {
	page := errorPage(404)
	page.ErrorCachingMinTtl = pulumi.Int(0)
	all := cloudfront.DistributionCustomErrorResponseArray{page}
	for _, code := range []int{414, 500, 501, 502, 503, 504} {
		all = append(all, &cloudfront.DistributionCustomErrorResponseArgs{ErrorCode: pulumi.Int(code), ErrorCachingMinTtl: pulumi.Int(0)})
	}
	return all
}

// errorPage returns the error response that has the page in place of a missing object. code
// is the status with which S3 answers.
func errorPage(code int) *cloudfront.DistributionCustomErrorResponseArgs {
	return &cloudfront.DistributionCustomErrorResponseArgs{
		ErrorCode:          pulumi.Int(code),
		ResponseCode:       pulumi.Int(404),
		ResponsePagePath:   pulumi.String("/" + indexFile),
		ErrorCachingMinTtl: pulumi.Int(10),
	}
}
