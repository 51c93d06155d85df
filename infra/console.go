package infra

import (
	"fmt"
	"net/url"
	"path"
	"slices"

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

type consoleArgs struct {
	API    *api
	HTTP   *httpAPI // nil without tickets
	SignIn *signIn
	Site   *site
}

func newConsole(ctx *pulumi.Context, s stack, args consoleArgs) (*console, error) {
	c := &console{}
	if err := component(ctx, c, "Console", "console"); err != nil {
		return nil, err
	}
	settings := pulumi.Map{
		"websocketUrl": args.API.WebsocketURL,
		"issuer":       args.SignIn.Issuer,
		"scope":        pulumi.String(s.Scope),
	}
	if len(s.AuthorizationParameters) > 0 {
		settings["authorizationParameters"] = pulumi.ToStringMap(s.AuthorizationParameters)
	}
	if s.SignOutIDToken {
		settings["idTokenHint"] = pulumi.Bool(true)
	}
	if args.HTTP != nil {
		settings["httpUrl"] = args.HTTP.URL
	}
	if err := c.client(ctx, s, args, settings); err != nil {
		return nil, fmt.Errorf("declare console's client: %w", err)
	}
	settings["clientId"], settings["audience"] = c.ClientID, c.Audience
	if err := c.object(ctx, configFile, &s3.BucketObjectv2Args{
		Bucket:  args.Site.Bucket.Bucket,
		Content: pulumi.JSONMarshal(settings),
		Tags:    s.tags,
	}); err != nil {
		return nil, err
	}
	if err := c.files(ctx, s, args.Site.Bucket); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"clientId": c.ClientID})
}

// client registers the page as a client of the stack's user pool. At a configured
// issuer, the user has registered the page.
func (c *console) client(ctx *pulumi.Context, s stack, args consoleArgs, settings pulumi.Map) error {
	if args.SignIn.Pool == nil {
		c.ClientID = pulumi.String(s.ClientID).ToStringOutput()
		c.Audience = pulumi.String(s.Audience).ToStringOutput()
		if s.SignOutURL != "" {
			settings["signOutUrl"] = args.Site.URL.ApplyT(func(site string) string {
				return expandSignOut(s.SignOutURL, s.ClientID, site+"/")
			})
		}
		return nil
	}
	client, err := args.SignIn.newClient(ctx, s, args.Site.URL, pulumi.Parent(c))
	if err != nil {
		return err
	}
	if c.Tools, err = args.SignIn.newToolClient(ctx, s, pulumi.Parent(c)); err != nil {
		return fmt.Errorf("declare the client of the tools: %w", err)
	}
	c.ClientID = client.ID().ToStringOutput()
	c.Audience = c.ClientID
	// Cognito's end_session_endpoint has other parameters than the standard.
	home := pulumi.Sprintf("%s/", args.Site.URL).ApplyT(url.QueryEscape).(pulumi.StringOutput)
	settings["signOutUrl"] = pulumi.Sprintf("%s/logout?client_id=%s&logout_uri=%s", args.SignIn.Pages, c.ClientID, home)
	return nil
}

// files declares the built files. The page depends on all others: during an upload a
// browser gets the old page and its files, or the new page and its files. Pulumi
// deletes the old files last.
func (c *console) files(ctx *pulumi.Context, s stack, bucket *s3.BucketV2) error {
	inOrder := slices.Clone(s.Files)
	slices.SortStableFunc(inOrder, func(a, b string) int {
		switch {
		case a != indexFile && b == indexFile:
			return -1
		case a == indexFile && b != indexFile:
			return 1
		}
		return 0
	})
	for _, file := range inOrder {
		if err := c.object(ctx, file, &s3.BucketObjectv2Args{
			Bucket: bucket.Bucket,
			Source: pulumi.NewFileAsset(path.Join(s.Site, file)),
			Tags:   s.tags,
		}); err != nil {
			return err
		}
	}
	return nil
}

// object declares a file of the site with the headers of its type.
func (c *console) object(ctx *pulumi.Context, key string, args *s3.BucketObjectv2Args) error {
	t, err := fileTypeOf(key)
	if err != nil {
		return err
	}
	args.Key = pulumi.String(key)
	args.ContentType = pulumi.String(t.ContentType)
	args.CacheControl = pulumi.String(t.CacheControl)
	opts := []pulumi.ResourceOption{pulumi.Parent(c)}
	if key == indexFile {
		opts = append(opts, pulumi.DependsOn(c.uploaded))
	}
	declared, err := s3.NewBucketObjectv2(ctx, key, args, opts...)
	if err != nil {
		return fmt.Errorf("declare console's %s: %w", key, err)
	}
	c.uploaded = append(c.uploaded, declared)
	return nil
}
