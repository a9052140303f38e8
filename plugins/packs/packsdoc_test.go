package packs_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/packs.md lists exactly the shipped packs, and says of each what the stand-ins test.
func TestDocumentedPacks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "packs.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]tested{}
	row := regexp.MustCompile("(?m)^\\| \\[`([a-z0-9-]+)`\\]\\(\\.\\./plugins/packs/([a-z0-9-]+)/README\\.md\\) \\| [^|]+ \\|([^|]*)\\|([^|]*)\\|([^|]*)\\| [^|]+ \\|$")
	for _, cell := range row.FindAllStringSubmatch(string(text), -1) {
		if cell[1] != cell[2] {
			t.Errorf("%s leads to %s", cell[1], cell[2])
		}
		documented[cell[1]] = tested{list(strings.ReplaceAll(cell[3], "`", "")), list(cell[4]), list(cell[5])}
	}
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	shipped := map[string]tested{}
	for _, p := range all {
		shipped[p.Name()] = onStandins(p.Name())
	}
	if diff := cmp.Diff(shipped, documented); diff != "" {
		t.Errorf("docs/packs.md (-shipped +documented):\n%s", diff)
	}
}

// tested is a row of the table in docs/packs.md, in the order of its columns.
type tested struct{ Inputs, Consent, Session []string }

// onStandins collects the rows of a pack.
func onStandins(name string) tested {
	inputs, consent, session := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range standins() {
		if row.pack != name {
			continue
		}
		for name := range row.inputs {
			inputs[name] = true
		}
		consent["cleartext"] = consent["cleartext"] || row.clear
		consent["terms"] = consent["terms"] || row.terms
		session["kept"] = session["kept"] || row.idle > 0
		session["ends"] = session["ends"] || !row.stays
	}
	return tested{held(inputs), held(consent), held(session)}
}

// held returns the names that hold, sorted.
func held(names map[string]bool) []string {
	maps.DeleteFunc(names, func(_ string, holds bool) bool { return !holds })
	return slices.Sorted(maps.Keys(names))
}

// list returns the words of a cell, sorted.
func list(cell string) []string {
	if strings.TrimSpace(cell) == "" {
		return nil
	}
	words := strings.Split(cell, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	slices.Sort(words)
	return words
}
