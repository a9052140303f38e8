package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// The longest file and function.
const (
	maxFile = 400
	maxFunc = 60
)

// rule judges one file that is no test, and names its mistakes.
type rule func(source) []string

// outside tells whether a file is about the product from outside: programs for the
// lab, end-to-end tests and benchmarks, which may start processes and exit.
func outside(s source) bool {
	return strings.HasPrefix(s.name, "test/")
}

func TestStyle(t *testing.T) {
	for _, s := range repository(t) {
		if s.isTest() {
			continue
		}
		for _, judge := range []rule{globals, inits, names, lengths, undocumented} {
			for _, mistake := range judge(s) {
				t.Error(mistake)
			}
		}
	}
}

// globals finds the process-wide things that belong to main alone.
func globals(s source) []string {
	forbidden := map[string][]string{
		"os":       {"Exit", "Args", "Getenv", "LookupEnv", "Environ", "Setenv"},
		"log":      {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Print", "Printf", "Println", "SetOutput", "Default"},
		"log/slog": {"Debug", "Info", "Warn", "Error", "Default", "SetDefault"},
		"net/http": {"DefaultClient", "DefaultTransport", "Get", "Post", "PostForm", "Head"},
	}
	if outside(s) || s.name == "cmd/helper/main.go" {
		return nil
	}
	var list []string
	for _, spec := range s.file.Imports {
		if forbidden[pathOf(spec)] == nil {
			continue
		}
		for n := range ast.Preorder(s.file) {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(forbidden[pathOf(spec)], selector.Sel.Name) {
				continue
			}
			// Obj is nil for a package, and set for a local variable that hides it.
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == nameOf(spec) && x.Obj == nil {
				list = append(list, fmt.Sprintf("%s: %s.%s is for main alone", s.place(n), x.Name, selector.Sel.Name))
			}
		}
	}
	return list
}

// nameOf is the name of an import in its file.
func nameOf(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	name := pathOf(spec)
	return name[strings.LastIndex(name, "/")+1:]
}

// inits finds functions that run by being imported.
func inits(s source) []string {
	var list []string
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			list = append(list, s.place(f)+": init runs unasked")
		}
	}
	return list
}

// names finds packages whose name says nothing.
func names(s source) []string {
	if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "models", "misc", "shared"}, s.file.Name.Name) {
		return []string{fmt.Sprintf("%s: package %s says nothing", s.place(s.file), s.file.Name.Name)}
	}
	return nil
}

// lengths finds what is too long to read.
func lengths(s source) []string {
	var list []string
	if n := s.fset.File(s.file.Pos()).LineCount(); n > maxFile {
		list = append(list, fmt.Sprintf("%s: %d lines, over %d", s.name, n, maxFile))
	}
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && s.lines(f) > maxFunc {
			list = append(list, fmt.Sprintf("%s: %s has %d lines, over %d", s.place(f), f.Name.Name, s.lines(f), maxFunc))
		}
	}
	return list
}

// TestOneSentence wants a comment on each package, in one file of it.
func TestOneSentence(t *testing.T) {
	comments := map[string]int{}
	for _, s := range repository(t) {
		if s.isTest() {
			continue
		}
		comments[s.dir()] += 0
		if s.file.Doc != nil {
			comments[s.dir()]++
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s: %d package comments, want one", pkg, n)
		}
	}
}

// TestOneStarter wants all of the product's processes started in one place.
func TestOneStarter(t *testing.T) {
	var starters []string
	for _, s := range repository(t) {
		if !s.isTest() && !outside(s) && slices.Contains(s.imports(), "os/exec") && !slices.Contains(starters, s.dir()) {
			starters = append(starters, s.dir())
		}
	}
	starters = slices.DeleteFunc(starters, func(pkg string) bool { return strings.HasSuffix(pkg, "test") })
	if len(starters) > 1 {
		t.Errorf("os/exec is imported by %q, want one package", starters)
	}
}
