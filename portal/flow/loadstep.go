package flow

import (
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"

	"hotspot-helper/internal/strict"
)

func (l *loader) steps(steps []rawStep) {
	path := at(nil, "step")
	if len(steps) == 0 {
		l.wrong(path, "want at least one [[step]]")
	}
	if !l.limited(path, len(steps), maxSteps) {
		return
	}
	for i, raw := range steps {
		l.flow.steps = append(l.flow.steps, l.step(at(path, i), raw))
	}
}

func (l *loader) step(path strict.Path, raw rawStep) step {
	l.stepID(path, raw.ID)
	l.templates = nil
	s := step{id: raw.ID, action: l.action(path, raw), templates: l.templates}
	if terms := at(path, "terms"); l.doc.Has(terms...) {
		s.terms = l.terms(terms, raw.Terms)
		if l.doc.Has("terms") {
			l.wrong(terms, "the terms of the whole flow cover this step: take one of the two away")
		}
	}
	if l.limited(at(path, "case"), len(raw.Cases), maxCases) {
		for i, c := range raw.Cases {
			s.cases = append(s.cases, l.branch(at(path, "case", i), c))
		}
	}
	s.expect = l.queries(at(path, "expect"), raw.Expect)
	if captures := at(path, "capture"); l.limited(captures, len(raw.Capture), maxFields) {
		for _, name := range l.doc.Keys(captures...) {
			s.captures = append(s.captures, l.capture(at(captures, name), name, raw.Capture[name]))
		}
	}
	return s
}

func (l *loader) stepID(path strict.Path, id string) {
	switch {
	case id == "":
		l.wrong(path, `want id = "…": messages and the trace name the step by it`)
	case len(id) > maxName || strings.IndexFunc(id, notOfID) >= 0:
		l.wrong(at(path, "id"), "want letters, digits, - and _, at most %d", maxName)
	case slices.ContainsFunc(l.flow.steps, func(s step) bool { return s.id == id }):
		l.wrong(at(path, "id"), "another step before this one is %q: ids are unique", id)
	}
}

func notOfID(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// companions tells for the keys that go with one action only, with which.
func companions() map[string]string {
	return map[string]string{"fields": "submit", "drop": "submit", "button": "submit", "form": "post", "json": "post"}
}

func (l *loader) action(path strict.Path, raw rawStep) action {
	actions := []string{"open", "submit", "post", "follow", "wait"}
	present := l.present(path, slices.Clone(actions)...)
	if len(present) != 1 {
		found := "none is here"
		if len(present) > 1 {
			found = words(present) + " are here: make them steps of their own"
		}
		l.wrong(path, "want exactly one of %s; %s", strings.Join(actions, ", "), found)
		return nil
	}
	for _, key := range l.present(path, "fields", "drop", "button", "form", "json") {
		if with := companions()[key]; with != present[0] {
			l.wrong(at(path, key), "goes with %s, not with %s", with, present[0])
		}
	}
	path = at(path, present[0])
	switch present[0] {
	case "open":
		return &openAction{url: l.urlTemplate(path, raw.Open)}
	case "submit":
		return l.submit(path, raw)
	case "post":
		return l.post(path, raw)
	case "follow":
		return l.follow(path, raw.Follow)
	default:
		return l.wait(path, raw.Wait)
	}
}

// urlTemplate compiles the template of a URL, in which no secret may stand.
func (l *loader) urlTemplate(path strict.Path, text string) *template {
	if text == "" {
		l.wrong(path, `want a URL, for example "{{.probe.url}}"`)
	}
	return l.template(path, text, plainOnly)
}

func (l *loader) selector(path strict.Path, text string) cascadia.SelectorGroup {
	if len(text) > maxText {
		l.wrong(path, "%d bytes, at most %d", len(text), maxText)
		return nil
	}
	group, err := cascadia.ParseGroup(text)
	if err != nil {
		l.wrong(path, "no CSS selector %q: %v", text, err)
	}
	return group
}

func (l *loader) submit(path strict.Path, raw rawStep) action {
	step := path[:len(path)-1]
	if l.doc.Has(at(step, "button")...) {
		l.selector(at(step, "button"), raw.Button)
	}
	l.drop(at(step, "drop"), raw)
	return &submitAction{
		form:   selector{text: raw.Submit, group: l.selector(path, raw.Submit)},
		fields: l.fields(at(step, "fields"), raw.Fields),
		drop:   raw.Drop,
		button: raw.Button,
	}
}

func (l *loader) drop(path strict.Path, raw rawStep) {
	l.limited(path, len(raw.Drop), maxFields)
	for i, name := range raw.Drop {
		l.filled(at(path, i), name, "the name of a field")
		if _, ok := raw.Fields[name]; ok {
			l.wrong(at(path, i), "field %s is in fields, too: it is sent as they say, or not at all", name)
		}
	}
}

func (l *loader) post(path strict.Path, raw rawStep) action {
	step := path[:len(path)-1]
	if bodies := l.present(step, "form", "json"); len(bodies) != 1 {
		l.wrong(path, "want exactly one of form and json; form = {} sends an empty body")
	}
	p := &postAction{url: l.urlTemplate(path, raw.Post), form: l.fields(at(step, "form"), raw.Form)}
	if raw.JSON != nil {
		p.json = l.json(at(step, "json"), raw.JSON, 0)
	}
	return p
}

func (l *loader) fields(path strict.Path, fields map[string]string) []field {
	if !l.limited(path, len(fields), maxFields) {
		return nil
	}
	var loaded []field
	for _, name := range l.doc.Keys(path...) {
		loaded = append(loaded, field{name: name, value: l.template(at(path, name), fields[name], orSecret)})
	}
	return loaded
}

func (l *loader) follow(path strict.Path, text string) action {
	if text == followMeta {
		return &followAction{meta: true}
	}
	return &followAction{link: selector{text: text, group: l.selector(path, text)}}
}
