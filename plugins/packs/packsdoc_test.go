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

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
)

// TestDocumentedPacks wants docs/packs.md to list exactly the packs that come along, and to
// say of each what it was seen to do on its stand-ins.
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
	all, err := pack.LoadAll(packs.FS(), "packs")
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

// tested is what the table of docs/packs.md says of a pack, in its order of columns.
type tested struct{ Inputs, Consent, Session []string }

// onStandins puts together what the rows of a pack say.
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

// list takes the words of a cell apart, sorted.
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
