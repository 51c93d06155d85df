package gateway

import (
	"flag"
	"os"
	"testing"

	"sallyport/test/support"
)

// hangLimit is the longest wait for an event. Only a hang reaches it, also on a busy machine.
const hangLimit = support.HangLimit

var update = flag.Bool("update", false, "write the golden files")

// TestMain fails if a goroutine is left after the tests: every connection, timer and call must
// end with its gateway.
func TestMain(m *testing.M) {
	os.Exit(support.RunWithoutLeaks(m))
}
