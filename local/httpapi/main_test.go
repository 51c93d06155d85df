package httpapi

import (
	"os"
	"testing"

	"sallyport/test/support"
)

// TestMain fails when a goroutine is left over: every call must end with its
// API.
func TestMain(m *testing.M) {
	os.Exit(support.RunWithoutLeaks(m))
}
