package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"sallyport/lambda/route"
)

//go:embed route.go.tmpl
var routeText string

//go:embed route_test.go.tmpl
var testText string

// create writes a route and its test into a folder with a Go package, whose table of
// routes is table. It writes nothing if the table cannot have a route of this name, or if
// the package already has a file or an identifier of this name.
func create(folder, name string, table route.Table) error {
	if name == "" {
		return errors.New("the name is missing: run make route NAME=time, for a route called time")
	}
	if err := check(name, table); err != nil {
		return err
	}
	identifier := identifierOf(name)
	if file, err := declares(folder, identifier, identifier+"Request", identifier+"Answer"); err != nil || file != "" {
		return errors.Join(err, usedIn(file, identifier, name))
	}
	data := map[string]string{"Name": name, "Identifier": identifier}
	// Go treats file names that end in _test, or in a system such as _linux, in a special
	// way.
	base := strings.ReplaceAll(name, "_", "-")
	source, test := filepath.Join(folder, base+".go"), filepath.Join(folder, base+"_test.go")
	if err := write(source, routeText, data); err != nil {
		return err
	}
	if err := write(test, testText, data); err != nil {
		return errors.Join(err, os.Remove(source)) //nolint:gosec // written above; its name was checked
	}
	fmt.Printf("wrote %s and its test: edit both files.\nThen run make generate plan, and restart make run.\n", source)
	return nil
}

// check returns an error if the app cannot have one more route with the name.
func check(name string, table route.Table) error {
	type none struct{}
	all := []route.Declaration{route.Reply(name, "", func(context.Context, route.Caller, none) (none, error) { return none{}, nil })}
	for _, r := range table.Routes() {
		all = append(all, r)
	}
	_, err := route.NewTable(all...)
	return err
}

// identifierOf returns the Go name of a route: OpenOrders for open-orders.
func identifierOf(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// usedIn returns the error for an identifier that a file declares, nil if file is "".
func usedIn(file, identifier, name string) error {
	if file == "" {
		return nil
	}
	return fmt.Errorf("%s already declares %s or a type of its messages: choose another name than %q", file, identifier, name)
}

// declares returns the first file of a Go package that declares one of names, "" if
// there is none.
func declares(folder string, names ...string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return "", err
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(topLevel(file), func(name string) bool { return slices.Contains(names, name) }) {
			return path, nil
		}
	}
	return "", nil
}

// topLevel returns the names of a file's package-level declarations.
func topLevel(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

// write writes the text of a template to a file that does not exist yet.
func write(path, text string, data any) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // source code, for everyone
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return template.Must(template.New(path).Parse(text)).Execute(file, data)
}
