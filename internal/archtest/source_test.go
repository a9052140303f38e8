package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the name in go.mod.
const module = "hotspot-helper"

// source is one Go file of the repository.
type source struct {
	name string // path in the repository, with slashes
	fset *token.FileSet
	file *ast.File
}

// dir is the package of the file, as a path in the repository.
func (s source) dir() string { return path.Dir(s.name) }

// isTest tells whether the file is built for tests only.
func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// place is where a node starts, for a message.
func (s source) place(n ast.Node) string {
	return s.name + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

// lines is how many lines a node has.
func (s source) lines(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
}

// imports returns the imported paths.
func (s source) imports() []string {
	var list []string
	for _, spec := range s.file.Imports {
		list = append(list, pathOf(spec))
	}
	return list
}

func pathOf(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, `"`) }

// parse reads one Go file.
func parse(name, text string) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	return source{name: name, fset: fset, file: file}, err
}

// repository returns all Go files that people write, for whatever system.
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
		s, err := parse(name, string(text))
		if err == nil && !ast.IsGenerated(s.file) {
			list = append(list, s)
		}
		return err
	})
	return list, err
})
