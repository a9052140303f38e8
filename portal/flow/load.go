package flow

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
)

// loader compiles a file to a Flow and reports mistakes.
type loader struct {
	doc    *strict.Document
	flow   *Flow
	budget *web.Patterns // of the pack

	templates []*template // of the current action, or of its queries
	addressed bool        // a URL reads a secret
}

func (l *loader) load(raw rawFlow) {
	if raw.Format != Format {
		l.wrong(at(nil, "format"), "want format = %d", Format)
	}
	l.hosts(raw.Hosts, raw.Shared)
	l.inputs(raw.Inputs)
	l.flow.secretInAddress = raw.InAddress
	l.steps(raw.Steps)
	if l.doc.Has("expires_in") {
		path := at(nil, "expires_in")
		l.flow.expires = l.template(path, raw.ExpiresIn, plainOnly)
	}
	l.parts(raw)
	l.check()
	l.secretInAddress(raw.InAddress)
}

// secretInAddress says what secrets in URLs mean, or that there are none.
func (l *loader) secretInAddress(set bool) {
	path := at(nil, "secret_in_address")
	switch {
	case !l.doc.Has(path...):
	case !set:
		l.wrong(path, "false has no effect: remove it")
	case !l.addressed:
		l.wrong(path, "no URL of the flow reads a secret input: remove it")
	default:
		l.flow.warnings = append(l.flow.warnings, l.doc.Warning(path,
			"a secret is in a URL: servers, proxies and histories keep it, so nothing is sent before the user allows cleartext for this network"))
	}
}

// The files of the flows of a pack.
const (
	authenticateFile = "authenticate.toml"
	maintainFile     = "maintain.toml"
	logoffFile       = "logoff.toml"
)

// parts loads the keys that only one flow of a pack may have.
func (l *loader) parts(raw rawFlow) {
	if path := at(nil, "every"); l.doc.Has(path...) {
		l.belongs(path, Maintain)
		if raw.Every < minEvery || raw.Every > maxEvery {
			l.wrong(path, "want %d to %d seconds", minEvery, maxEvery)
		}
		l.flow.every = time.Duration(raw.Every) * time.Second
	}
	if path := at(nil, "terms"); l.doc.Has(path...) {
		l.flow.terms = l.terms(path, raw.Terms)
	}
}

// terms loads the name of terms.
func (l *loader) terms(path strict.Path, text string) string {
	l.belongs(path, Authenticate)
	if !isTitle(text) {
		l.wrong(path, "name the terms that the flow accepts, 1 to %d characters on one line", maxTerms)
	}
	return text
}

// belongs reports a key that belongs in another flow of the pack.
func (l *loader) belongs(at strict.Path, kind Kind) {
	if here := l.flow.kind; here != kind && here != AnyKind {
		l.wrong(at, "goes into %s, not into %s", kind, here)
	}
}

// isTitle reports whether a text fits into a question to the user.
func isTitle(text string) bool {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	return strings.TrimSpace(text) == text && text != "" && utf8.RuneCountInString(text) <= maxTerms && !strings.ContainsFunc(text, odd)
}

func (l *loader) wrong(path strict.Path, format string, args ...any) {
	l.doc.Report(path, format, args...)
}

// at returns a copy of the path with more elements.
func at(path strict.Path, more ...any) strict.Path { return append(slices.Clip(path), more...) }

// limited reports whether count is within the limit.
func (l *loader) limited(path strict.Path, count, limit int) bool {
	if count > limit {
		l.wrong(path, "%d of them, at most %d", count, limit)
	}
	return count <= limit
}

// present returns the keys that the table at the path has.
func (l *loader) present(path strict.Path, keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return !l.doc.Has(at(path, key)...) })
}
