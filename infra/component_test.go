package infra

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// renamed is a program whose one component had other names before.
func renamed(ctx *pulumi.Context) error {
	c := &struct{ pulumi.ResourceState }{}
	return component(ctx, c, "Socket", "socket", former{Kind: "WebSocket", Name: "websocket"}, former{Name: "door"})
}

// A component that is renamed tells the engine its old names, so that it keeps
// what belongs to it.
func TestRenamedComponentTellsItsNames(t *testing.T) {
	p, err := runProgram(t, "renamed", "dev", "../Pulumi.dev.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"sallyport:infra:WebSocket websocket", "door"}
	if diff := cmp.Diff(one(t, p, "sallyport:infra:Socket").Formerly, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}
