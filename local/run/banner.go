package run

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// printBanner prints the addresses of the parts and the command that sends messages.
func (s *system) printBanner(w io.Writer) {
	api := s.stack.Output("connectionsUrl")
	rows := [][3]string{
		{"page", s.stack.Output("siteUrl")},
		{"socket", s.stack.Output("websocketUrl")},
		{"tickets", s.stack.Output("httpUrl"), "POST /tickets, DELETE /connections"},
		{"HTTP API", s.directHTTP, "refuses requests that do not come through the page's address"},
		{"@connections", api},
		{"functions", apiOrigin(api), "aws lambda --endpoint-url"},
		{"table", s.tableURL, "aws dynamodb --endpoint-url"},
		{"sign-in", s.stack.Output("issuer"), "any name"},
		{"credentials", s.settings.credentialsFile(), "for the AWS CLI: export AWS_SHARED_CREDENTIALS_FILE"},
	}
	var list strings.Builder
	for _, row := range rows {
		name, address, note := row[0], row[1], row[2]
		if address == "" { // the stack does not have it
			continue
		}
		if note != "" {
			note = "   (" + note + ")"
		}
		fmt.Fprintf(&list, "  %-12s %s%s\n", name, address, note)
	}
	send := "scripts/send.sh --local"
	if s.settings.Outputs != DefaultOutputs {
		send = "SALLYPORT_OUTPUTS=" + shellQuote(s.settings.Outputs) + " " + send
	}
	fmt.Fprintf(w, `
Sallyport is ready after %.1f s.

%s
To send messages to the page, run %s
To stop, press Ctrl-C.

`, s.progress.elapsed().Seconds(), &list, send)
}

// apiOrigin returns the address of the API without its stage.
func apiOrigin(connectionsURL string) string {
	return connectionsURL[:strings.LastIndex(connectionsURL, "/")]
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellQuote returns a text as one word of a shell.
func shellQuote(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
