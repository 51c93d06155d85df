package infra

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/channel"
	"sallyport/lambda/route"
)

const ownFunction = "./infra/testdata/system/function"

func ownTable() (route.Table, error) {
	return route.NewTable(route.Mock("now", "answers", "now"))
}

func ownChannels() (channel.Table, error) {
	return channel.NewTable(channel.Namespace{Name: "own", Subscribe: channel.Everyone})
}

// A system can have a function, routes and namespaces of the caller.
func TestSystemFunction(t *testing.T) {
	for name, test := range map[string]struct {
		args   *SystemArgs
		zip    string
		queues bool
	}{
		"built":         {&SystemArgs{Function: ownFunction, Console: builtConsole, Table: ownTable}, ".build/infra%2Ftestdata%2Fsystem%2Ffunction.zip", false},
		"zip, channels": {&SystemArgs{Zip: builtZip, Console: builtConsole, Table: ownTable, Channels: ownChannels}, builtZip, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := &account{}
			if err := runMocked(t, a, oneSystem(test.args)); err != nil {
				t.Fatal(err)
			}
			var keys, zips []string
			queues := 0
			for _, r := range a.resources {
				switch r.TypeToken {
				case "aws:apigatewayv2/route:Route":
					keys = append(keys, r.Inputs["routeKey"].StringValue())
				case "aws:lambda/function:Function":
					zips = append(zips, r.Inputs["code"].ArchiveValue().Path)
				case "aws:sqs/queue:Queue":
					queues++
				}
			}
			if !slices.Contains(keys, "now") || slices.Contains(keys, "whoami") {
				t.Errorf("got the routes %v, want that of the caller and not those of lambda/app", keys)
			}
			if len(zips) != 1 || !strings.HasSuffix(zips[0], test.zip) || (queues > 0) != test.queues {
				t.Errorf("got the functions %v and %d queues, want %s and queues: %t", zips, queues, test.zip, test.queues)
			}
			if _, err := os.Stat("../" + test.zip); err != nil {
				t.Error(err)
			}
		})
	}
}

// oneSystem returns a program with one system.
func oneSystem(args *SystemArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "elsewhere", nil)
		if err != nil {
			return err
		}
		_, err = NewSystem(ctx, "chat", args, pulumi.Provider(provider))
		return err
	}
}

func TestSystemFunctionRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		args *SystemArgs
		want string
	}{
		"no function": {&SystemArgs{Table: ownTable}, "have Table and neither Function nor Zip"},
		"no routes":   {&SystemArgs{Function: ownFunction, Console: builtConsole}, "have Function \"./infra/testdata/system/function\" and no Table"},
		"channels":    {&SystemArgs{Zip: builtZip, Console: builtConsole, Channels: ownChannels}, "have Channels and no Table"},
		"two":         {&SystemArgs{Function: ownFunction, Zip: builtZip, Console: builtConsole, Table: ownTable}, "give one of them"},
		"no console":  {&SystemArgs{Zip: builtZip, Table: ownTable}, "give both, or neither"},
		"no package":  {&SystemArgs{Function: "./nothing", Console: builtConsole, Table: ownTable}, "build ./nothing"},
		"wrong route": {&SystemArgs{Zip: builtZip, Console: builtConsole, Table: func() (route.Table, error) {
			return route.NewTable(route.Mock("$connect", "answers", "now"))
		}}, "read the routes and namespaces: "},
	} {
		t.Run(name, func(t *testing.T) {
			a := &account{}
			if err := runMocked(t, a, oneSystem(test.args)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if slices.ContainsFunc(a.resources, func(r pulumi.MockResourceArgs) bool { return strings.HasPrefix(r.TypeToken, "aws:") }) {
				t.Error("it declared a resource")
			}
		})
	}
}
