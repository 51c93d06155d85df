// Package monitor runs a compiled Pulumi program as `pulumi preview` does and
// makes a plan of what it declares.
//
// It speaks the wire protocol of the Pulumi engine (gRPC) and nothing else of
// Pulumi. There is no provider behind it: it answers each resource with the
// outputs that AWS would compute (outputs.go), but accepts arguments that AWS
// would refuse. What it has no answer for is an error, never a guess: an
// unknown type of resource, an unknown data source, an output it does not
// compute, a configuration key that Pulumi.yaml does not declare.
//
// To teach it a type of resource, add a line to the table in outputs.go.
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

// Program is a compiled Pulumi program and what it is run with.
type Program struct {
	// Dir is the folder of Pulumi.yaml. The program runs in it.
	Dir string
	// Stack is the name of the stack.
	Stack string
	// StackFile is the stack's configuration. Defaults to Pulumi.{Stack}.yaml
	// in Dir.
	StackFile string
	// Argv is the program and its arguments.
	Argv []string
	// Env is added to the environment that the program inherits.
	Env []string
}

// Run runs p to its end and returns its plan. Runs are independent of each
// other; the same program gives the same plan. When ctx ends, the program is
// killed with all that it started.
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
		// In a preview an output that nobody answers is unknown; otherwise
		// the SDK would silently make it empty.
		"PULUMI_DRY_RUN=true")
	// A group of its own, to end what the program started along with it.
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

// listen serves s on loopback until stop, which waits for what is under way.
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

// plan returns what was declared, or why there is no plan: what the monitor
// itself refused, else what the program logged, else how it ended.
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
