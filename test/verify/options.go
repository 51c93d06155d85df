package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// options are the values of the flags and of the environment variables.
type options struct {
	local       bool
	stack       string         // Pulumi's name of the stack; empty: the selected one
	report      string         // file; empty: verification/DATE.md
	only        *regexp.Regexp // areas and names of checks
	conformance bool
	slow        bool
	namespace   string        // of the channels that the checks use
	timeout     time.Duration // of each step

	environ     []string
	outputsFile string // file of the local run
	token       string // of a user of an external issuer; empty: none
	secondToken string // of another user
}

// parseOptions returns the options of the command line. The error is flag.ErrHelp for -h.
// The flag package writes errors and help to out.
func parseOptions(args, environ []string, out io.Writer) (options, error) {
	o := options{environ: environ, outputsFile: variable(environ, "SALLYPORT_OUTPUTS")}
	o.token, o.secondToken = variable(environ, "SALLYPORT_TOKEN"), variable(environ, "SALLYPORT_SECOND_TOKEN")
	if o.outputsFile == "" {
		o.outputsFile = filepath.Join(".local", "outputs.json")
	}
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	f.SetOutput(out)
	only := ""
	f.BoolVar(&o.local, "local", false, "verify the local run (make run; SALLYPORT_OUTPUTS names another file of outputs)")
	f.StringVar(&o.stack, "stack", "", "`name` of the Pulumi stack; default: the selected one")
	f.StringVar(&o.report, "report", "", "`file` for the report; default: verification/DATE.md, of the local run .build/verification/DATE.md")
	f.StringVar(&only, "only", "", "run only the checks whose area/name matches the regular `expression`, such as tickets/")
	f.BoolVar(&o.conformance, "conformance", true, "also run the cases of test/conformance")
	f.BoolVar(&o.slow, "slow", false, "also run the checks that take minutes: expired tickets, the idle timeout of ten minutes")
	f.StringVar(&o.namespace, "namespace", "chat", "`namespace` of the channels that the checks use: all users may subscribe and publish, and it has history and presence")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "longest `time` of each step")
	f.Usage = func() {
		fmt.Fprintf(out, "Verifies a deployed stack, or the local run, and writes a report.\n\nusage: make verify ARGS=\"flags\"\n\n")
		f.PrintDefaults()
		fmt.Fprintf(out, "\nA stack with an external issuer needs tokens of two users in SALLYPORT_TOKEN and SALLYPORT_SECOND_TOKEN.\n"+
			"Exit codes: 0 all as expected, 1 a behaviour differs, 2 something could not be checked or deleted.\n")
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	var err error
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q: see -h", f.Arg(0))
	case o.local && o.stack != "":
		err = errors.New("use only one of -local and -stack")
	case o.timeout <= 0:
		err = fmt.Errorf("-timeout is %v: want a time above 0, such as 1m", o.timeout)
	default:
		if o.only, err = regexp.Compile(only); err != nil {
			err = fmt.Errorf("-only is not a regular expression: %w", err)
		}
	}
	if err != nil {
		fmt.Fprintln(out, "verify:", err)
	}
	return o, err
}

// variable returns a variable of an environment, or "".
func variable(environ []string, name string) string {
	value := ""
	for _, entry := range environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// reportFile returns the path of the report: the given path, or the first unused name for the
// day.
func (o options) reportFile(day string) string {
	if o.report != "" {
		return o.report
	}
	folder := "verification"
	if o.local {
		folder = filepath.Join(".build", "verification")
	}
	file := filepath.Join(folder, day+".md")
	for n := 2; ; n++ {
		if _, err := os.Stat(file); err != nil {
			return file
		}
		file = filepath.Join(folder, fmt.Sprintf("%s-%d.md", day, n))
	}
}
