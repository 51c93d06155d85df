package infra

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// asProgram is the argument with which the test binary runs the program.
const asProgram = "program"

// programs are the programs that the test binary can run.
var programs = map[string]pulumi.RunFunc{
	asProgram: program(sampleFiles, noNetwork, appDeclarations), asIssuers: program(sampleFiles, issuersOrigins(), appDeclarations),
	asManyRoutes: program(sampleFiles, noNetwork, manyRoutes), asNoChannels: program(sampleFiles, noNetwork, noDeclarations), asTwoSystems: twoSystems,
}

// noNetwork finds no origins, as on a machine without a network.
func noNetwork(context.Context, string) ([]string, error) {
	return nil, errors.New("there is no network")
}

// TestMain runs the tests, or a program. So pulumi-aws is compiled once, for the tests
// and for the plans.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && programs[os.Args[1]] != nil {
		pulumi.Run(programs[os.Args[1]])
		return
	}
	m.Run()
}

// sampleFiles replaces buildArtifacts. The plan has one file of each type, so that a change of a
// file does not change the plan.
func sampleFiles(*pulumi.Context) (artifacts, error) {
	a := artifacts{Zip: ".build/lambda.zip", Site: "frontend/dist"}
	for _, k := range fileTypes {
		if k.Sample != configFile {
			a.Files = append(a.Files, k.Sample)
		}
	}
	return a, nil
}
