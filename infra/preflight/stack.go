package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"sallyport/infra/configuration"
	"sallyport/lambda/setting"
)

// configValue is a value of pulumi config --json. The value of a secret is missing.
type configValue struct {
	Value  *string `json:"value"`
	Secret bool    `json:"secret"`
}

// pulumi runs a command of the Pulumi CLI and returns its output.
func (p *preflight) pulumi(ctx context.Context, args ...string) ([]byte, error) {
	return p.output(ctx, []string{"PULUMI_SKIP_UPDATE_CHECK=true"}, "pulumi", append(args, "--non-interactive", "--color=never")...)
}

// stackCheck is the name of the check on which the check of the settings depends.
const stackCheck = "Pulumi stack"

// pulumiStack returns the check of the login and the stack.
func (p *preflight) pulumiStack() []check {
	return []check{{stackCheck, p.checkStack}}
}

func (p *preflight) checkStack(ctx context.Context) result {
	user, err := p.pulumi(ctx, "whoami")
	if err != nil {
		return pulumiFailed(err)
	}
	if p.stack == "" {
		name, err := p.pulumi(ctx, "stack", "--show-name")
		if err != nil {
			return pulumiFailed(err)
		}
		p.stack = strings.TrimSpace(string(name))
	}
	text, err := p.pulumi(ctx, "config", "--json", "--stack", p.stack)
	if err != nil {
		return pulumiFailed(err)
	}
	if err := json.Unmarshal(text, &p.values); err != nil {
		return unknown("pulumi config --json: "+err.Error(), "", "")
	}
	p.stackRead = true
	seen := fmt.Sprintf("%s, logged in as %s", p.stack, strings.TrimSpace(string(user)))
	if text, err := p.pulumi(ctx, "stack", "output", "--json", "--stack", p.stack); err == nil {
		_ = json.Unmarshal(text, &p.outputs) // on an error, the stack counts as not deployed
	}
	if len(p.outputs) > 0 {
		seen += ", deployed before"
	}
	if err := configuration.CheckStack(p.project, p.stackName()); err != nil {
		return change(err.Error(), "", "create another stack: pulumi stack init NAME")
	}
	return ok(seen, "")
}

// pulumiFailed returns the result for an error of the Pulumi CLI.
func pulumiFailed(err error) result {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "error: ", "")), " ")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return unknown("not checked, because the Pulumi CLI is not installed", "", pulumiRemedy)
	case strings.Contains(text, "no stack selected"):
		return change("no stack is selected", "", "select one (pulumi stack select --create dev), or name one (ARGS=\"-stack dev\")")
	case strings.Contains(text, "no stack named"):
		return change(text, "", "create it (pulumi stack init NAME); pulumi stack ls lists the stacks")
	case strings.Contains(text, "PULUMI_ACCESS_TOKEN"), strings.Contains(text, "access token"), strings.Contains(text, "not logged in"):
		return change("not logged in: "+text, "", "run pulumi login, or set PULUMI_ACCESS_TOKEN")
	case strings.Contains(text, "passphrase"):
		return change(text, "", "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE")
	}
	return unknown(text, "", "")
}

// settings returns the check of the settings. Some settings depend on others.
func (p *preflight) settings() []check {
	return []check{{"settings", p.checkSettings}}
}

func (p *preflight) checkSettings(context.Context) result {
	declared := map[string]setting.Setting{}
	for _, g := range new(setting.Stack).Groups() {
		for _, s := range g.Settings {
			declared[s.Name] = s
		}
	}
	var unread, clearText []string
	c, err := configuration.Read(p.region, func(name string) (string, bool) {
		v, found := p.values[p.project+":"+name]
		s, known := declared[name]
		switch {
		case !found:
			return s.Default, known
		case v.Value == nil || *v.Value == closedValue:
			unread = append(unread, name)
			return assumed(s), true
		case s.Secret && !v.Secret && *v.Value != s.Default:
			clearText = append(clearText, name)
		}
		return *v.Value, true
	})
	p.config = c
	err = errors.Join(err, c.CheckEnvironment(), c.CheckConcurrency(p.hasChannels))
	switch {
	case !p.stackRead:
		return unknown("not read, so the other checks use the defaults", "", correctFirst(stackCheck))
	case err != nil:
		return change(strings.ReplaceAll(err.Error(), "\n", "; "), "settings that pulumi up accepts", "")
	case clearText != nil:
		return change(strings.Join(clearText, ", ")+" is in clear text in the configuration of the stack", "a secret",
			fmt.Sprintf("create a new value, and set it with pulumi config set --path --secret '%s[0]'", clearText[0]))
	}
	seen := "valid"
	if len(unread) > 0 {
		slices.Sort(unread)
		seen += " (values not read: " + strings.Join(slices.Compact(unread), ", ") + ")"
	}
	return ok(seen, "")
}

// closedValue is the value that the Pulumi CLI prints for a value of an ESC environment that
// is not open.
const closedValue = "[unknown]"

// assumed returns a valid value for a setting whose value cannot be read.
func assumed(s setting.Setting) string {
	if s.Secret && s.Type == "array" {
		return `["` + strings.Repeat("x", 32) + `"]`
	}
	return s.Default
}

// value returns a value of the stack's configuration; "" if it is missing or secret.
func (p *preflight) value(key string) string {
	if v := p.values[key].Value; v != nil {
		return *v
	}
	return ""
}
