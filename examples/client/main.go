// Command client is an example of a client in Go. It connects with a ticket or with a
// token, sends each line of standard input, and prints each message. It connects again
// before API Gateway ends the connection. It ends at the end of the input, without the answers
// that have not arrived yet. Copy client.go and choice.go into your own program.
//
//	go run ./examples/client -url ws://127.0.0.1:8081/live -tickets http://127.0.0.1:8083/tickets \
//	  scripts/token.sh --local alice
//
// The arguments after the flags are a command that prints a token.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1) //nolint:gocritic // the process ends, and the signal handler with it
	}
}

func run(ctx context.Context) error {
	client := Client{
		Receive: func(message []byte) { fmt.Println(string(message)) },
		Failed:  func(err error) { fmt.Fprintln(os.Stderr, "client:", err, "(another attempt follows)") },
	}
	var stack Stack
	flag.StringVar(&stack.URL, "url", "", "address of the socket: the output websocketUrl")
	flag.StringVar(&stack.TicketsURL, "tickets", "", "address for tickets: the output httpUrl, then /tickets; empty: connect with the token")
	flag.Func("other", "addresses of a stack in another region, separated by a comma: its websocketUrl, then its httpUrl and /tickets; may be repeated", func(text string) error {
		url, tickets, _ := strings.Cut(text, ",")
		client.Stacks = append(client.Stacks, Stack{url, tickets})
		return nil
	})
	flag.Parse()
	client.Stacks = slices.Insert(client.Stacks, 0, stack)
	if stack.URL == "" || flag.NArg() == 0 {
		return errors.New("give -url, and a command that prints a token (-h prints the help)")
	}
	client.Token = func(ctx context.Context) (string, error) {
		cmd := exec.CommandContext(ctx, flag.Arg(0), flag.Args()[1:]...) //nolint:gosec // the command is the user's
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- []byte(input.Text())
		}
	}()
	return client.Run(ctx, lines)
}
