package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport/infra/plan"
)

type integration struct {
	Type    string  `json:"integrationType"`
	URI     string  `json:"integrationUri"`
	Timeout float64 `json:"timeoutMilliseconds"`
	Payload string  `json:"payloadFormatVersion"`
}

// readWebSocketAPI reads the WebSocket API with its stage, authorizer and routes.
func readWebSocketAPI(p plan.Plan) (API, error) {
	s, err := readAPI(p, where(p, plan.TypeAPI, "protocolType", "WEBSOCKET"))
	if err != nil {
		return s, err
	}
	if err := s.readAuthorizer(p); err != nil {
		return s, err
	}
	return s, s.readRoutes(p)
}

// readHTTPAPI reads the HTTP API with its stage and routes. It returns nil if the plan has
// no HTTP API.
func readHTTPAPI(p plan.Plan) (*API, error) {
	apis := where(p, plan.TypeAPI, "protocolType", "HTTP")
	if len(apis) == 0 {
		return nil, nil //nolint:nilnil // a stack without tickets has no HTTP API
	}
	s, err := readAPI(p, apis)
	if err != nil {
		return nil, err
	}
	if apis[0].Get("corsConfiguration") != nil {
		return nil, errors.New("the HTTP API has a corsConfiguration, which is not emulated here: let the function answer OPTIONS")
	}
	for _, r := range where(p, plan.TypeRoute, "apiId", s.ID) {
		if kind := r.Text("authorizationType"); kind != "" && kind != "NONE" {
			return nil, fmt.Errorf("the route %s of the HTTP API has an authorizer, which is not emulated here", r.Text("routeKey"))
		}
	}
	for _, r := range where(p, plan.TypeIntegration, "apiId", s.ID) {
		if in, err := attributes[integration](r); err != nil || in.Type != "AWS_PROXY" || in.Payload != "2.0" {
			return nil, errors.Join(err, fmt.Errorf("the integration %s of the HTTP API must have the type AWS_PROXY and the payload format 2.0", r.Name))
		}
	}
	return &s, s.readRoutes(p)
}

// readAPI reads the parts that both kinds of API have. apis must have one resource.
func readAPI(p plan.Plan, apis []plan.Resource) (API, error) {
	api, err := one[struct {
		ExecutionARN   string `json:"executionArn"`
		RouteSelection string `json:"routeSelectionExpression"`
	}](apis, plan.TypeAPI)
	if err != nil {
		return API{}, err
	}
	stage, err := one[struct {
		Name     string `json:"name"`
		Defaults struct {
			Rate  float64 `json:"throttlingRateLimit"`
			Burst int     `json:"throttlingBurstLimit"`
		} `json:"defaultRouteSettings"`
	}](where(p, plan.TypeStage, "apiId", apis[0].ID), plan.TypeStage)
	if err != nil {
		return API{}, err
	}
	arn := strings.Split(api.ExecutionARN, ":") // arn:aws:execute-api:REGION:ACCOUNT:API
	if len(arn) != 6 {
		return API{}, fmt.Errorf("the API's executionArn is %q, want arn:aws:execute-api:REGION:ACCOUNT:API", api.ExecutionARN)
	}
	return API{
		ID: apis[0].ID, Region: arn[3], AccountID: arn[4],
		Stage: stage.Name, ThrottleRate: stage.Defaults.Rate, ThrottleBurst: stage.Defaults.Burst,
		RouteSelection: api.RouteSelection,
	}, nil
}

// readAuthorizer reads the authorizer of the $connect route, if it has one.
func (s *API) readAuthorizer(p plan.Plan) error {
	for _, r := range where(p, plan.TypeRoute, "apiId", s.ID) {
		if r.Text("routeKey") != "$connect" || r.Text("authorizationType") != "CUSTOM" {
			continue
		}
		i := slices.IndexFunc(p.OfType(plan.TypeAuthorizer), func(a plan.Resource) bool { return a.ID == r.Text("authorizerId") })
		if i < 0 {
			return fmt.Errorf("the route $connect names the authorizer %q, which the plan does not have", r.Text("authorizerId"))
		}
		a, err := attributes[struct {
			IdentitySources []string `json:"identitySources"`
		}](p.OfType(plan.TypeAuthorizer)[i])
		if err != nil {
			return err
		}
		s.HasAuthorizer, s.IdentitySources = true, a.IdentitySources
	}
	return nil
}

// readRoutes reads the routes of the API with their integrations.
func (s *API) readRoutes(p plan.Plan) error {
	integrations := map[string]integration{} // by resource ID
	for _, r := range p.OfType(plan.TypeIntegration) {
		var err error
		if integrations[r.ID], err = attributes[integration](r); err != nil {
			return err
		}
	}
	replies := map[string]bool{} // by route ID
	for _, r := range p.OfType(plan.TypeRouteResponse) {
		replies[r.Text("routeId")] = true
	}
	s.Routes = map[string]Route{}
	for _, r := range where(p, plan.TypeRoute, "apiId", s.ID) {
		key := r.Text("routeKey")
		id := strings.TrimPrefix(r.Text("target"), "integrations/")
		in, ok := integrations[id]
		if !ok {
			return fmt.Errorf("the route %s has the target %q, which the plan does not have", key, r.Text("target"))
		}
		route := Route{
			// A two-way route needs both (api-gateway.md 5.2).
			Replies:  replies[r.ID] && r.Text("routeResponseSelectionExpression") == "$default",
			Timeout:  time.Duration(in.Timeout) * time.Millisecond,
			Function: in.URI,
		}
		if in.Type == "MOCK" {
			var err error
			if route.Mock, err = mockText(p, id); err != nil {
				return fmt.Errorf("the route %s: %w", key, err)
			}
		}
		s.Routes[key] = route
	}
	return nil
}

// mockText returns the answer of a MOCK integration, which is the template of its
// integration response (api-gateway.md 9).
func mockText(p plan.Plan, integrationID string) (string, error) {
	for _, r := range p.OfType(plan.TypeIntegrationResponse) {
		if r.Text("integrationId") != integrationID {
			continue
		}
		templates, _ := r.Get("responseTemplates").(map[string]any)
		if text, ok := templates[r.Text("templateSelectionExpression")].(string); ok {
			return text, nil
		}
		return "", fmt.Errorf("its integration response has no template %q", r.Text("templateSelectionExpression"))
	}
	return "", fmt.Errorf("its MOCK integration has no integration response")
}
