package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"sallyport/infra/configuration"
	"sallyport/lambda/app"
)

// options are the flags.
type options struct {
	stack       string
	json, calls bool
	timeout     time.Duration
}

// preflight runs the checks. readProject and the checks that run first set the fields below the
// blank line.
type preflight struct {
	options
	dependencies
	*shell
	now     func() time.Time
	printer *printer

	project      string // name
	oldestPulumi string // the oldest allowed version of the Pulumi CLI
	hasChannels  bool   // the app has namespaces
	stackRead    bool   // the stack exists and its configuration was read
	values       map[string]configValue
	config       configuration.Config
	outputs      map[string]any // empty: the stack is not deployed
	region       string
	aws          *aws
	hasAWS       bool   // the AWS CLI runs
	caller       caller // its Account is empty if the credentials do not work
	// credentialSource names the source of the credentials; empty: not known.
	credentialSource string
}

// check is one check. run returns a result without the name of the check.
type check struct {
	name string
	run  func(context.Context) result
}

// run runs all checks, prints their results and returns the exit code.
func (p *preflight) run(ctx context.Context) (int, error) {
	if err := p.readProject(); err != nil {
		return couldNotRun, err
	}
	interrupted := ctx
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	p.aws = &aws{shell: p.shell}
	for _, stage := range []func() []check{p.tools, p.pulumiStack, p.regions, p.settings, p.credentials, p.account} {
		if err := p.all(ctx, stage()); err != nil {
			return couldNotRun, fmt.Errorf("print the results: %w", err)
		}
		if interrupted.Err() != nil {
			return couldNotRun, errors.New("interrupted")
		}
	}
	return p.printer.end(p.stack)
}

// all runs checks at the same time, and prints their results in the given order.
func (p *preflight) all(ctx context.Context, checks []check) error {
	type finishedCheck struct {
		index  int
		result result
	}
	finished := make(chan finishedCheck, len(checks))
	for i, c := range checks {
		go func() {
			r := c.run(ctx)
			r.Check = c.name
			finished <- finishedCheck{i, r}
		}()
	}
	const interval = 2 * time.Second
	results, next := make([]*result, len(checks)), 0
	shown, repeated := "", 0
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for next < len(checks) {
		select {
		case d := <-finished:
			results[d.index] = &d.result
		case <-ticker.C:
			var running []string
			for i, r := range results {
				if r == nil {
					running = append(running, checks[i].name)
				}
			}
			// Print a line that has not changed only every ten seconds.
			if line := strings.Join(running, ", "); line != shown || repeated == 4 {
				p.printer.progress(line)
				shown, repeated = line, 0
			} else {
				repeated++
			}
		}
		for next < len(checks) && results[next] != nil {
			if err := p.printer.print(*results[next]); err != nil {
				return err
			}
			next++
		}
	}
	return nil
}

var (
	projectName    = regexp.MustCompile(`(?m)^name: *(\S+)`)
	projectVersion = regexp.MustCompile(`(?m)^requiredPulumiVersion: *">=(\d+\.\d+\.\d+)"`)
)

// readProject reads Pulumi.yaml and the declarations of lambda/app.
func (p *preflight) readProject() error {
	text, err := os.ReadFile("Pulumi.yaml")
	if err != nil {
		return fmt.Errorf("read Pulumi.yaml: %w: run make preflight in the folder of the project", err)
	}
	name, version := projectName.FindSubmatch(text), projectVersion.FindSubmatch(text)
	if name == nil || version == nil {
		return errors.New("Pulumi.yaml has no name, or no requiredPulumiVersion such as \">=3.146.0\"") //nolint:staticcheck // the name of a file
	}
	p.project, p.oldestPulumi = string(name[1]), string(version[1])
	namespaces, err := app.Channels()
	if err != nil {
		return fmt.Errorf("read the declarations of lambda/app: %w", err)
	}
	p.hasChannels = len(namespaces.All()) > 0
	return nil
}

// account returns the checks of the account. Without credentials or a region, they are unknown.
func (p *preflight) account() []check {
	checks := []check{
		{"Lambda concurrency", p.checkConcurrency},
		{"API Gateway limits", p.checkGateway},
		{"CloudFront", p.checkCloudFront},
	}
	if p.config.Issuer == "" {
		checks = append(checks, check{"Cognito", p.checkCognito})
	}
	if p.config.AccessLogs {
		checks = append(checks, check{"role for access logs", p.checkLogRole})
	}
	if p.config.MonthlyBudget > 0 {
		checks = append(checks, check{"budgets", p.checkBudget})
	}
	if p.config.APIDomain != "" {
		checks = append(checks, check{"certificate of apiDomain", p.checkAPICertificate}, check{"API Gateway's own role", p.checkServiceRole})
	}
	if p.config.SiteDomain != "" {
		checks = append(checks, check{"certificate of siteDomain", p.checkSiteCertificate})
	}
	checks = append(checks, check{"permissions of the deployer", p.checkPermissions})
	reason, first := "", ""
	switch {
	case p.caller.Account == "":
		reason, first = "not checked, because no call to AWS works", credentialsCheck
	case p.region == "":
		reason, first = "not checked, because the region is not known", regionCheck
	}
	for i := range checks {
		if reason != "" {
			checks[i].run = func(context.Context) result { return unknown(reason, "", correctFirst(first)) }
		}
	}
	return slices.Concat(checks, p.network())
}

// correctFirst returns the remedy for a check that needs the result of another one.
func correctFirst(name string) string {
	return fmt.Sprintf("correct the line %q first, and run make preflight again", name)
}

// network returns the checks that need the network but no credentials.
func (p *preflight) network() []check {
	var checks []check
	for _, d := range []struct{ setting, domain, output string }{
		{"apiDomain", p.config.APIDomain, "apiDomainTarget"}, {"siteDomain", p.config.SiteDomain, "siteDomainTarget"},
	} {
		if d.domain != "" {
			checks = append(checks, check{"DNS of " + d.setting, func(ctx context.Context) result {
				name, err := p.lookup(ctx, d.domain)
				target, _ := p.outputs[d.output].(string)
				return dnsResult(d.domain, d.output, target, name, err)
			}}, check{"CAA records of " + d.setting, func(ctx context.Context) result { return p.checkCAA(ctx, d.domain) }})
		}
	}
	for _, i := range []struct{ setting, address string }{{"issuer", p.config.Issuer}, {"secondIssuer", p.config.SecondIssuer}} {
		if i.address != "" {
			checks = append(checks, check{i.setting, func(ctx context.Context) result {
				origins, err := p.origins(ctx, i.address)
				return issuerResult(i.setting, i.address, origins, err)
			}})
		}
	}
	return checks
}
