package monitor

import (
	"fmt"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// urn returns the unique name of a resource in the form of the engine:
// urn:pulumi:{stack}::{project}::{parents' types$type}::{name}.
func (s *server) urn(r *pulumirpc.RegisterResourceRequest) string {
	types := r.GetType()
	if parents, _, _ := splitURN(r.GetParent()); parents != "" && parents != stackType {
		types = parents + "$" + types
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::%s::%s", s.cloud.stack, s.cloud.project, types, r.GetName())
}

// splitURN returns the types of a resource and its parents, its own type, and its name.
func splitURN(urn string) (types, typ, name string) {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return "", "", urn
	}
	return parts[2], parts[2][strings.LastIndex(parts[2], "$")+1:], parts[3]
}

// label returns "type name" of a resource.
func label(urn string) string {
	_, typ, name := splitURN(urn)
	return typ + " " + name
}

// parentName returns the name of a component, or "" for the stack itself.
func parentName(urn string) string {
	_, typ, name := splitURN(urn)
	if typ == stackType {
		return ""
	}
	return name
}

// providerURN returns the URN in a reference to a provider, URN::ID.
func providerURN(reference string) string {
	return reference[:max(0, strings.LastIndex(reference, "::"))]
}

// providerName returns the name of the provider in a reference, "" for none.
func providerName(reference string) string {
	_, _, name := splitURN(providerURN(reference))
	return name
}
