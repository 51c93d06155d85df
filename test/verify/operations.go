package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sallyport/lambda/setting"
)

// operationChecks returns the checks of alarms, the dashboard and the deployed settings.
func operationChecks() []check {
	throttle := func(name, description string, api func(context.Context, *verifier) (string, error), stage, skip func(*verifier) string) check {
		return check{
			area: "operations", name: name, description: description, section: "9 observed", want: "the settings",
			skip: all(onAWS, skip),
			run: func(ctx context.Context, v *verifier) (string, error) {
				id, err := api(ctx, v)
				if err != nil {
					return "", err
				}
				return v.throttles(ctx, id, stage(v))
			},
		}
	}
	return []check{
		{area: "operations", name: "alarms", description: "the alarms exist, and each has an action", want: "all", skip: all(onAWS, withAlarms), run: alarms},
		{
			area: "operations", name: "dashboard", description: "the dashboard exists", want: "one", skip: all(onAWS, withMetrics),
			run: func(ctx context.Context, v *verifier) (string, error) {
				out, err := v.aws(ctx, "cloudwatch", "list-dashboards", "--dashboard-name-prefix", v.prefix()+v.apiID("connectionsUrl"), "--query", "DashboardEntries[].DashboardName", "--output", "json")
				if err != nil {
					return "", err
				}
				var found []string
				if err := decode(out, &found); err != nil || len(found) != 1 {
					return fmt.Sprintf("%d", len(found)), err
				}
				return "one", nil
			},
		},
		throttle("throttle", "rate and burst of the WebSocket API's stage", socketAPI, func(v *verifier) string { return v.setting("stageName") }, noCondition),
		throttle("throttleHTTP", "rate and burst of the HTTP API's stage", httpAPI, func(*verifier) string { return "$default" }, withTickets),
		{area: "operations", name: "function", description: "the function has the settings", want: "the settings", skip: onAWS, run: functionSettings},
	}
}

func socketAPI(_ context.Context, v *verifier) (string, error) { return v.apiID("connectionsUrl"), nil }

// httpAPI returns the ID of the HTTP API. With one domain, it reads the ID from AWS, because no
// output has it.
func httpAPI(ctx context.Context, v *verifier) (string, error) {
	if id := v.apiID("httpUrl"); id != "" {
		return id, nil
	}
	out, err := v.aws(ctx, "apigatewayv2", "get-apis", "--query", "Items[?starts_with(Name, '"+v.prefix()+"http-')].ApiId", "--output", "json")
	if err != nil {
		return "", err
	}
	var found []string
	if err := decode(out, &found); err != nil || len(found) != 1 {
		return "", cannotCheck("%d HTTP APIs have a name that begins with %shttp-, want 1", len(found), v.prefix())
	}
	return found[0], nil
}

func noCondition(*verifier) string { return "" }

func withAlarms(v *verifier) string {
	if v.setting("alarmEmail") == "" {
		return "the setting alarmEmail is empty"
	}
	return ""
}

func withMetrics(v *verifier) string {
	if v.setting("metrics") == "false" {
		return "the setting metrics is off"
	}
	return ""
}

// prefix returns the beginning of the names of the stack's resources: PROJECT-STACK-.
func (v *verifier) prefix() string {
	name := v.outputs["functionName"]
	return name[:max(0, strings.LastIndex(name, "function-"))] // the stack's name can have the word, too
}

// alarmNames are the alarms of a stack with all settings.
var alarmNames = []string{"authorizer", "crashes", "dead-letters", "errors", "push", "queue", "slow", "throttles", "tickets"}

// alarms returns "all" if the stack has the alarms, or the differences.
func alarms(ctx context.Context, v *verifier) (string, error) {
	out, err := v.aws(ctx, "cloudwatch", "describe-alarms", "--alarm-name-prefix", v.prefix(), "--query",
		"MetricAlarms[].{name:AlarmName,actions:length(AlarmActions),enabled:ActionsEnabled}", "--output", "json")
	if err != nil {
		return "", err
	}
	var found []struct {
		Name    string
		Actions int
		Enabled bool
	}
	if err := decode(out, &found); err != nil {
		return "", err
	}
	state := map[string]string{}
	suffix := regexp.MustCompile(`-[0-9a-f]{7}$`) // Pulumi adds it
	for _, a := range found {
		name := suffix.ReplaceAllString(strings.TrimPrefix(a.Name, v.prefix()), "")
		state[name] = "ok"
		if a.Actions == 0 || !a.Enabled {
			state[name] = "has no action"
		}
	}
	var wrong []string
	for _, name := range alarmNames {
		ofTickets, ofChannels := name == "tickets", name == "queue" || name == "dead-letters"
		switch {
		case ofTickets && withTickets(v) != "", ofChannels && withChannels(v) != "", state[name] == "ok":
		case state[name] == "":
			wrong = append(wrong, name+" is missing")
		default:
			wrong = append(wrong, name+" "+state[name])
		}
	}
	if len(wrong) > 0 {
		return strings.Join(wrong, ", "), nil
	}
	return "all", nil
}

// throttles compares the throttles of a stage with the settings.
func (v *verifier) throttles(ctx context.Context, api, stage string) (string, error) {
	out, err := v.aws(ctx, "apigatewayv2", "get-stage", "--api-id", api, "--stage-name", stage, "--query", "DefaultRouteSettings", "--output", "json")
	if err != nil {
		return "", err
	}
	var got struct{ ThrottlingRateLimit, ThrottlingBurstLimit float64 }
	if err := decode(out, &got); err != nil {
		return "", err
	}
	rate, burst := fmt.Sprint(got.ThrottlingRateLimit), fmt.Sprint(got.ThrottlingBurstLimit)
	if rate != v.setting("throttleRate") || burst != v.setting("throttleBurst") {
		return fmt.Sprintf("rate %s, burst %s, the settings are %s and %s", rate, burst, v.setting("throttleRate"), v.setting("throttleBurst")), nil
	}
	return "the settings", nil
}

// functionSettings compares memory, timeout and the variables of the function with the
// settings.
func functionSettings(ctx context.Context, v *verifier) (string, error) {
	out, err := v.aws(ctx, "lambda", "get-function-configuration", "--function-name", v.outputs["functionName"],
		"--query", "{memory:MemorySize,timeout:Timeout,variables:Environment.Variables}", "--output", "json")
	if err != nil {
		return "", err
	}
	var got struct {
		Memory, Timeout int
		Variables       map[string]string
	}
	if err := decode(out, &got); err != nil {
		return "", err
	}
	values := map[string]string{"memory": fmt.Sprint(got.Memory), "timeout": fmt.Sprint(got.Timeout)}
	for _, group := range new(setting.Stack).Groups() {
		for _, s := range group.Settings {
			// The variable of a list or an object has another form.
			if value, ok := got.Variables[s.Variable]; ok && slices.Contains([]string{"boolean", "integer"}, s.Type) {
				values[s.Name] = value
			}
		}
	}
	var wrong []string
	for name, value := range values {
		if value != v.setting(name) {
			wrong = append(wrong, fmt.Sprintf("%s %s, the setting is %s", name, value, v.setting(name)))
		}
	}
	if slices.Sort(wrong); len(wrong) > 0 {
		return strings.Join(wrong, "; "), nil
	}
	return "the settings", nil
}
