package run

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"sallyport/local/site"
)

// startSite serves the built files of the console on l. The page is at origin.
func (s *system) startSite(l net.Listener, origin string, files map[string][]byte) (err error) {
	declared := s.stack.Site
	if err := s.configurePage(declared.Objects); err != nil {
		return err
	}
	if s.site, err = site.New(site.Config{
		Objects: declared.Objects, Headers: declared.Headers,
		Root: declared.Root, NotFoundKey: declared.NotFoundKey, NotFoundStatus: declared.NotFoundStatus,
	}, files); err != nil {
		return err
	}
	s.serve("site", l, &http.Server{Handler: site.OnlyAt(origin, s.beforeSite(s.site)), ReadHeaderTimeout: headTime})
	return nil
}

// configurePage adds the settings of a local run to config.json: local, if the run has an
// inspector, and outputs, the file of the stack outputs, if it is not the default one. The
// page shows commands that need this file.
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
		text, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("write config.json: %w", err)
		}
		objects[i].Content = string(text)
	}
	return nil
}
