package monitor

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// position returns the file and line where a resource is declared, relative to the
// project.
func position(dir string, p *pulumirpc.SourcePosition) string {
	u, err := url.Parse(p.GetUri())
	if err != nil || u.Path == "" {
		return "unknown position"
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
	wanted := map[string]bool{}
	for _, verb := range []string{"Get", "Lookup"} {
		wanted[verb+name] = true
		wanted[verb+name+"Output"] = true
	}
	var found []string
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // unreadable folders are not searched
		case e.IsDir() && path != dir && (e.Name() == "node_modules" || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go"):
			found = append(found, calls(path, wanted)...)
		}
		return nil
	})
	for i, place := range found {
		if rel, err := filepath.Rel(dir, place); err == nil {
			found[i] = filepath.ToSlash(rel)
		}
	}
	if len(found) == 0 {
		return "unknown position"
	}
	return strings.Join(found, ", ")
}

// calls returns the positions in a Go file that call pkg.Name for a wanted name.
func calls(path string, wanted map[string]bool) []string {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if fun, ok := call.Fun.(*ast.SelectorExpr); ok && wanted[fun.Sel.Name] {
				p := files.Position(call.Pos())
				found = append(found, fmt.Sprintf("%s:%d", p.Filename, p.Line))
			}
		}
		return true
	})
	return found
}
