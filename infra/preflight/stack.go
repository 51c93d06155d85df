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

func (p *preflight) pulumi(ctx context.Context, args ...string) ([]byte, error) {
	return p.output(ctx, []string{"PULUMI_SKIP_UPDATE_CHECK=true"}, "pulumi", append(args, "--non-interactive", "--color=never")...)
}

// pulumiStack returns the check of the login and the stack.
func (p *preflight) pulumiStack() []check {
	return []check{{"Pulumi stack", p.checkStack}}
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
	p.stackOK = true
	seen := fmt.Sprintf("%s, logged in as %s", p.stack, strings.TrimSpace(string(user)))
	if text, err := p.pulumi(ctx, "stack", "output", "--json", "--stack", p.stack); err == nil {
		_ = json.Unmarshal(text, &p.outputs) // without outputs, the stack counts as not deployed
	}
	if len(p.outputs) > 0 {
		seen += ", deployed before"
	}
	name := p.stack[strings.LastIndex(p.stack, "/")+1:]
	if err := configuration.CheckStack(name); err != nil {
		return change(err.Error(), "", "create another stack: pulumi stack init NAME")
	}
	return ok(seen, "")
}

// pulumiFailed returns the result for an error of the Pulumi CLI.
func pulumiFailed(err error) result {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "error: ", "")), " ")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return unknown("not checked, because the Pulumi CLI is not installed", "", installPulumi)
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

// settings returns the check of the settings against each other.
func (p *preflight) settings() []check {
	return []check{{"settings", p.checkSettings}}
}

func (p *preflight) checkSettings(context.Context) result {
	declared := setting.Defaults()
	var hidden []string
	c, err := configuration.Read(p.region, func(name string) (string, bool) {
		v, found := p.values[p.project+":"+name]
		switch {
		case !found:
			text, known := declared[name]
			return text, known
		case v.Value == nil || *v.Value == "[unknown]": // a secret, or a value of an ESC environment
			hidden = append(hidden, name)
			return placeholder(name), true
		}
		return *v.Value, true
	})
	p.config = c
	err = errors.Join(err, c.CheckEnvironment(), c.CheckConcurrency(p.hasChannels))
	switch {
	case !p.stackOK:
		return unknown("not read, so the other checks use the defaults", "", "")
	case err != nil:
		return change(strings.ReplaceAll(err.Error(), "\n", "; "), "settings that pulumi up accepts", "")
	}
	seen := "they agree"
	if len(hidden) > 0 {
		slices.Sort(hidden)
		seen += " (values not read: " + strings.Join(slices.Compact(hidden), ", ") + ")"
	}
	return ok(seen, "")
}

// placeholder returns a value that a secret setting can have.
func placeholder(name string) string {
	for _, g := range new(setting.Stack).Groups() {
		for _, s := range g.Settings {
			if s.Name == name && s.Type == "array" {
				return `["` + strings.Repeat("x", 32) + `"]`
			}
		}
	}
	return setting.Defaults()[name]
}

// value returns a value of the stack's configuration; "" if it is missing or secret.
func (p *preflight) value(key string) string {
	if v := p.values[key].Value; v != nil {
		return *v
	}
	return ""
}
