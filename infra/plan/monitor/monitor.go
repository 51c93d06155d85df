// Package monitor runs a compiled Pulumi program like `pulumi preview` and returns a
// plan of the resources that the program declares.
//
// It uses the wire protocol of the Pulumi engine (gRPC) only, and no provider. It
// responds to each resource with the outputs that AWS would compute (outputs.go), but
// accepts arguments that AWS would refuse. It never guesses. It returns an error for an
// unknown type of resource, an unknown data source, an output that it does not compute,
// and a configuration key that Pulumi.yaml does not declare.
//
// To support another type of resource, add an entry to the table in outputs.go.
package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"sallyport/infra/plan"
)

// Program is a compiled Pulumi program with the settings of a run.
type Program struct {
	// Dir is the folder of Pulumi.yaml. The program runs in it.
	Dir string
	// Stack is the name of the stack.
	Stack string
	// StackFile is the path of the stack's configuration. The default is
	// Pulumi.{Stack}.yaml in Dir.
	StackFile string
	// Argv is the program and its arguments.
	Argv []string
	// Env is added to the environment that the program inherits.
	Env []string
}

// Run runs p until it exits and returns its plan. Runs are independent of each other.
// The same program gives the same plan. When ctx ends, Run kills the program and its
// descendants. It returns an error if the configuration is invalid, the program fails,
// or the program uses something that the monitor does not support.
func Run(ctx context.Context, p Program) (plan.Plan, error) {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return plan.Plan{}, fmt.Errorf("find project: %w", err)
	}
	p.Dir = dir
	if p.StackFile == "" {
		p.StackFile = filepath.Join(dir, "Pulumi."+p.Stack+".yaml")
	}
	settings, err := readSettings(dir, p.StackFile)
	if err != nil {
		return plan.Plan{}, err
	}
	c, err := newCloud(settings, p.Stack)
	if err != nil {
		return plan.Plan{}, err
	}
	s := newServer(dir, c)
	stop, address, err := s.listen()
	if err != nil {
		return plan.Plan{}, err
	}
	err = p.run(ctx, address, settings)
	stop()
	return s.plan(err)
}

// run runs the program until it exits.
func (p Program) run(ctx context.Context, address string, settings settings) error {
	config, err := json.Marshal(settings.config)
	if err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, p.Argv[0], p.Argv[1:]...) //nolint:gosec // running it is the purpose
	cmd.Dir = p.Dir
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(cmd.Environ(), p.Env...)
	cmd.Env = append(cmd.Env,
		"PULUMI_MONITOR="+address, "PULUMI_ENGINE="+address,
		"PULUMI_PROJECT="+settings.project, "PULUMI_STACK="+p.Stack,
		"PULUMI_ROOT_DIRECTORY="+p.Dir, "PULUMI_CONFIG="+string(config),
		// In a preview, a missing output is unknown. Otherwise the SDK would silently
		// make it empty.
		"PULUMI_DRY_RUN=true")
	// A process group of its own, so that Cancel also kills the descendants.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("run program: %w", ctx.Err())
	case out.Len() > 0:
		return fmt.Errorf("run program: %w: %s", err, strings.TrimSpace(out.String()))
	}
	return fmt.Errorf("run program: %w", err)
}

// listen serves s on loopback until stop is called. stop waits for pending requests.
func (s *server) listen() (stop func(), address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with stop
	if err != nil {
		return nil, "", fmt.Errorf("listen: %w", err)
	}
	g := grpc.NewServer(grpc.WaitForHandlers(true))
	pulumirpc.RegisterResourceMonitorServer(g, s)
	pulumirpc.RegisterEngineServer(g, engine{s: s})
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(l) })
	return func() { g.Stop(); served.Wait() }, l.Addr().String(), nil
}

// plan returns the plan. If the monitor refused a request or the program failed, it
// returns an error: the refusals, or else the log of the program, or else ended.
func (s *server) plan(ended error) (plan.Plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.refused) > 0:
		return plan.Plan{}, errors.Join(s.refused...)
	case ended != nil && len(s.logged) > 0:
		return plan.Plan{}, fmt.Errorf("%w\n%s", ended, strings.Join(s.logged, "\n"))
	case ended != nil:
		return plan.Plan{}, ended
	}
	return plan.Plan{Version: plan.Version, Project: s.cloud.project, Stack: s.cloud.stack, Resources: s.resources, Outputs: s.outputs}, nil
}
