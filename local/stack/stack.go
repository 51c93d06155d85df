// Package stack converts a plan, which has the declarations of the Pulumi program, to the
// configuration of the parts of a local run. It starts no part.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sallyport/infra/plan"
	"sallyport/local/eventbridge"
)

// Stack is the configuration of the parts of a local run.
type Stack struct {
	API      API  // the WebSocket API
	HTTP     *API // the HTTP API; nil: the stack has none
	Function Function
	Tables   []Table
	Queues   []Queue
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
	Mock     string        // the answer of API Gateway itself; empty: the function answers
	Replies  bool          // the answer goes to the client
	Timeout  time.Duration // zero: API Gateway's default
	Function string        // invoke ARN
}

// Function is the configuration of the Lambda function.
type Function struct {
	Name        string
	ARN         string // of the alias, if the function has one
	InvokeARN   string // the routes refer to it
	Environment map[string]string
	MemoryMB    int
	Timeout     time.Duration
}

// SignIn is the configuration of the sign-in.
type SignIn struct {
	Issuer, ClientID, Audience string
}

// knownTypes are the resource types that Read reads, and those that a local run ignores.
var knownTypes = []string{
	plan.TypeAPI, plan.TypeStage, plan.TypeAuthorizer, plan.TypeRoute, plan.TypeRouteResponse, plan.TypeIntegration,
	plan.TypeIntegrationResponse, plan.TypeFunction, plan.TypeAlias, plan.TypeTable, plan.TypeQueue, plan.TypeEventSource, plan.TypeRule, plan.TypeTarget, plan.TypeObject,
	plan.TypeDistribution, plan.TypeHeadersPolicy,
	// Ignored, because IAM is not evaluated. A test of infra checks the permission.
	plan.TypeRole, plan.TypeRolePolicy, plan.TypeAttachment, "aws:iam/policy:Policy", plan.TypePermission,
	// Ignored, because logs go to the terminal.
	plan.TypeLogGroup, plan.TypeQuery,
	// Ignored, because the site reads files from the disk.
	plan.TypeBucket, plan.TypeBucketPolicy, plan.TypeBucketBlock, plan.TypeOwnership, plan.TypeOriginAccess, plan.TypeEncryption,
}

// Read reads the configuration of every part from a plan. Its error names everything in the
// plan that a local run cannot emulate.
func Read(p plan.Plan) (Stack, error) {
	s := Stack{Outputs: p.Outputs}
	errs := make([]error, 8)
	s.API, errs[0] = readWebSocketAPI(p)
	s.HTTP, errs[1] = readHTTPAPI(p)
	s.Function, errs[2] = readFunction(p)
	errs[3] = s.checkTargets()
	s.Tables, errs[4] = readTables(p)
	s.Rules, errs[5] = readRules(p, s.Function.ARN)
	s.Site, errs[6] = readSite(p)
	s.Queues, errs[7] = readQueues(p, s.Function.ARN)
	s.SignIn = SignIn{
		Issuer:   s.Output("issuer"),
		ClientID: s.Output("clientId"),
		Audience: s.Function.Environment["AUDIENCE"],
	}
	return s, errors.Join(errs...)
}

// checkTargets returns an error unless every route without a mock calls the stack's function.
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

// UnknownTypes returns the resource types of a plan that the local run does not know, each
// once.
func UnknownTypes(p plan.Plan) []string {
	var types []string
	for _, r := range p.Resources {
		component := strings.HasPrefix(r.Type, p.Project+":") || strings.HasPrefix(r.Type, "pulumi:")
		if !component && !slices.Contains(knownTypes, r.Type) && !slices.Contains(types, r.Type) {
			types = append(types, r.Type)
		}
	}
	return types
}

// where returns the resources of a type whose attribute key is value.
func where(p plan.Plan, typ, key, value string) []plan.Resource {
	return slices.DeleteFunc(p.OfType(typ), func(r plan.Resource) bool { return r.Text(key) != value })
}

// one returns the attributes of the only resource in rs. typ is the type of the resources,
// for the error.
func one[T any](rs []plan.Resource, typ string) (T, error) {
	if len(rs) != 1 {
		var none T
		return none, fmt.Errorf("the plan has %d resources of type %s, want one", len(rs), typ)
	}
	return attributes[T](rs[0])
}

// attributes decodes the declared and the computed attributes of a resource into a T, by
// their JSON names.
func attributes[T any](r plan.Resource) (T, error) {
	merged := map[string]any{}
	maps.Copy(merged, r.Inputs)
	maps.Copy(merged, r.Outputs)
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
