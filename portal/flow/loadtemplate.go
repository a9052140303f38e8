package flow

import (
	"path"
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
)

// placing says whether a template may hold a secret.
type placing bool

const (
	plainOnly placing = false // a URL: it is written into logs everywhere
	orSecret  placing = true  // a field of a form or of JSON
)

// template compiles the text at the path; nil where it is wrong.
func (l *loader) template(path strict.Path, text string, where placing) *template {
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
		l.ref(t, r, where)
	}
	l.templates = append(l.templates, t)
	return t
}

// ref checks a name that needs no other step; the names of captures are checked with the order of steps.
func (l *loader) ref(t *template, r ref, where placing) {
	known := map[string][]string{
		spaceProbe: {"url", "host", "api"},
		spaceLink:  {"interface", "address", "gateway"},
	}
	if names, ok := known[r.space]; ok && !slices.Contains(names, r.name) {
		l.wrong(t.path, "no name %s; known: %s", r, strings.Join(names, ", "))
	}
	if r.space == spaceSession && path.Base(l.flow.file) == authenticateFile {
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
	if in.Secret && where == plainOnly {
		l.wrong(t.path, "secret input %s is not allowed here: a secret goes only into fields, form or json", r.name)
	}
}

// urlTemplate compiles the template of a URL, in which no secret may stand.
func (l *loader) urlTemplate(path strict.Path, text string) *template {
	if text == "" {
		l.wrong(path, `want a URL, for example "{{.probe.url}}"`)
	}
	return l.template(path, text, plainOnly)
}
