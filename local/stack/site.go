package stack

import (
	"cmp"
	"net/http"
	"strconv"

	"sallyport/infra/plan"
	"sallyport/local/site"
)

// Site is the configuration of the site: the objects of the bucket, and what CloudFront
// adds to their responses.
type Site struct {
	Objects        []site.Object
	Headers        map[string]string // response headers by name
	Root           string            // the key of the page at /
	NotFoundKey    string            // the key of the page for a missing object; empty: there is none
	NotFoundStatus int
}

// readSite reads the bucket's objects and what CloudFront does with them.
func readSite(p plan.Plan) (Site, error) {
	d, err := only[struct {
		Root   string `json:"defaultRootObject"`
		Errors []struct {
			Code   int    `json:"errorCode"`
			Status int    `json:"responseCode"`
			Page   string `json:"responsePagePath"`
		} `json:"customErrorResponses"`
	}](p, typeDistribution)
	if err != nil {
		return Site{}, err
	}
	s := Site{Root: d.Root}
	for _, e := range d.Errors {
		if e.Code == http.StatusForbidden { // what a private bucket says of a missing key
			s.NotFoundKey, s.NotFoundStatus = cmp.Or(e.Page, "/")[1:], e.Status
		}
	}
	for _, r := range p.OfType(typeObject) {
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
	policy, err := only[struct {
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
	}](p, typeHeadersPolicy)
	if err != nil {
		return nil, err
	}
	h := map[string]string{}
	set := func(name, value string) {
		if value != "" {
			h[name] = value
		}
	}
	sec := policy.Security
	set("Content-Security-Policy", sec.CSP.Value)
	set("X-Frame-Options", sec.Frame.Option)
	set("Referrer-Policy", sec.Referrer.Policy)
	if sec.ContentType != nil {
		set("X-Content-Type-Options", "nosniff")
	}
	if sec.HSTS.MaxAge > 0 {
		set("Strict-Transport-Security", hsts(sec.HSTS.MaxAge, sec.HSTS.Subdomains, sec.HSTS.Preload))
	}
	for _, i := range policy.Custom.Items {
		set(i.Header, i.Value)
	}
	return h, nil
}

func hsts(maxAge int, subdomains, preload bool) string {
	v := "max-age=" + strconv.Itoa(maxAge)
	if subdomains {
		v += "; includeSubDomains"
	}
	if preload {
		v += "; preload"
	}
	return v
}
