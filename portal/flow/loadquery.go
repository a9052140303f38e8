package flow

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
)

func (l *loader) queries(path strict.Path, raw []rawQuery) []query {
	if !l.limited(path, len(raw), maxQueries) {
		return nil
	}
	queries := make([]query, len(raw))
	for i, q := range raw {
		queries[i] = l.query(at(path, i), q)
	}
	return queries
}

func (l *loader) capture(path strict.Path, name string, raw rawCapture) capture {
	if !isName(name) {
		l.wrong(path, "no name for a capture; %s", wantName)
	}
	if raw.Absent {
		l.wrong(at(path, "absent"), "a capture needs a value; write optional = true if it may be missing")
	}
	if input := at(path, "input"); l.doc.Has(input...) {
		l.wrong(input, "an input is no capture: templates read it as .input.%s", raw.Input)
	}
	if session := at(path, "session"); l.doc.Has(session...) {
		l.wrong(session, "a session value is no capture: templates read it as .session.%s", raw.Session)
	}
	return capture{name: name, query: l.query(path, raw.rawQuery), optional: raw.Optional}
}

func (l *loader) query(path strict.Path, raw rawQuery) query {
	sources := l.present(path, sourceKeys()...)
	if len(sources) != 1 {
		l.wrong(path, "want exactly one of %s", strings.Join(sourceKeys(), ", "))
		return query{}
	}
	for _, key := range l.present(path, "attr", "param", "nth", "decode") {
		if with := sourcesOf(key); !slices.Contains(with, sources[0]) {
			l.wrong(at(path, key), "goes with %s, not with %s", words(with), sources[0])
		}
	}
	return query{source: l.source(at(path, sources[0]), sources[0], raw), test: l.test(path, sources[0], raw)}
}

// sourceKeys returns the keys of sources. A query has one of them.
func sourceKeys() []string {
	return []string{"css", "url", "via", "json", "script", "header", "cookie", "wispr", "xml", "regex", "status", "input", "session"}
}

// sourcesOf returns the sources that a key goes with.
func sourcesOf(key string) []string {
	return map[string][]string{
		"attr":   {"css"},
		"param":  {"url", "via"},
		"nth":    {"script"},
		"decode": {"json", "wispr", "xml", "regex"},
	}[key]
}

func (l *loader) source(path strict.Path, kind string, raw rawQuery) source {
	switch kind {
	case "css":
		return cssSource{selector: l.selector(path, raw.CSS), attr: strings.ToLower(raw.Attr)}
	case "url":
		return l.urlSource(path, raw.URL, raw.Param)
	case "via":
		return viaSource{l.urlSource(path, raw.Via, raw.Param)}
	case "json":
		return l.jsonSource(path, raw)
	case "script":
		return l.scriptSource(path, raw)
	case "header":
		l.filled(path, raw.Header, "the name of a header")
		return headerSource{name: http.CanonicalHeaderKey(raw.Header)}
	case "cookie":
		l.filled(path, raw.Cookie, "the name of a cookie")
		return cookieSource{name: raw.Cookie}
	case "wispr":
		l.filled(path, raw.WISPr, "the name of an element, like LoginURL")
		return wisprSource{element: raw.WISPr, decode: l.decode(path, raw)}
	case "xml":
		l.filled(path, raw.XML, "the name of an element")
		return xmlSource{element: raw.XML, decode: l.decode(path, raw)}
	case "regex":
		return regexSource{pattern: l.pattern(path, raw.Regex), decode: l.decode(path, raw)}
	case "session":
		return l.sessionSource(path, raw.Session)
	case "input":
		return l.inputSource(path, raw.Input)
	default:
		return l.statusSource(path, raw.Status)
	}
}

func (l *loader) inputSource(path strict.Path, name string) inputSource {
	if _, ok := l.flow.input(name); !ok {
		l.wrong(path, "no input %s; declare it as [inputs.%s]", name, name)
	}
	return inputSource{name: name}
}

func (l *loader) sessionSource(path strict.Path, name string) sessionSource {
	if l.flow.kind == Authenticate {
		l.wrong(path, "the session begins here: maintain.toml and logoff.toml query it")
	}
	if !isName(name) {
		l.wrong(path, "want the name of a capture of authenticate.toml")
	}
	return sessionSource{name: name}
}

func (l *loader) filled(path strict.Path, text, want string) {
	if text == "" {
		l.wrong(path, "want %s", want)
	}
}

func (l *loader) urlSource(path strict.Path, contains, name string) urlSource {
	l.filled(path, contains, `a text that the URL contains; "*" matches any text`)
	if param := at(path[:len(path)-1], "param"); l.doc.Has(param...) {
		l.filled(param, name, "the name of a query parameter")
	}
	return urlSource{contains: contains, param: name}
}

// decode checks the decoders of the source at the path.
func (l *loader) decode(path strict.Path, raw rawQuery) []string {
	path = at(path[:len(path)-1], "decode")
	if l.doc.Has(path...) && len(raw.Decode) == 0 {
		l.wrong(path, "want at least one of %s", strings.Join(decoderNames(), ", "))
	}
	l.limited(path, len(raw.Decode), maxDecode)
	for i, name := range raw.Decode {
		if !slices.Contains(decoderNames(), name) {
			l.wrong(at(path, i), "no decoder %q; want one of %s", name, strings.Join(decoderNames(), ", "))
		}
	}
	return raw.Decode
}

func (l *loader) jsonSource(path strict.Path, raw rawQuery) source {
	steps := jsonPath(raw.JSON)
	for _, s := range steps {
		if s == "" || strings.HasPrefix(s, "[=") {
			l.wrong(path, "want a path of keys and indexes like data.sessions.0.id")
			break
		}
	}
	return jsonSource{path: steps, decode: l.decode(path, raw)}
}

func (l *loader) scriptSource(path strict.Path, raw rawQuery) source {
	if !regexp.MustCompile(`^[\pL_$][\pL\pN_$]*(\.[\pL_$][\pL\pN_$]*)*$`).MatchString(raw.Script) {
		l.wrong(path, "want a name that a script assigns or calls, like challenge or location.replace")
	}
	if raw.Nth < 0 {
		l.wrong(at(path[:len(path)-1], "nth"), "want 0 for the first literal, 1 for the second, and so on")
	}
	return scriptSource{name: strings.Split(raw.Script, "."), nth: max(0, raw.Nth)}
}

func (l *loader) statusSource(path strict.Path, codes []int) source {
	if len(codes) == 0 {
		l.wrong(path, "want a list of HTTP status codes like [200, 302]")
	}
	for i, code := range codes {
		if code < 100 || code > 599 {
			l.wrong(at(path, i), "%d is not an HTTP status code, from 100 to 599", code)
		}
	}
	return statusSource{codes: codes}
}

func (l *loader) pattern(path strict.Path, text string) *web.Pattern {
	l.filled(path, text, "a regular expression")
	if len(text) > maxText {
		l.wrong(path, "%d bytes, at most %d", len(text), maxText)
		return nil
	}
	if l.budget.IsFull() {
		return nil
	}
	compiled, err := l.budget.Regexp(text)
	if l.budget.IsFull() {
		l.wrong(path, "%v", err)
	} else if err != nil {
		l.wrong(path, "not a regular expression %q: %v; the syntax is RE2", text, err)
	}
	return compiled
}

func (l *loader) test(path strict.Path, kind string, raw rawQuery) test {
	tests := l.present(path, "text", "equals", "matches", "absent")
	if len(tests) > 1 {
		l.wrong(path, "want at most one test, found %s", words(tests))
		return test{}
	}
	if len(tests) == 0 {
		return test{}
	}
	if kind == "status" && tests[0] != "absent" {
		l.wrong(at(path, tests[0]), "a status query lists the codes that match: remove %s", tests[0])
	}
	if kind == "input" && tests[0] != "absent" {
		l.wrong(at(path, tests[0]), "an input query tests presence only: remove %s", tests[0])
	}
	switch tests[0] {
	case "text":
		if fold(raw.Text) == "" {
			l.wrong(at(path, "text"), "want a text that is not empty; an empty value is equals = \"\"")
		}
		return test{kind: testText, text: raw.Text}
	case "equals":
		return test{kind: testEquals, text: raw.Equals, expr: l.name(at(path, "equals"), raw.Equals)}
	case "matches":
		return test{kind: testMatches, text: raw.Matches, pattern: l.pattern(at(path, "matches"), raw.Matches)}
	default:
		if !raw.Absent {
			l.wrong(at(path, "absent"), "absent = false has no effect: remove it")
		}
		return test{kind: testAbsent}
	}
}

func (l *loader) selector(path strict.Path, text string) *web.Selector {
	if len(text) > maxText {
		l.wrong(path, "%d bytes, at most %d", len(text), maxText)
		return nil
	}
	if l.budget.IsFull() {
		return nil
	}
	sel, err := l.budget.Selector(text)
	if l.budget.IsFull() {
		l.wrong(path, "%v", err)
		return nil
	}
	if err != nil {
		l.wrong(path, "not a CSS selector %q: %v", text, err)
		return nil
	}
	if warning := sel.Warning(); warning != "" {
		l.flow.warnings = append(l.flow.warnings, l.doc.Warning(path, "%s", warning))
	}
	return sel
}
