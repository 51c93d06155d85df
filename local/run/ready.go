package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// ready waits until every address answers, then writes the files that the scripts read.
func (s *system) ready(ctx context.Context) error {
	for _, url := range []string{ // not the HTTP API: it would log the request, and it is listening already
		s.stack.Output("siteUrl") + "/",
		apiOrigin(s.stack.Output("connectionsUrl")) + "/2015-03-31/functions/",
		s.stack.Output("issuer") + "/.well-known/openid-configuration",
	} {
		if err := checkAnswer(ctx, url); err != nil {
			return err
		}
	}
	credentials, outputs := s.settings.credentialsFile(), s.settings.Outputs
	s.onStop(func() error { return errors.Join(os.Remove(credentials), os.Remove(outputs)) })
	if err := writeCredentials(credentials, s.keys.user); err != nil {
		return err
	}
	return writeOutputs(outputs, s.stack.Outputs) // last: the scripts look for them
}

// checkAnswer returns an error unless a request to url succeeds without a server error.
func checkAnswer(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("get %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("get %s: %w", url, err)
	}
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("get %s: the status is %s", url, resp.Status)
	}
	return nil
}
