package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport/infra/plan"
)

// distribution is a CloudFront distribution of a plan.
type distribution struct {
	Root      string     `json:"defaultRootObject"`
	Origins   []origin   `json:"origins"`
	Default   behavior   `json:"defaultCacheBehavior"`
	Behaviors []behavior `json:"orderedCacheBehaviors"`
	Errors    []struct {
		Code   int    `json:"errorCode"`
		Status int    `json:"responseCode"`
		Page   string `json:"responsePagePath"`
	} `json:"customErrorResponses"`
}

type origin struct {
	ID      string    `json:"originId"`
	Domain  string    `json:"domainName"`
	Path    string    `json:"originPath"`
	Custom  *struct{} `json:"customOriginConfig"` // nil: a bucket
	Headers []struct {
		Name  string `json:"name"`
		Value any    `json:"value"` // a string, or an object if it is a secret
	} `json:"customHeaders"`
}

type behavior struct {
	Pattern   string   `json:"pathPattern"`
	Origin    string   `json:"targetOriginId"`
	Methods   []string `json:"allowedMethods"`
	Headers   string   `json:"responseHeadersPolicyId"`
	Request   string   `json:"originRequestPolicyId"`
	Functions []any    `json:"functionAssociations"`
	Lambdas   []any    `json:"lambdaFunctionAssociations"`
}

// allViewerExceptHostHeader is the ID of the managed origin request policy AllViewerExceptHostHeader,
// the only one for APIs that is emulated (CloudFront's guide, "Use managed origin request
// policies").
const allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

// readBehavior reads a behavior without its pattern.
func (d distribution) readBehavior(p plan.Plan, b behavior) (read Behavior, err error) {
	if len(b.Functions)+len(b.Lambdas) > 0 {
		return read, errors.New("it has a function, which is not emulated here")
	}
	read.Methods = b.Methods
	if b.Headers != "" {
		if read.Headers, err = readHeaders(p, b.Headers); err != nil {
			return read, err
		}
	}
	if read.Origin, err = d.readOrigin(p, b.Origin); err != nil {
		return read, err
	}
	if read.Origin.API != "" && b.Request != allViewerExceptHostHeader {
		return read, fmt.Errorf("its origin request policy is %q, want %s (AllViewerExceptHostHeader): others are not emulated here", b.Request, allViewerExceptHostHeader)
	}
	return read, nil
}

// readOrigin reads the origin with an ID.
func (d distribution) readOrigin(p plan.Plan, id string) (Origin, error) {
	i := slices.IndexFunc(d.Origins, func(o origin) bool { return o.ID == id })
	if i < 0 {
		return Origin{}, fmt.Errorf("its origin %q is not declared", id)
	}
	declared := d.Origins[i]
	if declared.Custom == nil {
		return Origin{}, nil
	}
	name, domain, _ := strings.Cut(declared.Domain, ".")
	known := slices.ContainsFunc(p.OfType(plan.TypeAPI), func(r plan.Resource) bool { return r.ID == name })
	if !known || !strings.HasPrefix(domain, "execute-api.") || declared.Path != "" {
		return Origin{}, fmt.Errorf("its origin %s%s is not the address of an API of the plan", declared.Domain, declared.Path)
	}
	o := Origin{API: name, Headers: map[string]string{}}
	for _, h := range declared.Headers {
		if text, ok := h.Value.(string); ok {
			o.Headers[h.Name] = text
		} else {
			o.SecretHeaders = append(o.SecretHeaders, h.Name)
		}
	}
	return o, nil
}

// readHeaders reads the response headers policy with an ID.
func readHeaders(p plan.Plan, id string) (map[string]string, error) {
	policies := slices.DeleteFunc(p.OfType(plan.TypeHeadersPolicy), func(r plan.Resource) bool { return r.ID != id })
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
	}](policies, plan.TypeHeadersPolicy+" with the ID "+id)
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
