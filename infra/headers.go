package infra

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"golang.org/x/net/publicsuffix"
)

const twoYears = 2 * 365 * 24 * 60 * 60 // seconds

// contentSecurityPolicy returns a policy that allows the files of the console, and calls
// to its own origin and to the space-separated origins in connect. It allows no inline
// scripts or styles, so that injected code does not run. The console creates no policy of
// Trusted Types. If a library of yours needs one, replace 'none' with its name.
func contentSecurityPolicy(connect string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self' " + connect,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// includesSubdomains reports whether HSTS of the site includes subdomains. On a
// registered domain such as example.com it must not: it would force TLS on every
// other site of the company for two years. An empty domain is the one of CloudFront,
// which has no subdomains.
func includesSubdomains(domain string) bool {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return domain == "" || err == nil && domain != registered
}

// newSecurityHeaders declares the security headers of every response of the site. With
// Cross-Origin-Opener-Policy, the console and the windows of other sites cannot reach each
// other. Sign-in needs no such window. connect has the space-separated origins that the console
// may call. domain is the site's own domain, or empty.
func newSecurityHeaders(ctx *pulumi.Context, name string, connect pulumi.StringOutput, domain string, opts ...pulumi.ResourceOption) (*cloudfront.ResponseHeadersPolicy, error) {
	override := pulumi.Bool(true)
	return cloudfront.NewResponseHeadersPolicy(ctx, name, &cloudfront.ResponseHeadersPolicyArgs{
		SecurityHeadersConfig: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs{
			ContentSecurityPolicy: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs{
				ContentSecurityPolicy: connect.ApplyT(contentSecurityPolicy).(pulumi.StringOutput),
				Override:              override,
			},
			ContentTypeOptions: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs{Override: override},
			FrameOptions: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs{
				FrameOption: pulumi.String("DENY"),
				Override:    override,
			},
			ReferrerPolicy: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs{
				ReferrerPolicy: pulumi.String("no-referrer"),
				Override:       override,
			},
			StrictTransportSecurity: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs{
				AccessControlMaxAgeSec: pulumi.Int(twoYears),
				IncludeSubdomains:      pulumi.Bool(includesSubdomains(domain)),
				Override:               override,
			},
		},
		CustomHeadersConfig: &cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs{
			Items: cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArray{
				&cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs{
					Header:   pulumi.String("Cross-Origin-Opener-Policy"),
					Value:    pulumi.String("same-origin"),
					Override: override,
				},
			},
		},
	}, opts...)
}
