package stack

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"

	"sallyport/infra/plan"
	"sallyport/local/site"
)

// Site is the configuration of the site: the objects of the bucket, and the headers and
// error page of CloudFront.
type Site struct {
	Objects        []site.Object
	Headers        map[string]string // response headers by name
	Root           string            // the key of the page at /
	NotFoundKey    string            // the key of the page for a missing object; empty: there is none
	NotFoundStatus int
}

// readSite reads the objects of the bucket and the distribution.
func readSite(p plan.Plan) (Site, error) {
	d, err := one[struct {
		Root   string `json:"defaultRootObject"`
		Errors []struct {
			Code   int    `json:"errorCode"`
			Status int    `json:"responseCode"`
			Page   string `json:"responsePagePath"`
		} `json:"customErrorResponses"`
	}](p.OfType(plan.TypeDistribution), plan.TypeDistribution)
	if err != nil {
		return Site{}, err
	}
	s := Site{Root: d.Root}
	for _, e := range d.Errors {
		if e.Code == http.StatusForbidden { // the answer of a private bucket for a missing key
			s.NotFoundKey, s.NotFoundStatus = cmp.Or(e.Page, "/")[1:], e.Status
		}
	}
	for _, r := range p.OfType(plan.TypeObject) {
		s.Objects = append(s.Objects, site.Object{
			Key: r.Text("key"), Content: r.Text("content"),
			ContentType: r.Text("contentType"), CacheControl: r.Text("cacheControl"),
		})
	}
	s.Headers, err = readHeaders(p)
	return s, err
}

// readHeaders reads the response headers policy of the distribution.
func readHeaders(p plan.Plan) (map[string]string, error) {
	policy, err := one[struct {
		Security struct {
			CSP struct {
				Value string `json:"contentSecurityPolicy"`
			} `json:"contentSecurityPolicy"`
			ContentType *struct{} `json:"contentTypeOptions"`
			Frame       struct {
				Option string `json:"frameOption"`
			} `json:"frameOptions"`
			Referrer struct {
				Policy string `json:"referrerPolicy"`
			} `json:"referrerPolicy"`
			HSTS struct {
				MaxAge     int  `json:"accessControlMaxAgeSec"`
				Subdomains bool `json:"includeSubdomains"`
				Preload    bool `json:"preload"`
			} `json:"strictTransportSecurity"`
		} `json:"securityHeadersConfig"`
		Custom struct {
			Items []struct {
				Header string `json:"header"`
				Value  string `json:"value"`
			} `json:"items"`
		} `json:"customHeadersConfig"`
	}](p.OfType(plan.TypeHeadersPolicy), plan.TypeHeadersPolicy)
	if err != nil {
		return nil, err
	}
	sec := policy.Security
	h := map[string]string{
		"Content-Security-Policy": sec.CSP.Value,
		"X-Frame-Options":         sec.Frame.Option,
		"Referrer-Policy":         sec.Referrer.Policy,
	}
	if sec.ContentType != nil {
		h["X-Content-Type-Options"] = "nosniff"
	}
	if sec.HSTS.MaxAge > 0 {
		h["Strict-Transport-Security"] = "max-age=" + strconv.Itoa(sec.HSTS.MaxAge)
		if sec.HSTS.Subdomains {
			h["Strict-Transport-Security"] += "; includeSubDomains"
		}
		if sec.HSTS.Preload {
			h["Strict-Transport-Security"] += "; preload"
		}
	}
	for _, i := range policy.Custom.Items {
		h[i.Header] = i.Value
	}
	maps.DeleteFunc(h, func(_, value string) bool { return value == "" })
	return h, nil
}
