package infra

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/app"
)

// asProgram is the argument with which the test binary is the program.
const asProgram = "program"

// programs are what the test binary can be.
var programs = map[string]pulumi.RunFunc{
	asProgram: program(standIns, noNetwork, app.Table), asIssuers: program(standIns, issuersOrigins(), app.Table),
	asManyRoutes: program(standIns, noNetwork, manyRoutes),
}

// noNetwork finds no origins, as on a machine without a network.
func noNetwork(context.Context, string) ([]string, error) {
	return nil, errors.New("there is no network")
}

// TestMain lets the test binary be the program, too: so pulumi-aws is compiled
// once, for the tests and for the plans.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && programs[os.Args[1]] != nil {
		pulumi.Run(programs[os.Args[1]])
		return
	}
	m.Run()
}

// standIns takes the place of built: a plan holds one file of each type, and
// thereby stays the same when only a file's content changes.
func standIns(*pulumi.Context) (artifacts, error) {
	a := artifacts{Zip: ".build/lambda.zip", Site: "frontend/dist"}
	for _, k := range fileTypes {
		if k.Sample != configFile {
			a.Files = append(a.Files, k.Sample)
		}
	}
	return a, nil
}
