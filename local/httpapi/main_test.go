package httpapi

import (
	"os"
	"testing"

	"sallyport/test/support"
)

// TestMain fails if a goroutine is left after the tests: every call must end with its API.
func TestMain(m *testing.M) {
	os.Exit(support.RunWithoutLeaks(m))
}
