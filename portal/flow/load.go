package flow

import (
	"path"
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
