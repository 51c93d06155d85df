package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport/infra/plan"
)

// stack is what the local run needs of a plan, by the part that needs it.
type stack struct {
	api      apiSettings  // the WebSocket API
	http     *apiSettings // the HTTP API; nil: there is none
	function functionSettings
	tables   []tableSettings
	rules    []ruleSettings
	site     siteSettings
	signIn   signInSettings
	outputs  map[string]any
}

// apiSettings are those of an API and its one stage. An HTTP API has neither
// RouteSelection nor authorizer.
type apiSettings struct {
	ID             string
	Region         string
	AccountID      string
	Stage          string
	RouteSelection string
	ThrottleRate   float64
	ThrottleBurst  int
	// IdentitySources of the authorizer; nil if there is none, so that it is
	// not to be told from one without sources, which HasAuthorizer does.
	IdentitySources []string
	HasAuthorizer   bool
	Routes          map[string]routeSettings
}

type routeSettings struct {
	Mock     string // the text API Gateway answers by itself; "": the Lambda does
	Replies  bool
	Timeout  time.Duration // zero: API Gateway's default
	Function string        // invoke ARN
}

type functionSettings struct {
	Name        string
	ARN         string
	InvokeARN   string // what routes name
	Environment map[string]string
	MemoryMB    int
	Timeout     time.Duration
}

type signInSettings struct {
	Issuer, ClientID, Audience string
}

// unplayed are the resource types that have no part in a local run, with the
// reason. Any other type that readStack does not read is told to the user.
var unplayed = map[string]string{
	"pulumi:pulumi:Stack":                                    "the stack itself",
	"aws:iam/role:Role":                                      "nobody checks IAM on a laptop",
	"aws:iam/rolePolicy:RolePolicy":                          "nobody checks IAM on a laptop",
	"aws:iam/policy:Policy":                                  "nobody checks IAM on a laptop",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":      "nobody checks IAM on a laptop",
	"aws:lambda/permission:Permission":                       "checked by a test of infra",
	"aws:cloudwatch/logGroup:LogGroup":                       "logs go to the terminal",
	"aws:s3/bucketV2:BucketV2":                               "files are served from disk",
	"aws:s3/bucketPolicy:BucketPolicy":                       "files are served from disk",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "files are served from disk",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": "files are served from disk",
	"aws:cloudfront/originAccessControl:OriginAccessControl": "files are served from disk",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "files are served from disk",
}

// played are the types that readStack reads.
var played = []string{
	typeAPI, typeStage, typeAuthorizer, typeRoute, typeRouteResponse, typeIntegration, typeIntegrationResponse,
	typeFunction, typeTable, typeRule, typeTarget, typeObject, typeDistribution, typeHeadersPolicy,
}

const (
	typeAPI                 = "aws:apigatewayv2/api:Api"
	typeStage               = "aws:apigatewayv2/stage:Stage"
	typeAuthorizer          = "aws:apigatewayv2/authorizer:Authorizer"
	typeRoute               = "aws:apigatewayv2/route:Route"
	typeRouteResponse       = "aws:apigatewayv2/routeResponse:RouteResponse"
	typeIntegration         = "aws:apigatewayv2/integration:Integration"
	typeIntegrationResponse = "aws:apigatewayv2/integrationResponse:IntegrationResponse"
	typeFunction            = "aws:lambda/function:Function"
	typeTable               = "aws:dynamodb/table:Table"
	typeRule                = "aws:cloudwatch/eventRule:EventRule"
	typeTarget              = "aws:cloudwatch/eventTarget:EventTarget"
	typeObject              = "aws:s3/bucketObjectv2:BucketObjectv2"
	typeDistribution        = "aws:cloudfront/distribution:Distribution"
	typeHeadersPolicy       = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
)

// readStack picks the settings of every part out of a plan.
func readStack(p plan.Plan) (stack, error) {
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	s := stack{outputs: p.Outputs}
	var err error
	s.api, err = readWebSocketAPI(p)
	keep(err)
	s.http, err = readHTTPAPI(p)
	keep(err)
	s.function, err = readFunction(p)
	keep(err)
	keep(s.checkTargets())
	s.tables, err = readTables(p)
	keep(err)
	s.rules, err = readRules(p, s.function.ARN)
	keep(err)
	s.site, err = readSite(p)
	keep(err)
	s.signIn = signInSettings{
		Issuer:   s.output("issuer"),
		ClientID: s.output("clientId"),
		Audience: s.function.Environment["AUDIENCE"],
	}
	return s, errors.Join(errs...)
}

// checkTargets demands that every route that is no mock calls the one function.
func (s stack) checkTargets() error {
	apis := []apiSettings{s.api}
	if s.http != nil {
		apis = append(apis, *s.http)
	}
	for _, api := range apis {
		for key, r := range api.Routes {
			if r.Mock == "" && r.Function != s.function.InvokeARN {
				return fmt.Errorf("the route %s calls %q, which is not the stack's function", key, r.Function)
			}
		}
	}
	return nil
}

func (s stack) output(name string) string {
	v, _ := s.outputs[name].(string)
	return v
}

// unknownTypes returns the types of a plan for which the local run has no part
// and no reason to have none.
func unknownTypes(p plan.Plan) []string {
	known := map[string]bool{}
	for _, t := range played {
		known[t] = true
	}
	var types []string
	for _, r := range p.Resources {
		component := strings.HasPrefix(r.Type, p.Project+":") || strings.HasPrefix(r.Type, "pulumi:")
		if component || known[r.Type] || unplayed[r.Type] != "" {
			continue
		}
		known[r.Type] = true
		types = append(types, r.Type)
	}
	return types
}

// only returns the attributes of the one resource of a type.
func only[T any](p plan.Plan, typ string) (T, error) { return one[T](p.OfType(typ), typ) }

// where returns the resources of a type whose attribute key is value.
func where(p plan.Plan, typ, key, value string) []plan.Resource {
	return slices.DeleteFunc(p.OfType(typ), func(r plan.Resource) bool { return r.Text(key) != value })
}

// one returns the attributes of the resource that must be the only one.
func one[T any](rs []plan.Resource, typ string) (T, error) {
	if len(rs) != 1 {
		var none T
		return none, fmt.Errorf("the plan has %d resources of type %s, want one", len(rs), typ)
	}
	return attributes[T](rs[0])
}

// all returns the attributes of every resource of a type, by resource id.
func all[T any](p plan.Plan, typ string) (map[string]T, error) {
	m := map[string]T{}
	for _, r := range p.OfType(typ) {
		v, err := attributes[T](r)
		if err != nil {
			return nil, err
		}
		m[r.ID] = v
	}
	return m, nil
}

// attributes decodes what was declared and what AWS computes into a T, by its
// JSON names; "id" is the resource's id.
func attributes[T any](r plan.Resource) (T, error) {
	merged := map[string]any{}
	for k, v := range r.Inputs {
		merged[k] = v
	}
	for k, v := range r.Outputs {
		merged[k] = v
	}
	merged["id"] = r.ID
	var v T
	text, err := json.Marshal(merged)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		return v, fmt.Errorf("read %s %q of the plan: %w", r.Type, r.Name, err)
	}
	return v, nil
}
