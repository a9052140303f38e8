package flow

import (
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
)

// secrecy reports whether a template may contain a secret.
type secrecy bool

const (
	plainOnly   secrecy = false // a URL, because servers log it
	allowSecret secrecy = true  // a field of a form or of JSON
)

// template compiles the text at the path. It returns nil after a mistake.
func (l *loader) template(path strict.Path, text string, secrets secrecy) *template {
	if len(text) > maxText {
		l.wrong(path, "%d bytes, at most %d", len(text), maxText)
		return nil
	}
	t, err := compileTemplate(text)
	if err != nil {
		l.wrong(path, "%v", err)
		return nil
	}
	t.path = path
	for _, r := range t.refs {
		l.ref(t, r, secrets)
	}
	l.templates = append(l.templates, t)
	return t
}

// ref checks a name, except that of a capture, which depends on other steps.
func (l *loader) ref(t *template, r ref, secrets secrecy) {
	known := map[string][]string{
		spaceProbe: {"url", "host", "api"},
		spaceLink:  {"interface", "address", "gateway"},
	}
	if names, ok := known[r.space]; ok && !slices.Contains(names, r.name) {
		l.wrong(t.path, "no name %s; known: %s", r, strings.Join(names, ", "))
	}
	if r.space == spaceSession && l.flow.kind == Authenticate {
		l.wrong(t.path, "no name %s: the session begins here; maintain.toml and logoff.toml read it", r)
	}
	if r.space != spaceInput {
		return
	}
	in, ok := l.flow.input(r.name)
	if !ok {
		l.wrong(t.path, "no input %s; declare it as [inputs.%s]", r.name, r.name)
		return
	}
	if in.Secret && secrets == plainOnly {
		l.wrong(t.path, "secret input %s is not allowed here: a secret goes only into fields, form or json", r.name)
	}
}

// urlTemplate compiles the template of a URL, which may not contain a secret.
func (l *loader) urlTemplate(path strict.Path, text string) *template {
	if text == "" {
		l.wrong(path, `want a URL, for example "{{.probe.url}}"`)
	}
	return l.template(path, text, plainOnly)
}
