package flow

import (
	"regexp"
	"strings"

	"hotspot-helper/internal/strict"
)

func (l *loader) inputs(inputs map[string]rawInput) {
	path := at(nil, "inputs")
	if !l.limited(path, len(inputs), maxInputs) {
		return
	}
	for _, name := range l.doc.Keys(path...) {
		l.input(at(path, name), name, inputs[name])
	}
}

func (l *loader) input(path strict.Path, name string, raw rawInput) {
	if !isName(name) {
		l.wrong(path, "no name for an input; %s", wantName)
	}
	if strings.TrimSpace(raw.Prompt) == "" {
		l.wrong(path, "want prompt: what a person is asked for")
	}
	if raw.Secret && raw.Default != "" {
		l.wrong(at(path, "default"), "a secret has no default: every reader of the file would know it")
	}
	if raw.Optional && raw.Default != "" {
		l.wrong(at(path, "optional"), "an input with a default is optional: remove this key")
	}
	l.flow.inputs = append(l.flow.inputs, Input{
		Name: name, Prompt: raw.Prompt, Secret: raw.Secret, Default: raw.Default,
		Optional: raw.Optional || raw.Default == "" && l.doc.Has(at(path, "default")...),
	})
}

// isName reports whether a template can refer to the name.
func isName(name string) bool {
	return len(name) <= maxName && regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name)
}

const wantName = "want a name of letters, digits and underscores, at most 64, not a digit first"
