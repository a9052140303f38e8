package archtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules gives each rule something to find, and something to leave alone.
func TestRules(t *testing.T) {
	const long = maxFunc - 1
	for _, test := range []struct {
		name string
		rule rule
		file string
		text string
		want []string
	}{
		{"exit", globals, "agent/agent.go", "package agent\nimport \"os\"\nfunc f() { os.Exit(1) }", []string{"agent/agent.go:3: os.Exit is for main alone"}},
		{"renamed", globals, "agent/agent.go", "package agent\nimport sys \"os\"\nvar x = sys.Args", []string{"agent/agent.go:3: sys.Args is for main alone"}},
		{"global logger", globals, "agent/agent.go", "package agent\nimport \"log/slog\"\nfunc f() { slog.Info(\"\") }", []string{"agent/agent.go:3: slog.Info is for main alone"}},
		{"main", globals, "cmd/helper/main.go", "package main\nimport \"os\"\nfunc main() { os.Exit(1) }", nil},
		{"beside main", globals, "cmd/helper/claim.go", "package main\nimport \"os\"\nvar x = os.Args", []string{"cmd/helper/claim.go:3: os.Args is for main alone"}},
		{"lab", globals, "test/guest/main.go", "package main\nimport \"os\"\nfunc main() { os.Exit(1) }", nil},
		{"a variable's method", globals, "agent/agent.go", "package agent\nimport \"log/slog\"\nfunc f(log *slog.Logger) { log.Info(\"\") }", nil},
		{"init", inits, "a/a.go", "package a\nfunc init() {}", []string{"a/a.go:2: init runs unasked"}},
		{"method init", inits, "a/a.go", "package a\nfunc (t T) init() {}", nil},
		{"util", names, "util/a.go", "package util", []string{"util/a.go:1: package util says nothing"}},
		{"named", names, "claims/a.go", "package claims", nil},
		{"long function", lengths, "a/a.go", "package a\nfunc f() {" + strings.Repeat("\n", long+1) + "}", []string{"a/a.go:2: f has 61 lines, over 60"}},
		{"function of full length", lengths, "a/a.go", "package a\nfunc f() {" + strings.Repeat("\n", long) + "}", nil},
		{"long file", lengths, "a/a.go", "package a" + strings.Repeat("\n", maxFile+1), []string{"a/a.go: 401 lines, over 400"}},
		{"file of full length", lengths, "a/a.go", "package a" + strings.Repeat("\n", maxFile), nil},
		{"no comments", undocumented, "a/a.go", "package a\nfunc F() {}\ntype T int\nfunc (t *T) M() {}\nconst C = 1\nvar V int\ntype (\n\tU int\n)", []string{
			"a/a.go:2: F has no doc comment", "a/a.go:3: T has no doc comment", "a/a.go:4: M has no doc comment",
			"a/a.go:5: C has no doc comment", "a/a.go:6: V has no doc comment", "a/a.go:8: U has no doc comment",
		}},
		{"comments", undocumented, "a/a.go", "package a\n// F\nfunc F() {}\n// T\ntype T int\n// Cs\nconst (\n\tC = 1\n)\nconst D = 1 // D\ntype t[X any] int\nfunc (*t[X]) M() {}\nfunc (T) Error() string", nil},
		{"command", undocumented, "cmd/helper/a.go", "package main\nfunc F() {}", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parse(test.file, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.rule(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
