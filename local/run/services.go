package run

import (
	"context"
	"net/url"

	"sallyport/local/loopback"
	"sallyport/local/services"
	"sallyport/local/stack"
)

// startServices starts DynamoDB and the sign-in and sets a.Issuer.
func (s *system) startServices(ctx context.Context, declared stack.SignIn, a *stack.Addresses) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var table, signIn *services.Service
	err := together(cancel,
		func() (err error) { table, err = services.StartDynamoDB(ctx, s.log); return err },
		func() (err error) {
			if a.Issuer = issuerHere(declared.Issuer); a.Issuer != "" {
				return nil // it is running already
			}
			signIn, err = services.StartSignIn(ctx, services.SignIn{
				Listen: s.settings.Issuer, SiteURL: a.Site,
				ClientID: declared.ClientID, Audience: declared.Audience,
			}, s.log)
			return err
		},
	)
	for _, service := range []*services.Service{table, signIn} {
		if service != nil {
			s.onStop(service.Stop)
			go s.reportEnd(service)
		}
	}
	if err != nil {
		return err
	}
	s.tableURL = table.URL
	if signIn != nil {
		a.Issuer = signIn.URL
	}
	return nil
}

// issuerHere returns the origin of an issuer on this machine, which tests put into a plan.
// For any other issuer it returns "": the sign-in of the run replaces that one.
func issuerHere(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil || loopback.CheckListen(u.Host) != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
