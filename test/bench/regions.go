package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
)

// mostMoving is the largest number of clients of the part regions. All of them, both regions and
// the functions share the machine.
const mostMoving = 1000

// movedClients is the result of test/regions.
type movedClients struct {
	Clients, Accepted, Lost, Repeated int
	Half, All                         float64 // seconds
}

// measureRegions runs the test of test/regions that stops a region, and prints a table.
func measureRegions(ctx context.Context, s settings, out io.Writer) error {
	tests, err := buildTest(ctx, s, "test/regions")
	if err != nil {
		return err
	}
	var r movedClients
	clients := strconv.Itoa(min(mostMoving, s.most))
	if err := tests.run(ctx, &r, "-test.run", "^TestRegionFails$", "-clients", clients); err != nil {
		return err
	}
	// The table is that of docs/regions-channels.md.
	fmt.Fprintln(out, "| clients, in channels of 50 | half of them moved | all moved | publications accepted | lost (had not crossed) | received again, by all clients |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|")
	fmt.Fprintf(out, "| %d | %.1f s | %.1f s | %d | %d | %d |\n", r.Clients, r.Half, r.All, r.Accepted, r.Lost, r.Repeated)
	return nil
}
