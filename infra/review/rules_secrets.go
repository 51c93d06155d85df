package review

import (
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
	"sallyport/lambda/env"
)

var (
	secretName  = regexp.MustCompile(`(?i)(secret|password|passwd|private_?key|credential|api_?key)`)
	secretValue = regexp.MustCompile(`AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}`)
)

// secrets finds values that look like secrets: by name in the function's
// environment and in the outputs, by form everywhere.
func secrets(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeFunction) {
		eachText("", lookup(r, "environment.variables"), func(path, text string) {
			if secretName.MatchString(path) && (path != env.OriginSecrets || !secretSums.MatchString(text)) {
				f.add(r, "has a variable %s in clear text", path)
			}
		})
	}
	for _, r := range p.Resources {
		for _, values := range []map[string]any{r.Inputs, r.Outputs} {
			eachText("", values, func(path, text string) {
				if secretValue.MatchString(text) {
					f.add(r, "has a secret in %s", path)
				}
			})
		}
	}
	eachText("", p.Outputs, func(path, text string) {
		if secretName.MatchString(path) || secretValue.MatchString(text) {
			*f = append(*f, "output "+path+": is a secret")
		}
	})
}

// readableTickets finds policies that allow reading tickets, and copies that exist
// longer than the tickets.
func readableTickets(p plan.Plan, f *findings) {
	for _, table := range p.OfType(plan.TypeTable) {
		if table.Text("hashKey") != "ticketHash" {
			continue
		}
		if lookup(table, "pointInTimeRecovery.enabled") == true || table.Get("streamEnabled") == true || table.Get("globalSecondaryIndexes") != nil {
			f.add(table, "keeps copies of tickets")
		}
		for _, r := range p.Resources {
			for _, s := range statements(r) {
				more := slices.ContainsFunc(s.Action, func(a string) bool { return a != "dynamodb:PutItem" && a != "dynamodb:DeleteItem" })
				if more && slices.ContainsFunc(s.Resource, func(arn string) bool { return strings.HasPrefix(arn, table.Text("arn")) }) {
					f.add(r, "grants %v on tickets", s.Action)
				}
			}
		}
	}
}
