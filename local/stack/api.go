package stack

import (
	"errors"
	"fmt"
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

// readWebSocketAPI reads the WebSocket API with its stage, authorizer and
// routes.
func readWebSocketAPI(p plan.Plan) (API, error) {
	s, err := readAPI(p, where(p, typeAPI, "protocolType", "WEBSOCKET"))
	if err != nil {
		return s, err
	}
	if err := s.readAuthorizer(p); err != nil {
		return s, err
	}
	return s, s.readRoutes(p)
}

// readHTTPAPI reads the HTTP API with its stage and routes, nil if there is
// none.
func readHTTPAPI(p plan.Plan) (*API, error) {
	apis := where(p, typeAPI, "protocolType", "HTTP")
	if len(apis) == 0 {
		return nil, nil //nolint:nilnil // not every stack has one
	}
	s, err := readAPI(p, apis)
	if err != nil {
		return nil, err
	}
	if apis[0].Get("corsConfiguration") != nil {
		return nil, errors.New("the HTTP API has a corsConfiguration, which is not emulated here: let the Lambda answer OPTIONS")
	}
	for _, r := range where(p, typeRoute, "apiId", s.ID) {
		if kind := r.Text("authorizationType"); kind != "" && kind != "NONE" {
			return nil, fmt.Errorf("the route %s of the HTTP API has an authorizer, which is not emulated here", r.Text("routeKey"))
		}
	}
	for _, r := range where(p, typeIntegration, "apiId", s.ID) {
		if in, err := attributes[integration](r); err != nil || in.Type != "AWS_PROXY" || in.Payload != "2.0" {
			return nil, errors.Join(err, fmt.Errorf("the integration %s of the HTTP API must have the type AWS_PROXY and the payload format 2.0", r.Name))
		}
	}
	return &s, s.readRoutes(p)
}

// readAPI reads what both kinds of API have, of one that must be alone.
func readAPI(p plan.Plan, apis []plan.Resource) (API, error) {
	api, err := one[struct {
		ID             string `json:"id"`
		ExecutionARN   string `json:"executionArn"`
		RouteSelection string `json:"routeSelectionExpression"`
	}](apis, typeAPI)
	if err != nil {
		return API{}, err
	}
	stage, err := one[struct {
		Name     string `json:"name"`
		Defaults struct {
			Rate  float64 `json:"throttlingRateLimit"`
			Burst int     `json:"throttlingBurstLimit"`
		} `json:"defaultRouteSettings"`
	}](where(p, typeStage, "apiId", api.ID), typeStage)
	if err != nil {
		return API{}, err
	}
	arn := strings.Split(api.ExecutionARN, ":") // arn:aws:execute-api:REGION:ACCOUNT:API
	if len(arn) != 6 {
		return API{}, fmt.Errorf("the API's executionArn is %q, want arn:aws:execute-api:REGION:ACCOUNT:API", api.ExecutionARN)
	}
	return API{
		ID: api.ID, Region: arn[3], AccountID: arn[4],
		Stage: stage.Name, ThrottleRate: stage.Defaults.Rate, ThrottleBurst: stage.Defaults.Burst,
		RouteSelection: api.RouteSelection,
	}, nil
}

// readAuthorizer reads the authorizer of the $connect route, if it has one.
func (s *API) readAuthorizer(p plan.Plan) error {
	authorizers, err := all[struct {
		IdentitySources []string `json:"identitySources"`
	}](p, typeAuthorizer)
	if err != nil {
		return err
	}
	for _, r := range where(p, typeRoute, "apiId", s.ID) {
		if r.Text("routeKey") != "$connect" || r.Text("authorizationType") != "CUSTOM" {
			continue
		}
		a, ok := authorizers[r.Text("authorizerId")]
		if !ok {
			return fmt.Errorf("the route $connect names the authorizer %q, which the plan does not have", r.Text("authorizerId"))
		}
		s.HasAuthorizer, s.IdentitySources = true, a.IdentitySources
	}
	return nil
}

func (s *API) readRoutes(p plan.Plan) error {
	integrations, err := all[integration](p, typeIntegration)
	if err != nil {
		return err
	}
	replies := map[string]bool{} // by route id
	for _, r := range p.OfType(typeRouteResponse) {
		replies[r.Text("routeId")] = true
	}
	s.Routes = map[string]Route{}
	for _, r := range where(p, typeRoute, "apiId", s.ID) {
		key := r.Text("routeKey")
		id := strings.TrimPrefix(r.Text("target"), "integrations/")
		in, ok := integrations[id]
		if !ok {
			return fmt.Errorf("the route %s has the target %q, which the plan does not have", key, r.Text("target"))
		}
		route := Route{
			// Both halves are needed for a two-way route (api-gateway.md 5.2).
			Replies:  replies[r.ID] && r.Text("routeResponseSelectionExpression") == "$default",
			Timeout:  time.Duration(in.Timeout) * time.Millisecond,
			Function: in.URI,
		}
		if in.Type == "MOCK" {
			if route.Mock, err = mockText(p, id); err != nil {
				return fmt.Errorf("the route %s: %w", key, err)
			}
		}
		s.Routes[key] = route
	}
	return nil
}

// mockText returns what a MOCK integration answers: the one template of its
// integration response (api-gateway.md 9).
func mockText(p plan.Plan, integrationID string) (string, error) {
	for _, r := range p.OfType(typeIntegrationResponse) {
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
