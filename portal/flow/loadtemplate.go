package flow

import (
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
)

// secrecy reports whether a template may contain a secret.
type secrecy uint8

const (
	plainOnly   secrecy = iota
	inAddress           // a URL: only if the flow says so, because servers log it
	allowSecret         // a field of a form or of JSON, a header, or credentials
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
		spaceProbe: {"url", "host", "api", "check"},
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
	switch {
	case !in.Secret || secrets == allowSecret:
	case secrets == inAddress && l.flow.secretInAddress:
		l.addressed = true
	case secrets == inAddress:
		l.wrong(t.path, "secret input %s is not allowed here: a secret goes only into fields, form, json, headers or basic; "+
			"if the portal wants it in the URL, where servers and proxies log it, say secret_in_address = true", r.name)
	default:
		l.wrong(t.path, "secret input %s is not allowed here: a secret goes only into fields, form, json, headers or basic", r.name)
	}
}

// name compiles the name of a field or key if it is a template; nil: it is a text.
func (l *loader) name(path strict.Path, text string) *template {
	if !strings.Contains(text, "{{") {
		return nil
	}
	return l.template(path, text, plainOnly)
}

// urlTemplate compiles the template of a URL. It may not contain a secret, unless the flow
// says so.
func (l *loader) urlTemplate(path strict.Path, text string) *template {
	if text == "" {
		l.wrong(path, `want a URL, for example "{{.probe.url}}"`)
	}
	return l.template(path, text, inAddress)
}
