package flow

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hotspot-helper/internal/strict"
)

// loader turns the file into a Flow and reports what is wrong with its meaning.
type loader struct {
	doc  *strict.Document
	flow *Flow

	// templates of the action that is loaded
	templates []*template
}

func (l *loader) load(raw rawFlow) {
	if raw.Format != Format {
		l.wrong(at(nil, "format"), "want format = %d", Format)
	}
	l.hosts(raw.Hosts, raw.Shared)
	l.inputs(raw.Inputs)
	l.steps(raw.Steps)
	if l.doc.Has("expires_in") {
		path := at(nil, "expires_in")
		l.flow.expires = l.template(path, raw.ExpiresIn, plainOnly)
	}
	l.parts(raw)
	l.check()
}

// The files of a pack whose flows are unlike the others.
const (
	authenticateFile = "authenticate.toml"
	maintainFile     = "maintain.toml"
	logoffFile       = "logoff.toml"
)

// parts loads the keys that one part of a pack has.
func (l *loader) parts(raw rawFlow) {
	if path := at(nil, "every"); l.doc.Has(path...) {
		l.belongs(path, maintainFile)
		if raw.Every < minEvery || raw.Every > maxEvery {
			l.wrong(path, "want %d to %d seconds", minEvery, maxEvery)
		}
		l.flow.every = time.Duration(raw.Every) * time.Second
	}
	if path := at(nil, "terms"); l.doc.Has(path...) {
		l.flow.terms = l.terms(path, raw.Terms)
	}
}

// terms loads whose terms are accepted.
func (l *loader) terms(path strict.Path, text string) string {
	l.belongs(path, authenticateFile)
	if !isTitle(text) {
		l.wrong(path, "want whose terms the flow accepts, 1 to %d characters on one line", maxTerms)
	}
	return text
}

// belongs says where a key has its place, if this is another part of the pack.
func (l *loader) belongs(at strict.Path, part string) {
	here := path.Base(l.flow.file)
	if here != part && slices.Contains([]string{authenticateFile, maintainFile, logoffFile}, here) {
		l.wrong(at, "goes into %s, not into %s", part, here)
	}
}

// isTitle says whether a text can stand in a question to the user.
func isTitle(text string) bool {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	return strings.TrimSpace(text) == text && text != "" && utf8.RuneCountInString(text) <= maxTerms && !strings.ContainsFunc(text, odd)
}

func (l *loader) wrong(path strict.Path, format string, args ...any) {
	l.doc.Report(path, format, args...)
}

// at returns a longer path that shares nothing with the given one.
func at(path strict.Path, more ...any) strict.Path { return append(slices.Clip(path), more...) }

// limited says whether there are few enough of something.
func (l *loader) limited(path strict.Path, count, limit int) bool {
	if count > limit {
		l.wrong(path, "%d of them, at most %d", count, limit)
	}
	return count <= limit
}

// present returns which of the keys the table at the path has.
func (l *loader) present(path strict.Path, keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return !l.doc.Has(at(path, key)...) })
}

// isName says whether a template can read the name: a letter, then letters, digits and underscores.
func isName(name string) bool {
	return len(name) <= maxName && regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name)
}

const wantName = "want a name of letters, digits and underscores, at most 64, not a digit first"

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
		l.wrong(at(path, "optional"), "an input with a default is optional as it is: take this away")
	}
	l.flow.inputs = append(l.flow.inputs, Input{
		Name: name, Prompt: raw.Prompt, Secret: raw.Secret, Optional: raw.Optional, Default: raw.Default,
	})
}

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
		l.wrong(t.path, "secret input %s may not stand here: a secret goes only into fields, form or json", r.name)
	}
}

// words joins words as a person would.
func words(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return fmt.Sprintf("%s and %s", strings.Join(list[:len(list)-1], ", "), list[len(list)-1])
}
