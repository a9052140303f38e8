package flow

import (
	"maps"
	"slices"

	"hotspot-helper/portal"
)

// taint follows secrets through the evaluation of a template. It compares texts, so a
// constant that equals a secret counts as one, too.
type taint struct {
	secret map[ref]bool
	texts  map[string]bool // the secrets that were read and all that was computed from them
}

// read notes the value of a reference.
func (t *taint) read(r ref, text string) {
	if t != nil && t.secret[r] && text != "" {
		t.texts[text] = true
	}
}

// compute notes the result of a function.
func (t *taint) compute(args []string, result string) {
	if t == nil || result == "" {
		return
	}
	if slices.ContainsFunc(args, func(arg string) bool { return t.texts[arg] }) {
		t.texts[result] = true
	}
}

// values returns the tainted texts as secrets. It leaves out long ones, because each is
// searched for from then on, and what they were made of is among the others.
func (t *taint) values() []portal.Value {
	var values []portal.Value
	for _, text := range slices.Sorted(maps.Keys(t.texts)) {
		if len(text) <= maxTainted {
			values = append(values, portal.Secret(text))
		}
	}
	return values
}
