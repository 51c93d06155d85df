package infra

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// configFile contains the addresses of the stack. The program writes it.
	configFile = "config.json"
	// indexFile is the page, which refers to the other files.
	indexFile = "index.html"
)

// console is the content of the site: the built page, and config.json, from which the
// page reads the addresses of the stack at run time.
type console struct {
	pulumi.ResourceState

	// ClientID is the page's client at the issuer.
	ClientID pulumi.StringOutput
	// Audience is the audience of the page's tokens.
	Audience pulumi.StringOutput

	// uploaded are the files of the site that have been declared so far.
	uploaded []pulumi.Resource
	// Tools is the app client of scripts/token.sh. It is nil if the stack has no user
	// pool of its own.
	Tools *cognito.UserPoolClient
}

func (c *console) declare(ctx *pulumi.Context, s *stack) error {
	settings := pulumi.Map{
		"websocketUrl": s.websocketURL(),
		"issuer":       s.signIn.Issuer,
		"scope":        pulumi.String(s.Scope),
	}
	if len(s.AuthorizationParameters) > 0 {
		settings["authorizationParameters"] = pulumi.ToStringMap(s.AuthorizationParameters)
	}
	if s.SignOutIDToken {
		settings["idTokenHint"] = pulumi.Bool(true)
	}
	if s.Tickets {
		settings["httpUrl"] = s.httpURL()
	}
	if len(s.OtherRegions) > 0 {
		settings["regions"] = s.regions()
	}
	if err := c.client(ctx, s, settings); err != nil {
		return fmt.Errorf("declare client: %w", err)
	}
	settings["clientId"], settings["audience"] = c.ClientID, c.Audience
	if err := c.object(ctx, s, configFile, &s3.BucketObjectv2Args{Content: pulumi.JSONMarshal(settings)}); err != nil {
		return err
	}
	return c.files(ctx, s)
}

// client registers the page as a client of the stack's user pool. If an issuer is
// configured, the user registers the page there.
func (c *console) client(ctx *pulumi.Context, s *stack, settings pulumi.Map) error {
	if s.signIn.Pool == nil {
		c.ClientID = pulumi.String(s.ClientID).ToStringOutput()
		c.Audience = pulumi.String(s.Audience).ToStringOutput()
		if s.SignOutURL != "" {
			settings["signOutUrl"] = s.site.URL.ApplyT(func(site string) string {
				return expandSignOut(s.SignOutURL, s.ClientID, site+"/")
			})
		}
		return nil
	}
	client, err := s.signIn.newClient(ctx, s, s.site.URL, pulumi.Parent(c))
	if err != nil {
		return err
	}
	if c.Tools, err = s.signIn.newToolClient(ctx, s, pulumi.Parent(c)); err != nil {
		return fmt.Errorf("declare the client of the tools: %w", err)
	}
	c.ClientID = client.ID().ToStringOutput()
	c.Audience = c.ClientID
	// Cognito's end_session_endpoint has other parameters than the standard.
	home := pulumi.Sprintf("%s/", s.site.URL).ApplyT(url.QueryEscape).(pulumi.StringOutput)
	settings["signOutUrl"] = pulumi.Sprintf("%s/logout?client_id=%s&logout_uri=%s", s.signIn.Pages, c.ClientID, home)
	return nil
}

// files declares the built files. The page depends on all others: during an upload a
// browser gets the old page and its files, or the new page and its files. Pulumi
// deletes the old files last.
func (c *console) files(ctx *pulumi.Context, s *stack) error {
	others := slices.DeleteFunc(slices.Clone(s.Files), func(file string) bool { return file == indexFile })
	for _, file := range append(others, indexFile) {
		if err := c.object(ctx, s, file, &s3.BucketObjectv2Args{Source: pulumi.NewFileAsset(path.Join(s.Site, file))}); err != nil {
			return err
		}
	}
	return nil
}

// object declares a file of the site with the headers of its type. It completes args,
// which has the content.
func (c *console) object(ctx *pulumi.Context, s *stack, key string, args *s3.BucketObjectv2Args) error {
	t, err := fileTypeOf(key)
	if err != nil {
		return err
	}
	args.Bucket = s.site.Bucket.Bucket
	args.Key = pulumi.String(key)
	args.ContentType = pulumi.String(t.ContentType)
	args.CacheControl = pulumi.String(t.CacheControl)
	args.Tags = s.tags
	opts := []pulumi.ResourceOption{pulumi.Parent(c)}
	if key == indexFile {
		opts = append(opts, pulumi.DependsOn(c.uploaded))
	}
	declared, err := s3.NewBucketObjectv2(ctx, s.named(key), args, opts...)
	if err != nil {
		return fmt.Errorf("declare %s: %w", key, err)
	}
	c.uploaded = append(c.uploaded, declared)
	return nil
}

// expandSignOut replaces the placeholders of a sign-out address. home is the address
// of the console as it is registered at the issuer, with a slash at the end.
func expandSignOut(address, clientID, home string) string {
	return strings.NewReplacer("{clientId}", url.QueryEscape(clientID), "{siteUrl}", url.QueryEscape(home)).Replace(address)
}
