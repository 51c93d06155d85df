package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"sallyport/lambda/setting"
)

// readSystem reads the outputs, the settings and the versions of the system.
func (v *verifier) readSystem(ctx context.Context) error {
	var err error
	if v.local {
		err = v.readLocal()
	} else {
		err = v.readStack(ctx)
	}
	if err != nil {
		return err
	}
	for _, name := range []string{"websocketUrl", "connectionsUrl", "siteUrl", "functionName", "tableName", "issuer", "region"} {
		if v.outputs[name] == "" {
			return fmt.Errorf("the stack has no output %s: it is not a stack of this project, or pulumi up has not finished", name)
		}
	}
	if v.local {
		// The Lambda API of the local run is at the address of the stage, without the stage.
		v.serviceEndpoint = strings.TrimSuffix(v.outputs["connectionsUrl"], "/"+path.Base(v.outputs["connectionsUrl"]))
	}
	v.readVersions(ctx)
	return nil
}

func (v *verifier) readLocal() error {
	text, err := os.ReadFile(v.outputsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no local run found (the file %s does not exist): start it with make run, or set SALLYPORT_OUTPUTS to the outputs of a second run", v.outputsFile)
	}
	if err != nil {
		return err
	}
	// Use only the AWS key of this local run. Use no proxy, because a proxy cannot reach loopback.
	v.environ = slices.DeleteFunc(slices.Clone(v.environ), func(entry string) bool {
		return strings.HasPrefix(entry, "AWS_")
	})
	credentials, err := filepath.Abs(filepath.Join(filepath.Dir(v.outputsFile), "credentials"))
	if err != nil {
		return err
	}
	v.environ = append(v.environ, "AWS_SHARED_CREDENTIALS_FILE="+credentials, "AWS_CONFIG_FILE="+os.DevNull, "no_proxy=*", "NO_PROXY=*", "AWS_PAGER=")
	return v.readOutputs(string(text))
}

func (v *verifier) readStack(ctx context.Context) error {
	v.environ = append(slices.Clone(v.environ), "AWS_PAGER=") // version 1 of the AWS CLI has no option for it
	v.serviceEndpoint = variable(v.environ, "AWS_ENDPOINT_URL")
	var selected []string
	if v.stack != "" {
		selected = []string{"--stack", v.stack}
	}
	text, err := v.runProgram(ctx, "pulumi", append([]string{"stack", "output", "--json"}, selected...)...)
	if err != nil {
		return fmt.Errorf("cannot read the outputs of the stack: %w", err)
	}
	if err := v.readOutputs(text); err != nil {
		return err
	}
	text, err = v.runProgram(ctx, "pulumi", append([]string{"config", "--json"}, selected...)...)
	if err != nil {
		return fmt.Errorf("cannot read the settings of the stack: %w", err)
	}
	return v.readSettings(text)
}

// readOutputs reads the outputs that are strings.
func (v *verifier) readOutputs(text string) error {
	var values map[string]any
	if err := decode(text, &values); err != nil {
		return fmt.Errorf("cannot read the outputs of the stack: %w", err)
	}
	v.outputs = map[string]string{}
	for name, value := range values {
		if s, ok := value.(string); ok {
			v.outputs[name] = strings.TrimSuffix(s, "/")
		}
	}
	return nil
}

// readSettings reads the output of pulumi config --json. A setting that it lacks has its
// default.
func (v *verifier) readSettings(text string) error {
	var values map[string]struct {
		Value  string          `json:"value"`
		Object json.RawMessage `json:"objectValue"`
		Secret bool            `json:"secret"`
	}
	if err := decode(text, &values); err != nil {
		return fmt.Errorf("cannot read the settings of the stack: %w", err)
	}
	v.settings = map[string]string{}
	for _, group := range new(setting.Stack).Groups() {
		for _, s := range group.Settings {
			v.settings[s.Name] = s.Default
			for key, value := range values {
				namespace, name, _ := strings.Cut(key, ":")
				if name != s.Name || namespace == "aws" || value.Secret || sameJSON(value.Value, s.Default) {
					continue
				}
				v.settings[s.Name] = value.Value
				v.changed = append(v.changed, changed(s, value.Value))
			}
		}
	}
	return nil
}

// sameJSON reports whether two texts are equal, apart from blanks if they are JSON.
func sameJSON(a, b string) bool {
	compact := func(s string) string {
		var out bytes.Buffer
		if json.Compact(&out, []byte(s)) != nil {
			return s
		}
		return out.String()
	}
	return compact(a) == compact(b)
}

// changed describes a setting that is not the default. A string may identify people and hosts, so
// its description has no value.
func changed(s setting.Setting, value string) string {
	if s.Type == "boolean" || s.Type == "integer" {
		return s.Name + " " + value
	}
	return s.Name
}

// setting returns the value of a setting, or "" on the local run.
func (v *verifier) setting(name string) string { return v.settings[name] }

// readVersions reads the versions of the tools and of the project for the report.
func (v *verifier) readVersions(ctx context.Context) {
	note := func(name, value string) { v.facts = append(v.facts, name+": "+value) }
	ask := func(name, program string, args ...string) {
		text, err := v.runProgram(ctx, program, args...)
		if text = strings.TrimSpace(text); err != nil || text == "" {
			text = "unknown"
		}
		note(name, text)
	}
	note("region", v.outputs["region"])
	ask("commit", "git", "rev-parse", "HEAD")
	if text, err := v.runProgram(ctx, "git", "status", "--porcelain"); err != nil || text != "" {
		note("files", "some differ from the commit")
	}
	if !v.local {
		ask("Pulumi", "pulumi", "version")
	}
	ask("AWS CLI", "aws", "--version")
	note("Go", runtime.Version())
	if len(v.changed) > 0 {
		note("settings that are not the defaults", strings.Join(v.changed, ", "))
	}
}

// host returns the host of an output that is an address.
func (v *verifier) host(output string) string {
	u, err := url.Parse(v.outputs[output])
	if err != nil {
		return ""
	}
	return u.Host
}

// apiID returns the ID of the API in the address of an output, or "" if the host is not AWS's own
// domain of an API.
func (v *verifier) apiID(output string) string {
	id, rest, _ := strings.Cut(v.host(output), ".")
	if !strings.HasPrefix(rest, "execute-api.") {
		return ""
	}
	return id
}

// oneDomain reports whether the host of the site also serves the WebSocket.
func (v *verifier) oneDomain() bool { return v.host("websocketUrl") == v.host("siteUrl") }
