package monitor

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// unknownPosition is the position of a declaration that the SDK or the search does not find.
const unknownPosition = "unknown position"

// position returns the file and line where a resource is declared, relative to the
// project.
func position(dir string, p *pulumirpc.SourcePosition) string {
	u, err := url.Parse(p.GetUri())
	if err != nil || u.Path == "" {
		return unknownPosition
	}
	file := u.Path
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		file = rel
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(file), p.GetLine())
}

// callers returns the files and lines where the project's Go code calls the data source
// tok, such as "aws:s3/getBucket:getBucket". Its Go name is GetBucket, LookupBucket, or
// one of these with "Output".
func callers(dir, tok string) string {
	name := strings.TrimPrefix(tok[strings.LastIndex(tok, ":")+1:], "get")
	call := regexp.MustCompile(`\w\.(Get|Lookup)` + regexp.QuoteMeta(name) + `(Output)?\(`)
	var found []string
	_ = fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // unreadable folders are not searched
		case e.IsDir() && path != "." && (e.Name() == "node_modules" || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go"):
			text, _ := os.ReadFile(filepath.Join(dir, path)) //nolint:gosec // a file of the project
			for i, line := range strings.Split(string(text), "\n") {
				if call.MatchString(line) {
					found = append(found, fmt.Sprintf("%s:%d", path, i+1))
				}
			}
		}
		return nil
	})
	if len(found) == 0 {
		return unknownPosition
	}
	return strings.Join(found, ", ")
}
