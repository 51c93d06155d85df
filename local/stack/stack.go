// Package stack turns a plan, which is what the Pulumi program declares, into the
// configuration of the parts of a local run. It starts nothing and knows no AWS client.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport/infra/plan"
	"sallyport/local/eventbridge"
)

// Stack is the configuration of a local run, by part, as read from a plan.
type Stack struct {
	API      API  // the WebSocket API
	HTTP     *API // the HTTP API; nil: the stack has none
	Function Function
	Tables   []Table
	Rules    []eventbridge.Rule
	Site     Site
	SignIn   SignIn
	Outputs  map[string]any // the stack outputs by name
}

// API is the configuration of an API and its one stage. An HTTP API has neither
// RouteSelection nor an authorizer.
type API struct {
	ID             string
	Region         string
	AccountID      string
	Stage          string
	RouteSelection string
	ThrottleRate   float64
	ThrottleBurst  int
	HasAuthorizer  bool
	// IdentitySources are those of the authorizer. Nil means either no authorizer or one
	// without sources; HasAuthorizer distinguishes the two.
	IdentitySources []string
	Routes          map[string]Route
}

// Route is the configuration of a route and its integration.
type Route struct {
	Mock     string        // the answer of API Gateway itself; empty: the Lambda answers
	Replies  bool          // the answer goes to the client
	Timeout  time.Duration // zero: API Gateway's default
	Function string        // invoke ARN
}

// Function is the configuration of the Lambda function.
type Function struct {
	Name        string
	ARN         string
	InvokeARN   string // what routes name
	Environment map[string]string
	MemoryMB    int
	Timeout     time.Duration
}

// SignIn is what the local sign-in must know of the stack.
type SignIn struct {
	Issuer, ClientID, Audience string
}

// ignored are the resource types that a local run leaves out, with the reason. UnknownTypes
// returns any other type that Read does not read.
var ignored = map[string]string{
	"pulumi:pulumi:Stack":                                    "the stack itself",
	"aws:iam/role:Role":                                      "IAM is not evaluated locally",
	"aws:iam/rolePolicy:RolePolicy":                          "IAM is not evaluated locally",
	"aws:iam/policy:Policy":                                  "IAM is not evaluated locally",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":      "IAM is not evaluated locally",
	"aws:lambda/permission:Permission":                       "checked by a test of infra",
	"aws:cloudwatch/logGroup:LogGroup":                       "logs go to the terminal",
	"aws:s3/bucketV2:BucketV2":                               "files are served from disk",
	"aws:s3/bucketPolicy:BucketPolicy":                       "files are served from disk",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "files are served from disk",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": "files are served from disk",
	"aws:cloudfront/originAccessControl:OriginAccessControl": "files are served from disk",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "files are served from disk",
}

// emulated are the resource types that Read reads.
var emulated = []string{
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

// Read reads the configuration of every part from a plan. Its error names everything in the
// plan that a local run cannot emulate.
func Read(p plan.Plan) (Stack, error) {
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	s := Stack{Outputs: p.Outputs}
	var err error
	s.API, err = readWebSocketAPI(p)
	keep(err)
	s.HTTP, err = readHTTPAPI(p)
	keep(err)
	s.Function, err = readFunction(p)
	keep(err)
	keep(s.checkTargets())
	s.Tables, err = readTables(p)
	keep(err)
	s.Rules, err = readRules(p, s.Function.ARN)
	keep(err)
	s.Site, err = readSite(p)
	keep(err)
	s.SignIn = SignIn{
		Issuer:   s.Output("issuer"),
		ClientID: s.Output("clientId"),
		Audience: s.Function.Environment["AUDIENCE"],
	}
	return s, errors.Join(errs...)
}

// checkTargets returns an error unless every route without a mock calls the one function.
func (s Stack) checkTargets() error {
	apis := []API{s.API}
	if s.HTTP != nil {
		apis = append(apis, *s.HTTP)
	}
	for _, api := range apis {
		for key, r := range api.Routes {
			if r.Mock == "" && r.Function != s.Function.InvokeARN {
				return fmt.Errorf("the route %s calls %q, which is not the stack's function", key, r.Function)
			}
		}
	}
	return nil
}

// Output returns the stack output of that name, or "" if it is absent or not a string.
func (s Stack) Output(name string) string {
	v, _ := s.Outputs[name].(string)
	return v
}

// UnknownTypes returns the resource types of a plan that the local run neither emulates nor
// ignores for a stated reason, each once.
func UnknownTypes(p plan.Plan) []string {
	known := map[string]bool{}
	for _, t := range emulated {
		known[t] = true
	}
	var types []string
	for _, r := range p.Resources {
		component := strings.HasPrefix(r.Type, p.Project+":") || strings.HasPrefix(r.Type, "pulumi:")
		if component || known[r.Type] || ignored[r.Type] != "" {
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
