package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Frontend builds the console and returns the absolute path of its folder, frontend/dist.
// root is the folder of the project.
//
// It installs the npm packages if package-lock.json has changed or the packages are
// missing. It builds the console if a file in frontend has changed. It calls progress before
// each slow step. It returns an error if Node.js is missing or a command fails.
func Frontend(ctx context.Context, root string, progress func(string)) (dist string, err error) {
	err = buildFrontend(ctx, root, progress, func(folder string) error { dist = folder; return nil })
	return dist, err
}

// FrontendFiles builds the console as Frontend does. It returns the contents of the built
// files by path, such as "assets/index.js". A build of another program does not change
// the files while FrontendFiles reads them.
func FrontendFiles(ctx context.Context, root string, progress func(string)) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := buildFrontend(ctx, root, progress, func(dist string) error {
		folder := os.DirFS(dist)
		return fs.WalkDir(folder, ".", func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files[path], err = fs.ReadFile(folder, path)
			}
			return err
		})
	})
	return files, err
}

// buildFrontend builds the console and calls use with the absolute path of its folder. No
// other program builds the console until use has returned.
func buildFrontend(ctx context.Context, root string, progress func(string), use func(dist string) error) error {
	root, err := filepath.Abs(root)
	if err == nil {
		f := frontend{dir: filepath.Join(root, "frontend"), notes: filepath.Join(root, folder), progress: progress}
		err = f.build(ctx, use)
	}
	if err != nil {
		return fmt.Errorf("build console: %w", err)
	}
	return nil
}

// Packages installs the npm packages of dir, a folder of the project in root, unless they
// are those of its package-lock.json. purpose completes the message "installing npm
// packages for" for progress. Several programs may call Packages at the
// same time: one installs, and the others wait. It returns an error if Node.js is missing
// or npm fails.
func Packages(ctx context.Context, root, dir, purpose string, progress func(string)) error {
	f := frontend{dir: filepath.Join(root, dir), notes: filepath.Join(root, folder), progress: progress}
	name := strings.ReplaceAll(filepath.ToSlash(dir), "/", "-")
	unlock, err := f.lock(ctx, name+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	return f.install(ctx, name, purpose)
}

// frontend is a folder with an npm package.
type frontend struct {
	dir, notes string
	progress   func(string)
}

func (f frontend) build(ctx context.Context, use func(dist string) error) error {
	unlock, err := f.lock(ctx, "frontend.lock")
	if err != nil {
		return err
	}
	defer unlock()
	if err := f.install(ctx, "npm-packages", "the console"); err != nil {
		return err
	}
	sources, err := f.sources()
	if err != nil {
		return err
	}
	content, err := digest(f.dir, sources...)
	if err != nil {
		return err
	}
	if err := f.step(ctx, step{
		note: "console", want: content, result: filepath.Join("dist", "index.html"),
		text: "building the console", argv: []string{"npm", "run", "build"},
	}); err != nil {
		return err
	}
	return use(filepath.Join(f.dir, "dist"))
}

func (f frontend) lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := os.MkdirAll(f.notes, 0o750); err != nil {
		return nil, err
	}
	return lock(ctx, filepath.Join(f.notes, name))
}

// install installs the npm packages unless they are those of package-lock.json.
func (f frontend) install(ctx context.Context, note, purpose string) error {
	lockfile, err := digest(f.dir, "package-lock.json")
	if err != nil {
		return err
	}
	return f.step(ctx, step{
		note: note, want: lockfile, result: "node_modules",
		text: "installing npm packages for " + purpose, argv: []string{"npm", "ci", "--no-audit", "--no-fund"},
	})
}

// step is a command that creates result. It does not run if the note contains want, the
// digest of its sources.
type step struct {
	note, want   string
	result, text string // text is the message for progress
	argv         []string
}

func (f frontend) step(ctx context.Context, s step) error {
	note := filepath.Join(f.notes, s.note)
	have, _ := os.ReadFile(note) //nolint:gosec // a file of this package; the step runs if it is missing
	_, missing := os.Stat(filepath.Join(f.dir, s.result))
	if missing == nil && string(have) == s.want {
		return nil
	}
	f.progress(s.text)
	if err := os.Remove(note); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The build needs no browser, which Playwright would download.
	c := command{dir: f.dir, env: []string{"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1"}, argv: s.argv, needs: []string{"node", "npm"}}
	if err := c.run(ctx); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(f.dir, s.result)); err != nil {
		return fmt.Errorf("run %s: the command succeeded, but %s is missing", c, s.result)
	}
	return os.WriteFile(note, []byte(s.want), 0o600) // an incomplete note is not equal to s.want, so the step would run again
}

// outputs are the folders in frontend that are not sources.
var outputs = map[string]bool{
	"node_modules": true, "dist": true, "test-results": true, "playwright-report": true, "coverage": true,
}

// sources returns the source files of the console, relative to frontend.
func (f frontend) sources() ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(f.dir), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case outputs[path] && e.IsDir():
			return fs.SkipDir
		case e.Type().IsRegular() && !strings.HasSuffix(path, ".tsbuildinfo"):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// digest returns a hash of the names and contents of files.
func digest(dir string, files ...string) (string, error) {
	all := sha256.New()
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // files of the project
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(all, "%s %x\n", name, sha256.Sum256(b)) // a hash never fails
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}
