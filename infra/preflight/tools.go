package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"sallyport/infra/build"
)

// tools returns the checks of the programs on this machine.
func (p *preflight) tools() []check {
	return []check{
		{"Go", func(context.Context) result { return ok(strings.TrimPrefix(runtime.Version(), "go"), "") }},
		{"Node.js and npm", checkNode},
		{"disk", p.checkDisk},
		{"Pulumi CLI", p.checkPulumi},
		{"AWS CLI", p.checkAWS},
	}
}

func checkNode(ctx context.Context) result {
	if err := build.CheckNode(ctx); err != nil {
		return change(err.Error(), "", "")
	}
	return ok("installed", "the versions that the build of the console accepts")
}

// freeMegabytes is the space that the first deployment needs: about 1.3 GB for the compiled
// SDK of Pulumi, and the rest for the packages of the console and the plug-in for AWS.
const freeMegabytes = 4000

func (p *preflight) checkDisk(ctx context.Context) result {
	out, err := p.output(ctx, []string{"LC_ALL=C"}, "df", "-Pk", ".")
	if err != nil {
		return unknown(err.Error(), fmt.Sprintf("%d MB free", freeMegabytes), "")
	}
	return diskResult(string(out))
}

// diskResult checks the output of df -Pk. Its fourth column is the free space in kilobytes.
func diskResult(df string) result {
	want := fmt.Sprintf("at least %d MB", freeMegabytes)
	lines := strings.Split(strings.TrimSpace(df), "\n")
	if fields := strings.Fields(lines[len(lines)-1]); len(fields) > 3 {
		if free, err := strconv.Atoi(fields[3]); err == nil {
			seen := fmt.Sprintf("%d MB free", free/1024)
			if free/1024 < freeMegabytes {
				return change(seen, want, "free disk space: the first pulumi up compiles the SDK of Pulumi, and installs the packages of the console and the plug-in for AWS")
			}
			return ok(seen, want)
		}
	}
	return unknown("df printed no free space", want, "")
}

const pulumiRemedy = "install it from https://www.pulumi.com/docs/install/"

func (p *preflight) checkPulumi(ctx context.Context) result {
	want := p.oldestPulumi + " or later"
	out, err := p.pulumi(ctx, "version")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return change("not installed", want, pulumiRemedy)
	case err != nil:
		return unknown(err.Error(), want, "")
	}
	return versionResult(string(out), p.oldestPulumi, pulumiRemedy)
}

// versionResult compares a version such as v3.200.0 with the oldest allowed one.
func versionResult(text, oldest, remedy string) result {
	seen := strings.TrimPrefix(strings.TrimSpace(text), "v")
	var have, want [3]int
	if n, _ := fmt.Sscanf(seen, "%d.%d.%d", &have[0], &have[1], &have[2]); n < 3 {
		return unknown(fmt.Sprintf("the version is %.40q", seen), oldest+" or later", "")
	}
	_, _ = fmt.Sscanf(oldest, "%d.%d.%d", &want[0], &want[1], &want[2]) // Pulumi.yaml has three numbers
	for i := range have {
		if have[i] > want[i] {
			break
		}
		if have[i] < want[i] {
			return change(seen, oldest+" or later", remedy)
		}
	}
	return ok(seen, oldest+" or later")
}

func (p *preflight) checkAWS(ctx context.Context) result {
	out, err := p.output(ctx, p.aws.environment(), "aws", "--version")
	if err != nil {
		seen := err.Error()
		if errors.Is(err, exec.ErrNotFound) {
			seen = "not installed"
		}
		return change(seen, "version 1 or 2", "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
	}
	p.hasAWS = true
	version, _, _ := strings.Cut(strings.TrimPrefix(string(out), "aws-cli/"), " ")
	return ok(version, "version 1 or 2")
}
