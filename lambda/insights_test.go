package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// insight is a query of CloudWatch Logs Insights. It knows the part of the language that the
// saved queries use: the commands fields, filter, stats, sort and limit
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html).
type insight struct{ commands []string }

// logLine has the fields of a line that CloudWatch discovers, and @timestamp and @message.
type logLine map[string]any

func parseInsight(text string) insight {
	var commands []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			commands = append(commands, strings.TrimPrefix(line, "| "))
		}
	}
	return insight{commands}
}

// run returns the results of the query, and an error for anything that it does not know.
func (q insight) run(lines []logLine) ([]logLine, error) {
	for _, command := range q.commands {
		verb, rest, _ := strings.Cut(command, " ")
		var err error
		switch verb {
		case "fields":
		case "filter":
			lines, err = filter(lines, rest)
		case "stats":
			lines, err = stats(lines, rest)
		case "sort":
			lines, err = order(lines, rest)
		case "limit":
			var n int
			n, err = strconv.Atoi(rest)
			lines = lines[:min(n, len(lines))]
		default:
			err = fmt.Errorf("the command %q is unknown", verb)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
	}
	return lines, nil
}

// shown returns the names after the command fields.
func (q insight) shown() []string {
	for _, command := range q.commands {
		if rest, ok := strings.CutPrefix(command, "fields "); ok {
			return strings.Split(rest, ", ")
		}
	}
	return nil
}

// conditions returns the texts after the command filter.
func (q insight) conditions() string {
	all := ""
	for _, command := range q.commands {
		if rest, ok := strings.CutPrefix(command, "filter "); ok {
			all += rest + "\n"
		}
	}
	return all
}

func order(lines []logLine, by string) ([]logLine, error) {
	field, direction, _ := strings.Cut(by, " ")
	if direction != "asc" && direction != "desc" {
		return nil, fmt.Errorf("got the direction %q, want asc or desc", direction)
	}
	sorted := slices.SortedStableFunc(slices.Values(lines), func(a, b logLine) int {
		n := compare(a[field], b[field])
		if direction == "desc" {
			return -n
		}
		return n
	})
	return sorted, nil
}

func compare(a, b any) int {
	x, isNumber := a.(float64)
	if y, ok := b.(float64); isNumber && ok {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

var (
	column = regexp.MustCompile(`^(count|count_distinct|max|avg|pct)\(([@\w]+|\*)(?:, \d+)?\)(?: as (\w+))?$`)
	bin    = regexp.MustCompile(`^bin\(\d+[mhd]\)$`)
	comma  = regexp.MustCompile(`, (?:[a-z_]+\(|[a-z])`)
)

// stats groups the lines. The value of a column is the number of the lines that have its
// field: the tests need no other value.
func stats(lines []logLine, text string) ([]logLine, error) {
	columns, by, _ := strings.Cut(text, " by ")
	groups := map[string]logLine{}
	for _, line := range lines {
		key := ""
		for _, field := range strings.Split(by, ", ") {
			if v := line[field]; v != nil || bin.MatchString(field) {
				key += fmt.Sprint(v) + "\n"
			} else {
				return nil, fmt.Errorf("a line lacks the field %s: %v", field, line)
			}
		}
		if groups[key] == nil {
			groups[key] = logLine{}
		}
		for _, text := range splitColumns(columns) {
			m := column.FindStringSubmatch(text)
			if m == nil {
				return nil, fmt.Errorf("the column %q is unknown", text)
			}
			n, _ := groups[key][m[3]].(float64)
			if m[2] == "*" || line[m[2]] != nil {
				n++
			}
			groups[key][m[3]] = n
		}
	}
	var all []logLine
	for _, g := range groups {
		all = append(all, g)
	}
	return all, nil
}

// splitColumns splits a list at its commas, but not at the comma inside pct(field, 99).
func splitColumns(list string) []string {
	var all []string
	for at := comma.FindStringIndex(list); at != nil; at = comma.FindStringIndex(list) {
		all, list = append(all, list[:at[0]]), list[at[0]+2:]
	}
	return append(all, list)
}

// discover returns the fields that CloudWatch finds in a line of Lambda
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html).
func discover(message string) logLine {
	line := logLine{"@timestamp": time.UnixMilli(1708326909456).Format(time.RFC3339), "@message": message}
	if !strings.HasPrefix(message, "REPORT ") {
		return line
	}
	line["@type"] = "REPORT"
	for _, part := range strings.Split(strings.TrimPrefix(message, "REPORT "), "\t") {
		name, value, _ := strings.Cut(part, ": ")
		field := strings.ReplaceAll(name, " ", "") // "Init Duration" becomes @initDuration
		if field == "" {
			continue
		}
		field = "@" + strings.ToLower(field[:1]) + field[1:]
		number, _, _ := strings.Cut(value, " ")
		if n, err := strconv.ParseFloat(number, 64); err == nil {
			line[field] = n
		} else {
			line[field] = value
		}
	}
	return line
}
