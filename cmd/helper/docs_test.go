package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/ondemand"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// TestDocumentedKeys checks that docs/json.md and the printed types have the same keys.
func TestDocumentedKeys(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, test := range []struct {
		head string // of the part of the page
		kind reflect.Type
	}{
		{"## helper status: object", reflect.TypeFor[agent.Status]()},
		{"## helper status --watch: objects", reflect.TypeFor[statusChange]()},
		{"## helper status --format waybar: object", reflect.TypeFor[barText]()},
		{"## helper doctor: array", reflect.TypeFor[finding]()},
		{"A tunnel: ", reflect.TypeFor[ondemand.Report]()},
		{"## helper on-demand explain: object", reflect.TypeFor[onDemandReport]()},
		{"`tunnels` |", reflect.TypeFor[explainedTunnel]()},
		{"`rules` |", reflect.TypeFor[explainedRule]()},
		{"An association (", reflect.TypeFor[agent.Association]()},
		{"A transition: ", reflect.TypeFor[agent.Transition]()},
		{"A need: ", reflect.TypeFor[agent.Need]()},
		{"A destination: ", reflect.TypeFor[agent.Destination]()},
		{"## helper networks: array", reflect.TypeFor[annotate.Network]()},
		{"`bsss` |", reflect.TypeFor[wifi.BSS]()},
		{"`last` |", reflect.TypeFor[annotate.History]()},
		{"## helper claim: object", reflect.TypeFor[claimReport]()},
		{"A claim: ", reflect.TypeFor[claims.Claim]()},
		{"## helper probe: object", reflect.TypeFor[probe.Evidence]()},
		{"`link` |", reflect.TypeFor[probe.Link]()},
		{"`hops` |", reflect.TypeFor[probe.Hop]()},
		{"`api` | RFC", reflect.TypeFor[probe.CAPPORT]()},
		{"`checks` |", reflect.TypeFor[probe.Check]()},
		{"`helper probe --list --json`: array of", reflect.TypeFor[listedEndpoint]()},
		{"## helper consent list: array", reflect.TypeFor[consent.Record]()},
		{"## helper secret list: array", reflect.TypeFor[listedSecret]()},
		{"## helper remembered list: object", reflect.TypeFor[rememberedReport]()},
		{"`logins` |", reflect.TypeFor[remember.Login]()},
		{"`declined` |", reflect.TypeFor[remember.Declined]()},
		{"`remembered` |", reflect.TypeFor[agent.Remembered]()},
		{"## helper pack lint: array", reflect.TypeFor[lintResult]()},
		{"## helper pack test: array", reflect.TypeFor[testedPack]()},
		{"A played case: ", reflect.TypeFor[playedCase]()},
		{"## helper pack record: object", reflect.TypeFor[record.PackDraft]()},
		{"## helper pack show: object", reflect.TypeFor[shownPack]()},
		{"An input: ", reflect.TypeFor[shownInput]()},
		{"A flow: ", reflect.TypeFor[shownFlow]()},
		{"A step: ", reflect.TypeFor[flow.Step]()},
		{"## helper report show: object", reflect.TypeFor[shownReport]()},
		{"## helper pack list: array", reflect.TypeFor[listedHelper]()},
	} {
		t.Run(test.kind.String(), func(t *testing.T) {
			_, rest, ok := strings.Cut(doc, test.head)
			if !ok {
				t.Fatalf("docs/json.md has no %q", test.head)
			}
			documented, printed := keysOf(test.head, rest), tagsOf(test.kind)
			for _, key := range printed {
				if !slices.Contains(documented.words, key) {
					t.Errorf("%q is printed and not documented", key)
				}
			}
			for _, key := range documented.keys {
				if !slices.Contains(printed, key) {
					t.Errorf("%q is documented and not printed", key)
				}
			}
		})
	}
}

// part is a part of the page: every word in code, and the keys among them.
type part struct{ words, keys []string }

var word = regexp.MustCompile("`([a-z0-9_]+)`")

// keysOf reads what follows a head: the first column of the part's table, the
// rest of the table's row, or the rest of the paragraph.
func keysOf(head, rest string) part {
	if strings.Contains(head, "|") {
		row, _, _ := strings.Cut(rest, "\n")
		return part{words: wordsIn(row)}
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	_, table, ok := strings.Cut(rest, "\n|---|")
	if !ok || strings.HasPrefix(head, "A claim") || strings.HasPrefix(head, "A played case") || strings.HasPrefix(head, "An input") || strings.HasPrefix(head, "A flow") || strings.HasPrefix(head, "A step") || strings.HasPrefix(head, "A transition") || strings.HasPrefix(head, "A need") {
		paragraph, _, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")
		return part{words: wordsIn(paragraph)}
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var keys []string
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		keys = append(keys, wordsIn(first)...)
	}
	return part{words: keys, keys: keys}
}

func wordsIn(text string) []string {
	var words []string
	for _, found := range word.FindAllStringSubmatch(text, -1) {
		words = append(words, found[1])
	}
	return words
}

// tagsOf lists the keys that a struct has as JSON, those of embedded structs too.
func tagsOf(kind reflect.Type) []string {
	var tags []string
	for _, field := range reflect.VisibleFields(kind) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			tags = append(tags, name)
		}
	}
	return tags
}
