package stack

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sallyport/infra/plan"
	"sallyport/local/site"
)

// Site is the configuration of the site: the objects of the bucket, and the CloudFront
// distribution.
type Site struct {
	Objects   []site.Object
	Root      string // the key of the page at /
	Missing   int    // the status of the bucket for a missing object
	Pages     []site.ErrorPage
	Default   Behavior
	Behaviors []Behavior // in the order of their precedence
}

// Behavior is a cache behavior of the distribution.
type Behavior struct {
	Pattern site.Pattern // of Default: the zero value
	Methods []string
	Headers map[string]string // response headers by name
	Origin  Origin
}

// Origin is an origin of the distribution.
type Origin struct {
	// API is the ID of the API. Empty: the bucket.
	API string
	// Headers are the headers that CloudFront adds to each request.
	Headers map[string]string
	// SecretHeaders are the names of the added headers whose values are secrets. The plan
	// does not have the values.
	SecretHeaders []string
}

// readSite reads the objects of the bucket and the distribution.
func readSite(p plan.Plan) (Site, error) {
	d, err := one[distribution](p.OfType(plan.TypeDistribution), plan.TypeDistribution)
	if err != nil {
		return Site{}, err
	}
	s := Site{Root: d.Root, Missing: http.StatusForbidden}
	if canList(p) {
		s.Missing = http.StatusNotFound
	}
	for _, e := range d.Errors {
		if e.Page != "" {
			s.Pages = append(s.Pages, site.ErrorPage{Code: e.Code, Status: cmp.Or(e.Status, e.Code), Path: e.Page})
		}
	}
	for _, r := range p.OfType(plan.TypeObject) {
		s.Objects = append(s.Objects, site.Object{
			Key: r.Text("key"), Content: r.Text("content"),
			ContentType: r.Text("contentType"), CacheControl: r.Text("cacheControl"),
		})
	}
	if s.Default, err = d.readBehavior(p, d.Default); err != nil {
		return s, err
	}
	for _, b := range d.Behaviors {
		read, err := d.readBehavior(p, b)
		if err == nil {
			read.Pattern, err = site.ParsePattern(b.Pattern)
		}
		if err != nil {
			return s, fmt.Errorf("the behavior %s of the distribution: %w", b.Pattern, err)
		}
		s.Behaviors = append(s.Behaviors, read)
	}
	return s, nil
}

// canList reports whether the policy of the bucket permits CloudFront to list it.
func canList(p plan.Plan) bool {
	return slices.ContainsFunc(p.OfType(plan.TypeBucketPolicy), func(r plan.Resource) bool {
		return strings.Contains(r.Text("policy"), `"s3:ListBucket"`)
	})
}
