package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"

	"sallyport/local/site"
	"sallyport/local/stack"
)

// startSite serves the built files of the console, and with one domain the APIs, on l. The
// addresses are those of the run.
func (s *system) startSite(l net.Listener, a stack.Addresses, files map[string][]byte) (err error) {
	declared := s.stack.Site
	if err := s.configurePage(declared.Objects); err != nil {
		return err
	}
	if s.site, err = site.New(site.Config{Objects: declared.Objects, Root: declared.Root, Missing: declared.Missing}, files); err != nil {
		return err
	}
	d, err := s.distribution(a)
	if err != nil {
		return fmt.Errorf("start site: %w", err)
	}
	s.serve("site", l, &http.Server{Handler: site.OnlyAt(a.Site, s.beforeSite(d)), ReadHeaderTimeout: headTime})
	return nil
}

// distribution returns the distribution of the stack. Its origins are the files of the site
// and the APIs at their addresses.
func (s *system) distribution(a stack.Addresses) (*site.Distribution, error) {
	transport := s.transport()
	behavior := func(b stack.Behavior) (site.Behavior, error) {
		origin := http.Handler(s.site)
		if b.Origin.API != "" {
			address, err := url.Parse(a.API)
			if s.stack.HTTP != nil && b.Origin.API == s.stack.HTTP.ID {
				address, err = url.Parse(a.HTTP)
			}
			if err != nil {
				return site.Behavior{}, err
			}
			origin = site.Origin{Address: address, Headers: s.originHeaders(b.Origin), Transport: transport}.Handler()
		}
		return site.Behavior{Pattern: b.Pattern, Methods: b.Methods, Headers: b.Headers, Origin: origin}, nil
	}
	d := &site.Distribution{Pages: s.stack.Site.Pages}
	var err error
	if d.Default, err = behavior(s.stack.Site.Default); err != nil {
		return nil, err
	}
	for _, b := range s.stack.Site.Behaviors {
		served, err := behavior(b)
		if err != nil {
			return nil, err
		}
		d.Behaviors = append(d.Behaviors, served)
	}
	return d, nil
}

// originHeaders returns the headers that the distribution adds to requests to an origin. The
// plan does not have the values of secrets: they are the secret of the run.
func (s *system) originHeaders(o stack.Origin) map[string]string {
	headers := maps.Clone(o.Headers)
	for _, name := range o.SecretHeaders {
		headers[name] = s.keys.site
	}
	return headers
}

// configurePage adds the settings of a local run to config.json: local, if the run has an
// inspector, and outputs, the file of the stack outputs, if it is not the default one. The
// page shows commands that need this file. configurePage removes signOutUrl if it is the
// address of an issuer that the sign-in of the run replaces.
func (s *system) configurePage(objects []site.Object) error {
	for i, o := range objects {
		if o.Key != "config.json" {
			continue
		}
		config := map[string]any{}
		if err := json.Unmarshal([]byte(o.Content), &config); err != nil {
			return fmt.Errorf("read config.json of the plan: %w", err)
		}
		if s.settings.Inspector {
			config["local"] = true
		}
		if s.settings.Outputs != DefaultOutputs {
			config["outputs"] = s.settings.Outputs
		}
		if address, _ := config["signOutUrl"].(string); localIssuer(address) == "" {
			delete(config, "signOutUrl")
		}
		text, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("write config.json: %w", err)
		}
		objects[i].Content = string(text)
	}
	return nil
}
