package main

import (
	"fmt"
	"strings"
	"time"

	"sallyport/infra/plan"
)

type integration struct {
	Type    string  `json:"integrationType"`
	URI     string  `json:"integrationUri"`
	Timeout float64 `json:"timeoutMilliseconds"`
}

// readAPI reads the WebSocket API with its stage, authorizer and routes.
func readAPI(p plan.Plan) (apiSettings, error) {
	api, err := only[struct {
		ID             string `json:"id"`
		ExecutionARN   string `json:"executionArn"`
		RouteSelection string `json:"routeSelectionExpression"`
	}](p, typeAPI)
	if err != nil {
		return apiSettings{}, err
	}
	stage, err := only[struct {
		Name     string `json:"name"`
		Defaults struct {
			Rate  float64 `json:"throttlingRateLimit"`
			Burst int     `json:"throttlingBurstLimit"`
		} `json:"defaultRouteSettings"`
	}](p, typeStage)
	if err != nil {
		return apiSettings{}, err
	}
	arn := strings.Split(api.ExecutionARN, ":") // arn:aws:execute-api:REGION:ACCOUNT:API
	if len(arn) != 6 {
		return apiSettings{}, fmt.Errorf("the API's executionArn is %q, want arn:aws:execute-api:REGION:ACCOUNT:API", api.ExecutionARN)
	}
	s := apiSettings{
		ID: api.ID, Region: arn[3], AccountID: arn[4],
		Stage: stage.Name, ThrottleRate: stage.Defaults.Rate, ThrottleBurst: stage.Defaults.Burst,
		RouteSelection: api.RouteSelection,
	}
	if err := s.readAuthorizer(p); err != nil {
		return apiSettings{}, err
	}
	return s, s.readRoutes(p)
}

// readAuthorizer reads the authorizer of the $connect route, if it has one.
func (s *apiSettings) readAuthorizer(p plan.Plan) error {
	authorizers, err := all[struct {
		IdentitySources []string `json:"identitySources"`
	}](p, typeAuthorizer)
	if err != nil {
		return err
	}
	for _, r := range p.OfType(typeRoute) {
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

func (s *apiSettings) readRoutes(p plan.Plan) error {
	integrations, err := all[integration](p, typeIntegration)
	if err != nil {
		return err
	}
	replies := map[string]bool{} // by route id
	for _, r := range p.OfType(typeRouteResponse) {
		replies[r.Text("routeId")] = true
	}
	s.Routes = map[string]routeSettings{}
	for _, r := range p.OfType(typeRoute) {
		key := r.Text("routeKey")
		id := strings.TrimPrefix(r.Text("target"), "integrations/")
		in, ok := integrations[id]
		if !ok {
			return fmt.Errorf("the route %s has the target %q, which the plan does not have", key, r.Text("target"))
		}
		route := routeSettings{
			// Both halves are needed for a two-way route (specification 5.2).
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
// integration response (specification 9).
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

// readFunction reads the one Lambda function.
func readFunction(p plan.Plan) (functionSettings, error) {
	f, err := only[struct {
		Name        string  `json:"name"`
		ARN         string  `json:"arn"`
		InvokeARN   string  `json:"invokeArn"`
		Memory      int     `json:"memorySize"`
		Timeout     float64 `json:"timeout"`
		Environment struct {
			Variables map[string]string `json:"variables"`
		} `json:"environment"`
	}](p, typeFunction)
	return functionSettings{
		Name:        f.Name,
		ARN:         f.ARN,
		InvokeARN:   f.InvokeARN,
		Environment: f.Environment.Variables,
		MemoryMB:    f.Memory,
		Timeout:     time.Duration(f.Timeout * float64(time.Second)),
	}, err
}
