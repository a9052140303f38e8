package flow

import (
	"crypto/sha256"
	"maps"
	"slices"

	"hotspot-helper/portal"
)

// taint follows secrets through the evaluation of a template. It compares texts, so a
// constant that equals a secret counts as one, too.
type taint struct {
	secret map[ref]bool
	texts  map[string]bool // the secrets that were read and all that was computed from them, by taintKey; whether they are short
}

// taintKey returns what stands for a text: a long one would be kept for each function.
func taintKey(text string) string {
	if len(text) <= maxTainted {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

func (t *taint) note(text string) { t.texts[taintKey(text)] = len(text) <= maxTainted }

func (t *taint) has(text string) bool {
	_, ok := t.texts[taintKey(text)]
	return ok
}

// read notes the value of a reference.
func (t *taint) read(r ref, text string) {
	if t != nil && t.secret[r] && text != "" {
		t.note(text)
	}
}

// compute notes the result of a function.
func (t *taint) compute(args []string, result string) {
	if t == nil || result == "" {
		return
	}
	if slices.ContainsFunc(args, t.has) {
		t.note(result)
	}
}

// values returns the tainted texts as secrets. It leaves out long ones, because each is
// searched for from then on, and what they were made of is among the others.
func (t *taint) values() []portal.Value {
	var values []portal.Value
	for _, text := range slices.Sorted(maps.Keys(t.texts)) {
		if t.texts[text] {
			values = append(values, portal.Secret(text))
		}
	}
	return values
}
