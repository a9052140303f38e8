package record

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"hotspot-helper/internal/redact"
)

// longestFieldName is how many characters a plain field name has at most.
const longestFieldName = 64

// isFieldName reports whether a text is as the names that programmers give fields: no address, no
// sentence, no number. (As a regular expression, 64 letters of any script take 2.5 MB.)
func isFieldName(text string) bool {
	count := 0
	for _, r := range text {
		plain := unicode.IsLetter(r) || strings.ContainsRune("_$.*-", r)
		if count == 0 {
			plain = plain || r == '@'
		} else {
			plain = plain || unicode.IsNumber(r) || strings.ContainsRune(":[]", r)
		}
		if count++; !plain || count > longestFieldName {
			return false
		}
	}
	return count > 0
}

// shortestPart is how many bytes a typed value has at least to be looked for within a name.
const shortestPart = 4

// names judges the names of a draft. A name is kept if the portal's page has it, or if it is plain
// and has no typed value in it.
type names struct {
	d        *drafter
	contains func(name string) bool // a typed value of [shortestPart] bytes or more, in any spelling
}

func (d *drafter) names() names {
	var targets []redact.Target
	for _, text := range d.sensitive() {
		targets = append(targets, redact.Target{Text: text})
	}
	find := redact.New(targets).Contains
	return names{d, func(text string) bool { return !d.work.Spend(costMasked*(1+len(text))) || find(text) }}
}

// sensitive returns the texts of [shortestPart] bytes or more that the draft must not contain: the values of
// inputs, and what was typed, also if it was corrected later.
func (d *drafter) sensitive() []string {
	var texts []string
	for _, in := range d.inputs {
		texts = append(texts, in.value)
	}
	texts = append(texts, d.typedTexts()...)
	return slices.DeleteFunc(texts, func(text string) bool { return len(text) < shortestPart })
}

// hasTyped reports whether a text of the draft has a typed value in it that no page had before.
func (n names) hasTyped(text string) bool {
	if n.d.landingHas(text) {
		return false
	}
	return n.contains(text) || slices.ContainsFunc(n.d.inputs, func(in *input) bool { return in.value != "" && strings.EqualFold(in.value, text) })
}

// isTyped reports whether the name of a field may have been typed.
func (n names) isTyped(name string) bool {
	return n.hasTyped(name) || name != "" && (!isFieldName(name) || isRandom(name)) && !n.d.landingHas(name)
}

// landingHas reports whether a response before the first action has the text as a word.
func (d *drafter) landingHas(text string) bool {
	return text != "" && d.isWordIn(d.texts[:d.untyped], text)
}

// removeTypedNames removes from the draft what was typed and stands elsewhere than in a value: as
// the name of a field, of a parameter or in JSON, or as part of one, and in what a page or JSON
// repeated of it.
func (d *drafter) removeTypedNames() {
	n := d.names()
	for _, in := range d.inputs {
		n.cleanInput(in)
	}
	for _, s := range d.steps {
		if n.cleanStep(s) {
			d.doubt(s, "a name that it sent, or that a response has, seems to be typed, and a flow cannot send that: it is left out")
			d.unexplain("the name of a field")
		}
	}
}

// cleanInput gives an input another name and prompt if they may have been typed.
func (n names) cleanInput(in *input) {
	odd := !n.d.isKnown() && (isRandom(in.prompt) || strings.Contains(in.prompt, "@")) && !n.d.landingHas(in.prompt) && !n.d.isLabel(in.prompt)
	if n.hasTyped(in.prompt) || odd {
		in.prompt = "Value"
	}
	if n.hasTyped(in.name) || in.prompt == "Value" {
		n.d.rename(in, n)
	}
}

// cleanStep removes from a step what may have been typed, and reports whether it lost anything but
// its ID.
func (n names) cleanStep(s *step) (lost bool) {
	if n.hasTyped(s.id) {
		s.id = unique("send", func(id string) bool { return slices.ContainsFunc(n.d.steps, func(s *step) bool { return s.id == id }) })
	}
	size := func() int { return len(s.sent) + len(s.drop) + len(s.expect) + len(s.cases) }
	before, target := size(), s.target
	s.sent = slices.DeleteFunc(s.sent, func(f templateField) bool { return n.isTyped(f.name) })
	s.drop = slices.DeleteFunc(s.drop, n.hasTyped)
	s.expect = slices.DeleteFunc(s.expect, n.contains)
	s.cases = slices.DeleteFunc(s.cases, func(c decision) bool { return n.contains(c.when) || n.contains(c.reason) })
	if s.action == "open" || s.action == "post" {
		s.target = n.withoutParameters(target)
	}
	s.json, lost = n.withoutKeys(s.json)
	return lost || s.target != target || size() < before
}

// isLabel reports whether a text is the label of a control, which the portal wrote.
func (d *drafter) isLabel(text string) bool {
	for _, a := range d.session.actions {
		for _, form := range a.page.pageForms() {
			for _, c := range form.controls {
				if text == promptOf(c.Label) {
					return true
				}
			}
		}
	}
	return false
}

// withoutParameters returns the template of a URL without the parameters whose names may have been
// typed.
func (n names) withoutParameters(target string) string {
	address, query, found := strings.Cut(target, "?")
	if !found {
		return target
	}
	parameters := slices.DeleteFunc(strings.Split(query, "&"), func(parameter string) bool {
		name, _, isNamed := strings.Cut(parameter, "=")
		return isNamed && n.isTyped(unescape(name))
	})
	return strings.TrimSuffix(address+"?"+strings.Join(parameters, "&"), "?")
}

// withoutKeys returns JSON without the keys that may have been typed, and whether it had any.
func (n names) withoutKeys(value any) (kept any, lost bool) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			below, isLess := n.withoutKeys(value[key])
			value[key], lost = below, lost || isLess
			if !n.isTyped(key) {
				continue
			}
			delete(value, key)
			value[unique("removed", func(name string) bool { _, taken := value[name]; return taken })], lost = below, true
		}
	case []any:
		for i := range value {
			below, isLess := n.withoutKeys(value[i])
			value[i], lost = below, lost || isLess
		}
	}
	return value, lost
}

// rename gives an input a name that says nothing, in all templates.
func (d *drafter) rename(in *input, n names) {
	before := regexp.MustCompile(`\.input\.` + regexp.QuoteMeta(in.name) + `\b`)
	in.name = unique("typed", func(name string) bool {
		return slices.ContainsFunc(d.inputs, func(other *input) bool { return other != in && other.name == name })
	})
	renamed := func(template string) string { return before.ReplaceAllLiteralString(template, ".input."+in.name) }
	for _, s := range d.steps {
		s.target = renamed(s.target)
		for i := range s.sent {
			s.sent[i].template = renamed(s.sent[i].template)
		}
		s.json = mapStrings(s.json, renamed)
		for i := range s.comments {
			if n.contains(s.comments[i]) {
				s.comments[i] = fmt.Sprintf("unsure: perhaps %s was typed", in.name)
			}
		}
	}
	for i := range d.unsure {
		if n.contains(d.unsure[i]) {
			d.unsure[i] = fmt.Sprintf("perhaps %s was typed", in.name)
		}
	}
}

// mapStrings changes the strings of JSON, in place.
func mapStrings(value any, change func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = mapStrings(below, change)
		}
	case []any:
		for i, below := range value {
			value[i] = mapStrings(below, change)
		}
	case string:
		return change(value)
	}
	return value
}
