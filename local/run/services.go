package run

import (
	"context"
	"net/url"

	"golang.org/x/sync/errgroup"

	"sallyport/local/loopback"
	"sallyport/local/services"
	"sallyport/local/stack"
)

// startServices starts DynamoDB and the sign-in and sets a.Issuer.
func (s *system) startServices(ctx context.Context, declared stack.SignIn, a *stack.Addresses) error {
	var table, signIn *services.Service
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		table, err = services.StartDynamoDB(ctx, s.log)
		return err
	})
	if a.Issuer = localIssuer(declared.Issuer); a.Issuer == "" { // otherwise it is running already
		group.Go(func() (err error) {
			signIn, err = services.StartSignIn(ctx, services.SignIn{
				Listen: s.settings.Issuer, SiteURL: a.Site,
				ClientID: declared.ClientID, Audience: declared.Audience,
			}, s.log)
			return err
		})
	}
	err := group.Wait()
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

// localIssuer returns the origin of an issuer on this machine, as in the plans of
// some tests. For any other issuer it returns "": the sign-in of the run replaces
// that issuer.
func localIssuer(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil || loopback.CheckListen(u.Host) != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
