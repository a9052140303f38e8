package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module is the name in go.mod.
const module = "hotspot-helper"

// source is one Go file of the repository.
type source struct {
	name string // path in the repository, with slashes
	file *ast.File
}

// dir is the package of the file, as a path in the repository.
func (s source) dir() string { return path.Dir(s.name) }

// isTest reports whether the file is built for tests only.
func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// imports returns the imported paths.
func (s source) imports() []string {
	var list []string
	for _, spec := range s.file.Imports {
		list = append(list, strings.Trim(spec.Path.Value, `"`))
	}
	return list
}

// repository returns all Go files that are not generated, for every system.
func repository(t *testing.T) []source {
	t.Helper()
	list, err := readRepository()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no Go file found")
	}
	return list
}

// readRepository reads them once for all tests.
var readRepository = sync.OnceValues(func() (list []source, err error) {
	root := os.DirFS(filepath.Join("..", ".."))
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err == nil && !ast.IsGenerated(file) {
			list = append(list, source{name, file})
		}
		return err
	})
	return list, err
})
