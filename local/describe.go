package main

import (
	"fmt"
	"io"
	"strings"
)

// describe says where everything is.
func (s *system) describe(w io.Writer) {
	api := s.stack.output("connectionsUrl")
	rows := [][3]string{
		{"page", s.stack.output("siteUrl")},
		{"socket", s.stack.output("websocketUrl")},
		{"tickets", s.stack.output("httpUrl"), "POST /tickets, DELETE /connections"},
		{"@connections", api},
		{"functions", apiOrigin(api), "aws lambda --endpoint-url"},
		{"table", s.tableURL, "aws dynamodb --endpoint-url"},
		{"sign-in", s.stack.output("issuer"), "any name"},
		{"credentials", s.settings.credentialsFile(), "for the AWS CLI: export AWS_SHARED_CREDENTIALS_FILE"},
	}
	var list strings.Builder
	for _, row := range rows {
		name, where, note := row[0], row[1], row[2]
		if where == "" { // not in this stack
			continue
		}
		if note != "" {
			note = "   (" + note + ")"
		}
		fmt.Fprintf(&list, "  %-12s %s%s\n", name, where, note)
	}
	send := "scripts/send.sh --local"
	if s.settings.outputs != defaultOutputs {
		send = "SALLYPORT_OUTPUTS=" + s.settings.outputs + " " + send
	}
	fmt.Fprintf(w, `
Sallyport is ready, after %.1f s.

%s
Send messages to the page with %s. Ctrl-C ends everything.

`, s.progress.elapsed().Seconds(), &list, send)
}

// apiOrigin is the address of the API without its stage.
func apiOrigin(connectionsURL string) string {
	return connectionsURL[:strings.LastIndex(connectionsURL, "/")]
}
