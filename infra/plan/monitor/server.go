package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"sallyport/infra/plan"
)

const stackType = "pulumi:pulumi:Stack"

// server acts as the engine for a program and records the resources that it declares.
// The program calls it concurrently. The server refuses the methods that it does not
// have (ReadResource, transforms, hooks, provider functions) as unimplemented.
type server struct {
	pulumirpc.UnimplementedResourceMonitorServer
	dir   string // of the project
	cloud cloud

	mu        sync.Mutex // guards the fields below
	urns      map[string]bool
	regions   map[string]string // of the explicit providers, by URN
	resources []plan.Resource
	outputs   map[string]any
	refused   []error  // the reasons why the monitor stopped the program
	logged    []string // the warnings and errors that the program logged
}

func newServer(dir string, c cloud) *server {
	return &server{dir: dir, cloud: c, urns: map[string]bool{}, regions: map[string]string{}, outputs: map[string]any{}}
}

// RegisterResource records a resource and answers with its outputs.
func (s *server) RegisterResource(_ context.Context, r *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	res, err := s.register(r)
	if err != nil {
		return nil, s.refuse(fmt.Errorf("%s: %s %q: %w", position(s.dir, r.GetSourcePosition()), r.GetType(), r.GetName(), err))
	}
	computed, err := structpb.NewStruct(res.Outputs)
	if err != nil {
		return nil, s.refuse(fmt.Errorf("encode outputs of %s: %w", r.GetType(), err))
	}
	outputs := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	maps.Copy(outputs.Fields, r.GetObject().GetFields())
	maps.Copy(outputs.Fields, computed.GetFields())
	return &pulumirpc.RegisterResourceResponse{Urn: s.urn(r), Id: res.ID, Object: outputs}, nil
}

func (s *server) register(r *pulumirpc.RegisterResourceRequest) (plan.Resource, error) {
	res := plan.Resource{
		Type: r.GetType(), Name: r.GetName(), Parent: parentName(r.GetParent()), After: after(r), Stays: r.GetRetainOnDelete(),
		Provider: providerName(r.GetProvider()), Protected: r.GetProtect(), Ignores: r.GetIgnoreChanges(), ReplacedBy: r.GetReplaceOnChanges(), Secrets: r.GetAdditionalSecretOutputs(),
	}
	in := decoder{dir: s.dir}
	res.Inputs = in.object("", r.GetObject().AsMap())
	if err := in.err(dependencies(r)); err != nil {
		return res, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.GetCustom() {
		c, err := s.cloudOf(r.GetProvider())
		if err != nil {
			return res, err
		}
		if err := c.create(&res); err != nil {
			return res, err
		}
	}
	urn := s.urn(r)
	if s.urns[urn] {
		return res, fmt.Errorf("the program declares %s twice", urn)
	}
	s.urns[urn] = true
	if res.Type == plan.TypeProvider {
		s.regions[urn] = res.Text("region")
	}
	if res.Type != stackType {
		s.resources = append(s.resources, res)
	}
	return res, nil
}

// cloudOf returns the cloud in the region of a provider. reference is URN::ID of an explicit
// provider, or "" for the default provider. The caller must hold s.mu.
func (s *server) cloudOf(reference string) (cloud, error) {
	c := s.cloud
	if reference == "" {
		return c, nil
	}
	region := s.regions[providerURN(reference)]
	if region == "" {
		return c, fmt.Errorf("the provider %s has no region: the monitor needs one", providerName(reference))
	}
	c.region = region
	return c, nil
}

// RegisterResourceOutputs records the outputs of the stack.
func (s *server) RegisterResourceOutputs(_ context.Context, r *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	d := decoder{dir: s.dir}
	outputs := d.object("", r.GetOutputs().AsMap())
	_, typ, name := splitURN(r.GetUrn())
	if err := d.err(nil); err != nil {
		return nil, s.refuse(fmt.Errorf("outputs of %s: %w", name, err))
	}
	if typ == stackType {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.outputs = outputs
	}
	return &emptypb.Empty{}, nil
}

// Invoke answers a data source.
func (s *server) Invoke(_ context.Context, r *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	out, err := s.cloud.invoke(r.GetTok())
	if err != nil {
		// The SDK sends the source position of a resource, but not that of a call of
		// a data source.
		return nil, s.refuse(fmt.Errorf("%s: %w", callers(s.dir, r.GetTok()), err))
	}
	answer, err := structpb.NewStruct(out)
	if err != nil {
		return nil, s.refuse(fmt.Errorf("encode answer of %s: %w", r.GetTok(), err))
	}
	return &pulumirpc.ResourceInvokeResponse{Return: answer}, nil
}

// SupportsFeature reports whether the server has an optional feature of the protocol.
// It has alias specifications only, so that values arrive in their simplest form.
func (s *server) SupportsFeature(_ context.Context, r *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	return &pulumirpc.SupportsFeatureResponse{HasSupport: r.GetId() == "aliasSpecs"}, nil
}

// SignalAndWaitForShutdown lets the program exit.
func (s *server) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// refuse records err and returns the response that stops the program.
func (s *server) refuse(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, err)
	return status.Error(codes.InvalidArgument, err.Error())
}

// engine receives the log of the program.
type engine struct {
	pulumirpc.UnimplementedEngineServer
	s *server
}

// Log keeps warnings and errors, which Run reports if the program fails.
func (e engine) Log(_ context.Context, r *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	if r.GetSeverity() >= pulumirpc.LogSeverity_WARNING {
		e.s.mu.Lock()
		defer e.s.mu.Unlock()
		e.s.logged = append(e.s.logged, strings.ToLower(r.GetSeverity().String())+": "+strings.TrimSpace(r.GetMessage()))
	}
	return &emptypb.Empty{}, nil
}

// dependencies maps each property to the resources whose outputs it uses, as "type
// name".
func dependencies(r *pulumirpc.RegisterResourceRequest) map[string][]string {
	uses := map[string][]string{}
	for property, d := range r.GetPropertyDependencies() {
		for _, urn := range d.GetUrns() {
			uses[property] = append(uses[property], label(urn))
		}
	}
	return uses
}

// after returns the dependencies of r whose outputs it does not use, as "type name".
func after(r *pulumirpc.RegisterResourceRequest) []string {
	used := slices.Concat(slices.Collect(maps.Values(dependencies(r)))...)
	var names []string
	for _, urn := range r.GetDependencies() {
		if n := label(urn); !slices.Contains(used, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
