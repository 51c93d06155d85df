package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// SIGHUP is a terminal that closes. Without SIGPIPE here, a reader that ends, such as head,
	// would end the program before it has deleted the users.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	// After the first signal, a second one ends the program at once.
	context.AfterFunc(ctx, func() {
		signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
		stop()
	})
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout))
}
