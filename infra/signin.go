package infra

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// signIn is the issuer of the tokens: the stack's own Cognito user pool, or the
// configured issuer.
type signIn struct {
	pulumi.ResourceState

	// Issuer is the OpenID Connect issuer, exactly as in the tokens.
	Issuer pulumi.StringOutput
	// Origins are the origins that the console calls to sign in, separated by spaces.
	Origins pulumi.StringOutput
	// UserClaims are the claims with the user's name, separated by commas.
	UserClaims string
	// Pool and Pages are the user pool and the address of its hosted pages. With a
	// configured issuer, Pool is nil.
	Pool  *cognito.UserPool
	Pages pulumi.StringOutput
}

// retrySeconds is the time for which a used refresh token is accepted again.
const retrySeconds = 30

func (c *signIn) declare(ctx *pulumi.Context, s *stack) error {
	if s.Issuer == "" {
		return c.cognito(ctx, s)
	}
	c.Issuer = pulumi.String(s.Issuer).ToStringOutput()
	c.Origins = pulumi.String(strings.Join(s.SignInOrigins, " ")).ToStringOutput()
	c.UserClaims = "sub"
	return nil
}

// cognito declares a user pool and its hosted pages. Only an administrator creates users
// (scripts/user.sh), unless selfSignUp is on.
func (c *signIn) cognito(ctx *pulumi.Context, s *stack) error {
	recovery := "admin_only" // a user without a verified address cannot prove their identity
	if s.SelfSignUp {
		recovery = "verified_email"
	}
	args := &cognito.UserPoolArgs{
		AdminCreateUserConfig: &cognito.UserPoolAdminCreateUserConfigArgs{AllowAdminCreateUserOnly: pulumi.Bool(!s.SelfSignUp)},
		AccountRecoverySetting: &cognito.UserPoolAccountRecoverySettingArgs{
			RecoveryMechanisms: cognito.UserPoolAccountRecoverySettingRecoveryMechanismArray{
				&cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs{Name: pulumi.String(recovery), Priority: pulumi.Int(1)},
			},
		},
		// A longer password protects better than required symbols (NIST SP 800-63B,
		// appendix A).
		PasswordPolicy: &cognito.UserPoolPasswordPolicyArgs{
			MinimumLength:                 pulumi.Int(12),
			RequireLowercase:              pulumi.Bool(true),
			RequireUppercase:              pulumi.Bool(true),
			RequireNumbers:                pulumi.Bool(true),
			RequireSymbols:                pulumi.Bool(false),
			TemporaryPasswordValidityDays: pulumi.Int(7),
		},
		UsernameConfiguration: &cognito.UserPoolUsernameConfigurationArgs{CaseSensitive: pulumi.Bool(false)},
		Tags:                  s.tags,
	}
	if s.SelfSignUp {
		requireEmail(args)
	}
	if s.UserPoolProtection {
		args.DeletionProtection = pulumi.String("ACTIVE")
	}
	// Cognito cannot change the required attributes of an existing pool (its guide,
	// "Working with user attributes").
	pool, err := cognito.NewUserPool(ctx, s.named("users"), args, pulumi.Parent(c), pulumi.ReplaceOnChanges([]string{"schemas"}), protect(s.UserPoolProtection))
	if err != nil {
		return err
	}
	domain, err := cognito.NewUserPoolDomain(ctx, s.named("users"), &cognito.UserPoolDomainArgs{
		UserPoolId:          pool.ID(),
		Domain:              pool.ID().ToStringOutput().ApplyT(domainPrefix).(pulumi.StringOutput),
		ManagedLoginVersion: pulumi.Int(1), // the classic pages; the others need a branding of their own
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	if err := c.style(ctx, s, domain); err != nil {
		return err
	}
	c.Pool = pool
	c.Issuer = pulumi.Sprintf("https://%s", pool.Endpoint)
	c.Pages = pulumi.Sprintf("https://%s.auth.%s.amazoncognito.com", domain.Domain, s.region)
	// The discovery document and the keys are on the issuer's host, the token endpoint is
	// on the host of the hosted pages.
	c.Origins = pulumi.Sprintf("https://cognito-idp.%s.amazonaws.com %s", s.region, c.Pages)
	c.UserClaims = "username,cognito:username" // of access and of ID tokens
	return nil
}

// requireEmail requires a verified email address of each user.
func requireEmail(args *cognito.UserPoolArgs) {
	email := pulumi.String("email")
	args.AutoVerifiedAttributes = pulumi.StringArray{email}
	args.Schemas = cognito.UserPoolSchemaArray{&cognito.UserPoolSchemaArgs{
		Name:              email,
		AttributeDataType: pulumi.String("String"),
		Mutable:           pulumi.Bool(true),
		Required:          pulumi.Bool(true),
		// Cognito's defaults. Without them, the next pulumi up would show a change.
		StringAttributeConstraints: &cognito.UserPoolSchemaStringAttributeConstraintsArgs{MinLength: pulumi.String("0"), MaxLength: pulumi.String("2048")},
	}}
}

// domainPrefix returns a prefix that depends on the pool's ID only: no other account has
// it, and it does not change. It is hexadecimal, because Cognito refuses a prefix that
// contains "aws", "amazon" or "cognito" (its guide, "Configuring a user pool domain").
func domainPrefix(poolID string) string {
	sum := sha256.Sum256([]byte(poolID))
	return "sallyport-" + hex.EncodeToString(sum[:8])
}

// newToolClient declares the app client of scripts/token.sh, which gets a token for a
// password. Only a caller with the IAM permission for AdminInitiateAuth can use it. It
// has no sign-in pages. Its refresh tokens are not used and expire after a day.
func (c *signIn) newToolClient(ctx *pulumi.Context, s *stack, opts ...pulumi.ResourceOption) (*cognito.UserPoolClient, error) {
	return c.newPublicClient(ctx, s, "tools", &cognito.UserPoolClientArgs{
		ExplicitAuthFlows:    pulumi.ToStringArray([]string{"ALLOW_ADMIN_USER_PASSWORD_AUTH"}),
		RefreshTokenValidity: pulumi.Int(1),
	}, opts...)
}

// newClient declares the console's client. PKCE protects the sign-in. siteURL is the
// address of the console.
func (c *signIn) newClient(ctx *pulumi.Context, s *stack, siteURL pulumi.StringOutput, opts ...pulumi.ResourceOption) (*cognito.UserPoolClient, error) {
	home := pulumi.StringArray{pulumi.Sprintf("%s/", siteURL)}
	return c.newPublicClient(ctx, s, "console", &cognito.UserPoolClientArgs{
		AllowedOauthFlowsUserPoolClient: pulumi.Bool(true),
		AllowedOauthFlows:               pulumi.ToStringArray([]string{"code"}),
		AllowedOauthScopes:              pulumi.ToStringArray(strings.Fields(s.Scope)),
		SupportedIdentityProviders:      pulumi.ToStringArray([]string{"COGNITO"}),
		CallbackUrls:                    home,
		LogoutUrls:                      home,
		// The hosted pages need none of these flows, which are for apps that ask for the
		// password themselves. However, an empty list means Cognito's defaults (its API
		// reference, "CreateUserPoolClient"). The custom flow has no effect in a pool
		// without Lambda triggers.
		ExplicitAuthFlows: pulumi.ToStringArray([]string{"ALLOW_CUSTOM_AUTH"}),
		// Each renewal returns a new refresh token. The old one stays valid for a
		// short time, so that a page can retry after a network error. Cognito refuses
		// ALLOW_REFRESH_TOKEN_AUTH beside rotation (its guide, "Refresh tokens").
		RefreshTokenRotation: &cognito.UserPoolClientRefreshTokenRotationArgs{
			Feature:                 pulumi.String("ENABLED"),
			RetryGracePeriodSeconds: pulumi.Int(retrySeconds),
		},
		RefreshTokenValidity: pulumi.Int(s.SessionDays),
	}, opts...)
}

// newPublicClient declares a client without a secret. It completes args.
func (c *signIn) newPublicClient(ctx *pulumi.Context, s *stack, name string, args *cognito.UserPoolClientArgs, opts ...pulumi.ResourceOption) (*cognito.UserPoolClient, error) {
	args.UserPoolId = c.Pool.ID()
	args.GenerateSecret = pulumi.Bool(false)
	args.PreventUserExistenceErrors = pulumi.String("ENABLED")
	args.EnableTokenRevocation = pulumi.Bool(true)
	args.AccessTokenValidity, args.IdTokenValidity = pulumi.Int(s.TokenMinutes), pulumi.Int(s.TokenMinutes)
	args.TokenValidityUnits = &cognito.UserPoolClientTokenValidityUnitsArgs{
		AccessToken: pulumi.String("minutes"), IdToken: pulumi.String("minutes"), RefreshToken: pulumi.String("days"),
	}
	return cognito.NewUserPoolClient(ctx, s.named(name), args, opts...)
}
