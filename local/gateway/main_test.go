package gateway

import (
	"flag"
	"os"
	"testing"

	"sallyport/test/support"
)

// patience is how long anything that must happen may take. Only a hang reaches
// it, however busy the machine is.
const patience = support.Patience

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain fails when a goroutine is left over: every connection, timer and
// call must end with its gateway.
func TestMain(m *testing.M) {
	os.Exit(support.RunWithoutLeaks(m))
}
