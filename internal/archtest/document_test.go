package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var code = regexp.MustCompile("`([a-z0-9/*]+)`")

// quoted returns the names in backticks.
func quoted(text string) []string {
	names := []string{}
	for _, found := range code.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

// TestDocumentedImports checks that docs/architecture.md lists every package of the
// product, but for test packages and examples, with the imports of the table.
func TestDocumentedImports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "\n## Packages\n")
	part, _, _ = strings.Cut(part, "\n## ")
	documented := map[string][]string{}
	for line := range strings.Lines(part) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		imports := quoted(cells[3])
		if strings.TrimSpace(cells[3]) == "everything" {
			imports = []string{everything}
		}
		for _, pkg := range quoted(cells[1]) {
			documented[pkg] = imports
		}
	}
	table := layers()
	for pkg, imports := range documented {
		list, _ := allowed(table, pkg)
		if diff := cmp.Diff(slices.Sorted(slices.Values(list)), slices.Sorted(slices.Values(imports))); diff != "" {
			t.Errorf("%s (-table +documented):\n%s", pkg, diff)
		}
	}
	for _, s := range repository(t) {
		if _, found := documented[s.dir()]; !found && !strings.HasSuffix(s.dir(), "test") && !strings.HasPrefix(s.dir(), "test/") && !strings.HasPrefix(s.dir(), "examples/") {
			t.Errorf("the document has no package %s", s.dir())
		}
	}
}
