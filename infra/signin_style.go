package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// signInStyle gives the hosted pages the light colours of the console
// (frontend/src/styles/tokens.css). The classic pages have no dark theme and no link back
// to the console. Cognito accepts only these classes, few properties of each, and no
// comments (its guide, "Customizing hosted UI (classic) branding").
const signInStyle = `.background-customizable {background-color: #ffffff;} ` +
	`.banner-customizable {padding: 25px 0px 25px 0px; background-color: #0c6b66;} ` +
	`.inputField-customizable {color: #172026; background-color: #ffffff; border: 1px solid #7d8a92;} ` +
	`.inputField-customizable:focus {border-color: #0c6b66;} ` +
	`.submitButton-customizable {color: #ffffff; background-color: #0c6b66;} ` +
	`.submitButton-customizable:hover {color: #ffffff; background-color: #09534f;}`

// style declares the style of the hosted pages. Cognito needs the domain first.
func (c *signIn) style(ctx *pulumi.Context, s *stack, domain *cognito.UserPoolDomain) error {
	_, err := cognito.NewUserPoolUICustomization(ctx, s.named("users"), &cognito.UserPoolUICustomizationArgs{
		UserPoolId: domain.UserPoolId,
		Css:        pulumi.String(signInStyle),
		// The provider would set the style of another pool as an update, which changes the ID:
		// Pulumi keeps the old one, and the next refresh finds nothing.
	}, pulumi.Parent(c), pulumi.ReplaceOnChanges([]string{"userPoolId"}))
	return err
}
