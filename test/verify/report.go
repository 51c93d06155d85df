package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// scrub replaces each part of a text that identifies the account, a user or a host: tokens,
// tickets, account numbers, email and network addresses, and the IDs of connections and hosts.
func (v *verifier) scrub(text string) string {
	replaced := [][2]string{}
	for _, secret := range v.secrets {
		replaced = append(replaced, [2]string{secret, "USER-DATA"})
	}
	for _, output := range []string{"siteUrl", "websocketUrl", "httpUrl", "connectionsUrl", "issuer", "userPoolId", "clientId", "toolClientId"} {
		label := map[string]string{"siteUrl": "SITE"}[output]
		if label == "" {
			label = strings.ToUpper(output)
		}
		replaced = append(replaced, [2]string{v.outputs[output], label}, [2]string{v.host(output), label + "-HOST"}, [2]string{v.apiID(output), "API-ID"})
	}
	slices.SortStableFunc(replaced, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	for _, pair := range replaced {
		if len(pair[0]) > 3 {
			text = strings.ReplaceAll(text, pair[0], pair[1])
		}
	}
	for _, p := range privateForms {
		text = p.pattern.ReplaceAllString(text, p.label)
	}
	return text
}

// privateForms are the forms of texts that a report must not contain.
var privateForms = []struct {
	pattern *regexp.Regexp
	label   string
}{
	{regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?`), "TOKEN"},
	{regexp.MustCompile(`\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b`), "KEY-ID"},
	{regexp.MustCompile(`\b\d{12}\b`), "ACCOUNT"},
	{regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`), "ADDRESS"},
	{regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`), "IP"},
	{regexp.MustCompile(`\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\b`), "IP"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{15}=`), "ID"},
}

// line returns a text as one line, of at most 600 bytes, without control characters.
func line(text string) string {
	quoted := strconv.Quote(text)
	text = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "⏎").Replace(quoted[1 : len(quoted)-1])
	const longest = 600
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// cell returns a text as the content of a table cell in Markdown, which shows the same characters.
func cell(text string) string {
	var b strings.Builder
	last := ' '
	text = line(text)
	for i, r := range text {
		next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		inWord := isWord(last) && isWord(next) // an underscore has no effect there
		if strings.ContainsRune("\\`*[<&~|", r) || r == '_' && !inWord {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// writeReport writes the report. failed is the error that ended the run early, or nil.
func (v *verifier) writeReport(file string, began time.Time, ended error) error {
	var b strings.Builder
	v.writeHead(&b, began, ended)
	v.writeRows(&b)
	v.writeSections(&b)
	fmt.Fprint(&b, questionsTable(v.rows))
	v.writeRequest(&b)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (v *verifier) writeHead(w io.Writer, began time.Time, failed error) {
	system := "a deployed stack"
	if v.local {
		system = "the local run"
	}
	fmt.Fprintf(w, "# Verification of %s, %s\n\n%s, in %v.\n\n", system, began.UTC().Format("2006-01-02 15:04 UTC"), v.counts(), time.Since(began).Round(time.Second))
	if v.local {
		fmt.Fprint(w, "**This report is about the local run. It shows nothing about AWS.**\n\n")
	}
	if failed != nil {
		fmt.Fprintf(w, "**The run is not complete**: %s\n\n", cell(v.scrub(failed.Error())))
	}
	for _, thing := range v.notDeleted {
		fmt.Fprintf(w, "**Not deleted**: %s\n\n", cell(thing))
	}
	fmt.Fprint(w, "| fact | value |\n|---|---|\n")
	for _, fact := range v.facts {
		name, value, _ := strings.Cut(fact, ": ")
		fmt.Fprintf(w, "| %s | %s |\n", name, cell(v.scrub(value)))
	}
}

// writeRows writes a table for each outcome. The differences come first.
func (v *verifier) writeRows(w io.Writer) {
	for _, part := range []struct {
		title    string
		outcomes []outcome
	}{
		{"Differences", []outcome{differs}},
		{"Not checked", []outcome{unchecked}},
		{"Recorded", []outcome{recorded}},
		{"As expected", []outcome{expected}},
		{"Not applicable", []outcome{notApplicable}},
	} {
		rows := slices.DeleteFunc(slices.Clone(v.rows), func(r row) bool { return !slices.Contains(part.outcomes, r.outcome) })
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n## %s\n\n| behaviour | description | expected | seen | docs/api-gateway.md |\n|---|---|---|---|---|\n", part.title)
		for _, r := range rows {
			want, seen := cell(r.want), cell(r.seen)
			if r.outcome == expected {
				seen = "the same"
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.id, cell(r.description), want, seen, r.section)
		}
	}
}

// writeSections writes the sections of docs/api-gateway.md, and the rows that confirm or
// contradict their facts.
func (v *verifier) writeSections(w io.Writer) {
	type tally struct{ confirmed, contradicted, recorded []string }
	sections := map[string]*tally{}
	var order []string
	for _, r := range v.rows {
		for part := range strings.SplitSeq(r.section, ",") {
			section, mark, _ := strings.Cut(strings.TrimSpace(part), " ")
			if section == "" {
				continue
			}
			if sections[section] == nil {
				sections[section] = &tally{}
				order = append(order, section)
			}
			t := sections[section]
			name := r.id + " (" + mark + ")"
			switch r.outcome {
			case expected:
				t.confirmed = append(t.confirmed, name)
			case differs:
				t.contradicted = append(t.contradicted, name)
			case recorded:
				t.recorded = append(t.recorded, name)
			case unchecked, notApplicable:
			}
		}
	}
	slices.SortFunc(order, compareSections)
	fmt.Fprint(w, "\n## Sections of docs/api-gateway.md\n\n| section | confirmed | contradicted | recorded |\n|---|---|---|---|\n")
	for _, section := range order {
		t := sections[section]
		fmt.Fprintf(w, "| %s | %d | %s | %s |\n", section, len(t.confirmed), strings.Join(t.contradicted, ", "), strings.Join(t.recorded, ", "))
	}
}

// compareSections orders sections such as 2.4 and 13.1 by their numbers.
func compareSections(a, b string) int {
	number := func(s string) (n float64) {
		_, _ = fmt.Sscan(s, &n)
		return n
	}
	return int(100*number(a)) - int(100*number(b))
}

// writeRequest writes the request to publish the report.
func (v *verifier) writeRequest(w io.Writer) {
	if v.local {
		return
	}
	fmt.Fprint(w, `
## Publish this report

Each row under Differences and Recorded is a fact that nobody has published. Open an issue of the kind "Observation on AWS"
(.github/ISSUE_TEMPLATE/aws.yml) and attach this file, or open a pull request that adds it under verification/. The report has
no account number, token, email address, network address or host. Read it before you publish it. If a row
contradicts a mark of docs/api-gateway.md, the pull request can change the mark to observed, with this report as its source.
`)
}
