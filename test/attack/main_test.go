package attack

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain stops the processes that the subjects have started, and prints the totals.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // the parallel tests wait most of the time
	code := m.Run()
	for _, v := range []*lazyRun{open, plain, strict, oneDomain} {
		if err := v.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := rigTables.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	attempts, breaches := results.totals()
	for _, b := range breaches {
		fmt.Println(b)
	}
	if attempts > 0 {
		fmt.Printf("%d attempts, %d breaches\n", attempts, len(breaches))
	}
	if len(breaches) > 0 {
		code = 1
	}
	os.Exit(code)
}
