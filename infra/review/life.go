package review

import (
	"encoding/json"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// wrongCallback finds a function that would push to another address than the
// API's own: under a domain of one's own there is no stage in the path, and the
// management API does not answer (specification 9).
func wrongCallback(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeFunction) {
		got := text(r, "environment.variables.CONNECTIONS_URL")
		for _, stage := range p.OfType(typeStage) {
			if stage.Text("name") == defaultStage {
				continue // of the HTTP API, where nobody is connected
			}
			want := strings.Replace(stage.Text("invokeUrl"), "wss://", "https://", 1)
			if got != want || got != p.Outputs["connectionsUrl"] {
				f.add(r, "pushes to %q, want %q", got, want)
			}
		}
	}
	return f
}

// wrongConsole finds a console that is told another address than clients
// connect to, or that its own policy keeps from calling it.
func wrongConsole(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeObject) {
		if r.Text("key") != "config.json" {
			continue
		}
		var config struct{ WebsocketURL, HTTPURL, Issuer string }
		if err := json.Unmarshal([]byte(r.Text("content")), &config); err != nil {
			f.add(r, "cannot be read: %v", err)
		}
		if config.WebsocketURL != p.Outputs["websocketUrl"] || config.Issuer != p.Outputs["issuer"] {
			f.add(r, "names %s and %s, want the stack's outputs", config.WebsocketURL, config.Issuer)
		}
		addresses := []string{config.WebsocketURL, config.Issuer}
		if http := p.Outputs["httpUrl"]; http != nil {
			if config.HTTPURL != http {
				f.add(r, "names %q, want %s", config.HTTPURL, http)
			}
			addresses = append(addresses, config.HTTPURL)
		}
		for _, h := range p.OfType(typeHeaders) {
			allowed := sources(text(h, "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy"), "connect-src")
			for _, address := range addresses {
				if !slices.Contains(allowed, origin(address)) {
					f.add(h, "keeps the console from %s", address)
				}
			}
		}
	}
	for _, r := range p.OfType(typeClient) {
		if r.Get("allowedOauthFlowsUserPoolClient") != true {
			continue // this client has no pages
		}
		site, _ := p.Outputs["siteUrl"].(string)
		for _, path := range []string{"callbackUrls.0", "logoutUrls.0"} {
			if text(r, path) != site+"/" {
				f.add(r, "returns to %q, want %s/", text(r, path), site)
			}
		}
	}
	return f
}

// sources returns what a directive of a Content-Security-Policy allows.
func sources(policy, directive string) []string {
	for d := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(d); len(words) > 0 && words[0] == directive {
			return words[1:]
		}
	}
	return nil
}

// origin returns the scheme and host of an address.
func origin(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// untaggable are the types that cannot carry tags.
var untaggable = []string{
	"aws:apigateway/account:Account", "aws:apigatewayv2/apiMapping:ApiMapping",
	typeAuthorizer, typeIntegration, "aws:apigatewayv2/integrationResponse:IntegrationResponse", typeRoute,
	"aws:apigatewayv2/routeResponse:RouteResponse", "aws:cloudfront/originAccessControl:OriginAccessControl",
	typeHeaders, typeDashboard, typeClient, "aws:cognito/userPoolDomain:UserPoolDomain", "aws:iam/rolePolicy:RolePolicy",
	typeAttachment, typePermission, typeTarget, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", typeBucketPolicy,
	typeBucketBlock, typeEncryption, "aws:sns/topicSubscription:TopicSubscription",
}

// untagged finds what does not say which project and stack it belongs to.
func untagged(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		if r.ID == "" || slices.Contains(untaggable, r.Type) {
			continue
		}
		if text(r, "tags.Project") != p.Project || text(r, "tags.Stack") != p.Stack {
			f.add(r, "has tags %v", r.Get("tags"))
		}
	}
	return f
}

// namedAlone are the types whose names are unique in account and region, or in
// the world, by the key of the name.
var namedAlone = map[string]string{
	"aws:budgets/budget:Budget": "name", "aws:cloudfront/originAccessControl:OriginAccessControl": "name",
	typeHeaders: "name", typeDashboard: "dashboardName", typeLogGroup: "name", "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
	typeRule: "name", typeTable: "name", "aws:iam/role:Role": "name", typeFunction: "name", typeBucket: "bucket", "aws:sns/topic:Topic": "name",
}

// shared are the resources that all stacks of an account share, by type and name.
var shared = map[string]string{
	"aws:iam/role:Role gateway-logs": "the account's setting names one role, for all APIs",
}

// sharedNames finds names that two stacks of the project, or two resources of this
// stack, could both have. Two people can each have a stack of the same name in one
// account. So a name that the program sets must end with an id that AWS has made.
// Names that Pulumi sets end with random characters.
func sharedNames(p plan.Plan) []string {
	var f found
	seen := map[string]string{}
	for _, r := range p.Resources {
		key, ok := namedAlone[r.Type]
		if !ok || shared[r.Type+" "+r.Name] != "" {
			continue
		}
		name := r.Text(key)
		if !strings.HasPrefix(name, p.Project+"-"+p.Stack+"-") {
			f.add(r, "is called %q, which says nothing of its stack", name)
		}
		if r.Inputs[key] != nil && !hasID(p, name) {
			f.add(r, "is called %q, as in another stack of the same name", name)
		}
		if other, taken := seen[r.Type+name]; taken {
			f.add(r, "is called %q, like %s", name, other)
		}
		seen[r.Type+name] = r.Name
	}
	for _, r := range p.OfType(typeFunction) {
		if namespace := text(r, "environment.variables.METRICS"); namespace != "" && !hasID(p, namespace) {
			f.add(r, "writes metrics into %q, as another stack of the same name does", namespace)
		}
	}
	return f
}

// hasID returns whether a name ends with the id of an API of the plan.
func hasID(p plan.Plan, name string) bool {
	return slices.ContainsFunc(p.OfType(typeAPI), func(api plan.Resource) bool { return strings.HasSuffix(name, "-"+api.ID) })
}

// staying are the types that may stay when the stack is destroyed. None costs
// anything.
var staying = map[string]string{
	"aws:apigateway/account:Account": "the account's setting, which other APIs may use",
	"aws:iam/role:Role":              "the role in that setting",
	typeAttachment:                   "what that role may do",
}

// leftovers finds what would stay without need, or would keep the rest from
// going.
func leftovers(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		if r.Stays && staying[r.Type] == "" {
			f.add(r, "stays when the stack is destroyed")
		}
		if r.Type == "aws:apigateway/account:Account" && !r.Stays {
			f.add(r, "is taken away from all other APIs")
		}
		if r.Type == typeBucket && r.Get("forceDestroy") != true {
			f.add(r, "keeps the stack from being destroyed while there are files in it")
		}
		if r.Get("skipDestroy") == true {
			f.add(r, "is not destroyed")
		}
	}
	return f
}

// dangling finds resources that wait for what the plan does not have, or for
// themselves. What uses an output of something comes after it in any case:
// else there would be no plan.
func dangling(p plan.Plan) []string {
	var f found
	after := map[string][]string{}
	for _, r := range p.Resources {
		after[r.Type+" "+r.Name] = r.After
	}
	for _, r := range p.Resources {
		for _, name := range r.After {
			if _, ok := after[name]; !ok {
				f.add(r, "waits for %s, which is not there", name)
			}
			if slices.Contains(reach(after, name, nil), r.Type+" "+r.Name) {
				f.add(r, "waits for %s, which waits for it", name)
			}
		}
	}
	return f
}

// reach lists all that name waits for.
func reach(after map[string][]string, name string, seen []string) []string {
	for _, next := range after[name] {
		if !slices.Contains(seen, next) {
			seen = reach(after, next, append(seen, next))
		}
	}
	return seen
}

// Undescribed lists the outputs of a plan that a text, such as docs/operations.md, does
// not name in backquotes.
func Undescribed(p plan.Plan, text string) []string {
	var names []string
	for name := range p.Outputs {
		if !strings.Contains(text, "`"+name+"`") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
