package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cachingOptimized is the ID of CloudFront's managed cache policy that compresses and
// obeys Cache-Control (its guide, "Use managed cache policies").
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"

// site serves the files of a private bucket through CloudFront. The component console
// declares the files.
type site struct {
	pulumi.ResourceState

	Bucket       *s3.BucketV2
	Distribution *cloudfront.Distribution
	// Host is the domain of the site: the setting siteDomain, or the domain from CloudFront.
	Host pulumi.StringOutput
	// URL is the address of the site, without a slash at its end.
	URL pulumi.StringOutput
}

func (c *site) declare(ctx *pulumi.Context, s *stack) error {
	last, err := c.bucket(ctx, s)
	if err != nil {
		return fmt.Errorf("declare bucket: %w", err)
	}
	connect := s.signIn.Origins
	if !s.OneDomain { // otherwise the page calls its own origin
		connect = pulumi.Sprintf("%s %s", s.api.Origin, connect)
		if s.Tickets {
			connect = pulumi.Sprintf("%s %s", s.http.URL, connect)
		}
	}
	for _, origin := range s.otherOrigins() {
		connect = pulumi.Sprintf("%s %s", connect, origin)
	}
	headers, err := newSecurityHeaders(ctx, s.named("site"), connect, s.SiteDomain, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare headers: %w", err)
	}
	if err := c.distribution(ctx, s, headers); err != nil {
		return fmt.Errorf("declare distribution: %w", err)
	}
	c.Host = c.Distribution.DomainName
	if s.SiteDomain != "" {
		c.Host = pulumi.String(s.SiteDomain).ToStringOutput()
	}
	c.URL = pulumi.Sprintf("https://%s", c.Host)
	_, err = s3.NewBucketPolicy(ctx, s.named("site"), &s3.BucketPolicyArgs{
		Bucket: c.Bucket.Bucket,
		Policy: policy(func(arn []string) document { return sitePolicy(arn[0], arn[1], s.OneDomain) }, c.Bucket.Arn, c.Distribution.Arn),
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{last}))
	return err
}

// bucket declares a bucket that nobody can make public. It returns the last of its
// settings. The settings depend on each other, because S3 can refuse two changes at the
// same time (its error OperationAborted).
func (c *site) bucket(ctx *pulumi.Context, s *stack) (last pulumi.Resource, err error) {
	c.Bucket, err = s3.NewBucketV2(ctx, s.named("site"), &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(true), // the files can be built again
		Tags:         s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	private, err := s3.NewBucketPublicAccessBlock(ctx, s.named("site"), &s3.BucketPublicAccessBlockArgs{
		Bucket:                c.Bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	owned, err := s3.NewBucketOwnershipControls(ctx, s.named("site"), &s3.BucketOwnershipControlsArgs{
		Bucket: c.Bucket.Bucket,
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{private}))
	if err != nil {
		return nil, err
	}
	// The key of S3 is free. It is also the default, but with an explicit setting, Pulumi
	// shows a later change.
	return s3.NewBucketServerSideEncryptionConfigurationV2(ctx, s.named("site"), &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: c.Bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("AES256"),
			},
		}},
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{owned}))
}

// distribution declares the CloudFront distribution. It signs its requests to the
// bucket.
func (c *site) distribution(ctx *pulumi.Context, s *stack, headers *cloudfront.ResponseHeadersPolicy) error {
	access, err := cloudfront.NewOriginAccessControl(ctx, s.named("site"), &cloudfront.OriginAccessControlArgs{
		OriginAccessControlOriginType: pulumi.String("s3"),
		SigningBehavior:               pulumi.String("always"),
		SigningProtocol:               pulumi.String("sigv4"),
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	const bucket = "bucket"
	origins := cloudfront.DistributionOriginArray{&cloudfront.DistributionOriginArgs{
		OriginId:              pulumi.String(bucket),
		DomainName:            c.Bucket.BucketRegionalDomainName,
		OriginAccessControlId: access.ID(),
	}}
	args := &cloudfront.DistributionArgs{
		Comment:           pulumi.String("The console of the WebSocket"),
		Enabled:           pulumi.Bool(true),
		DefaultRootObject: pulumi.String(indexFile),
		HttpVersion:       pulumi.String("http2and3"),
		IsIpv6Enabled:     pulumi.Bool(true),
		PriceClass:        pulumi.String(s.PriceClass),
		Origins:           origins,
		DefaultCacheBehavior: &cloudfront.DistributionDefaultCacheBehaviorArgs{
			TargetOriginId:          pulumi.String(bucket),
			ViewerProtocolPolicy:    pulumi.String("redirect-to-https"),
			AllowedMethods:          pulumi.ToStringArray([]string{"GET", "HEAD"}),
			CachedMethods:           pulumi.ToStringArray([]string{"GET", "HEAD"}),
			CachePolicyId:           pulumi.String(cachingOptimized),
			ResponseHeadersPolicyId: headers.ID(),
			Compress:                pulumi.Bool(true),
		},
		// S3 responds with 403 to a request for a missing object, because CloudFront must
		// not list the bucket (S3's API reference, "GetObject").
		CustomErrorResponses: cloudfront.DistributionCustomErrorResponseArray{errorPage(403)},
		Restrictions: &cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: &cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		ViewerCertificate: &cloudfront.DistributionViewerCertificateArgs{CloudfrontDefaultCertificate: pulumi.Bool(true)},
		Tags:              s.tags,
	}
	if s.SiteDomain != "" {
		args.Aliases = pulumi.StringArray{pulumi.String(s.SiteDomain)}
		args.ViewerCertificate = &cloudfront.DistributionViewerCertificateArgs{
			AcmCertificateArn:      pulumi.String(s.SiteCertificate),
			SslSupportMethod:       pulumi.String("sni-only"),
			MinimumProtocolVersion: pulumi.String("TLSv1.2_2021"),
		}
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(c)}
	if s.OneDomain {
		s.serveAPIs(args, origins)
		// AWS returns the origins in its own order, and with the secret.
		opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"origins"}))
	}
	if s.Firewall {
		if args.WebAclId, err = s.firewall(ctx, c); err != nil {
			return fmt.Errorf("declare firewall: %w", err)
		}
	}
	c.Distribution, err = cloudfront.NewDistribution(ctx, s.named("site"), args, opts...)
	return err
}
