package probe

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/http/httpguts"
)

// ParseCatalogue reads endpoints from TOML in the form of the embedded
// endpoints.toml. It is strict: an unknown key, a value of another type and a
// check that could not tell a portal from the Internet are mistakes. It reports
// all of them, joined, each with the file and the endpoint.
func ParseCatalogue(file string, data []byte) ([]Endpoint, error) {
	var root map[string]any
	if _, err := toml.Decode(string(data), &root); err != nil {
		return nil, fmt.Errorf("parse catalogue %s: %w", file, position(err))
	}
	p := parser{file: file}
	endpoints := p.catalogue(root)
	if err := errors.Join(p.mistakes...); err != nil {
		return nil, err
	}
	return endpoints, nil
}

// position keeps the place in the file, which toml's Error method leaves out.
func position(err error) error {
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		return errors.New(strings.TrimSpace(syntax.ErrorWithPosition()))
	}
	return err
}

// parser collects the mistakes of one file. It walks plain maps because the
// decoder's own strictness ignores the case of keys.
type parser struct {
	file     string
	where    string // the endpoint in hand
	mistakes []error
}

func (p *parser) mistake(format string, args ...any) {
	p.mistakes = append(p.mistakes, fmt.Errorf("parse catalogue %s: %s"+format, append([]any{p.file, p.where}, args...)...))
}

func (p *parser) catalogue(root map[string]any) []Endpoint {
	tables, ok := root["endpoint"].([]map[string]any)
	if !ok {
		p.mistake("want at least one [[endpoint]]")
	}
	p.unknown(root, "endpoint")
	var endpoints []Endpoint
	names := map[string]bool{}
	plain := false
	for i, table := range tables {
		p.where = fmt.Sprintf("endpoint %d: ", i+1)
		e := p.endpoint(table)
		if names[e.Name] {
			p.mistake("name %q is taken", e.Name)
		}
		names[e.Name] = true
		plain = plain || e.Default && strings.HasPrefix(e.URL, "http:")
		endpoints = append(endpoints, e)
	}
	p.where = ""
	if ok && !plain {
		p.mistake("want at least one default endpoint over http: only those show a portal")
	}
	return endpoints
}

func (p *parser) endpoint(table map[string]any) Endpoint {
	e := Endpoint{Name: take[string](p, table, "name")}
	if e.Name != "" {
		p.where = fmt.Sprintf("endpoint %q: ", e.Name)
	} else {
		p.mistake("want a name")
	}
	e.Operator = take[string](p, table, "operator")
	e.URL = take[string](p, table, "url")
	e.Status = int(take[int64](p, table, "status"))
	e.Body = take[string](p, table, "body")
	e.Header = p.header(take[map[string]any](p, table, "header"))
	e.Default = take[bool](p, table, "default")
	e.Note = take[string](p, table, "note")
	p.unknown(table, "name", "operator", "url", "status", "body", "header", "default", "note")
	if e.Operator == "" {
		p.mistake("want an operator")
	}
	p.url(e.URL)
	p.answer(e)
	return e
}

func (p *parser) header(fields map[string]any) map[string]string {
	if len(fields) == 0 {
		return nil
	}
	header := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !httpguts.ValidHeaderFieldName(name) {
			p.mistake("header %q is not a field name", name)
		}
		header[http.CanonicalHeaderKey(name)] = take[string](p, fields, name)
	}
	return header
}

func (p *parser) url(text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		p.mistake("url: %w", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		p.mistake("url %q: want an absolute http or https URL", text)
	case u.User != nil, u.Fragment != "":
		p.mistake("url %q: want neither user nor fragment", text)
	}
}

// answer refuses wanted answers that a portal would give too.
func (p *parser) answer(e Endpoint) {
	switch {
	case e.Status < 200 || e.Status > 299:
		p.mistake("status %d: want one of 200 to 299", e.Status)
	case e.Status == http.StatusNoContent && e.Body != "":
		p.mistake("status 204 has no body")
	case e.Status != http.StatusNoContent && e.Body == "" && len(e.Header) == 0:
		p.mistake("want a body or a header with status %d, for any page would do", e.Status)
	}
	if e.Body != strings.TrimSpace(e.Body) || !utf8.ValidString(e.Body) || len(e.Body) > maxWanted {
		p.mistake("body: want at most %d octets of UTF-8 without white space around them", maxWanted)
	}
}

func (p *parser) unknown(table map[string]any, known ...string) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if !slices.Contains(known, key) {
			p.mistake("unknown key %q, want one of %q", key, known)
		}
	}
}

// take returns the value of a key, or zero where it is missing or, noted as a
// mistake, of another type.
func take[T any](p *parser, table map[string]any, key string) T {
	var zero T
	value, ok := table[key]
	if !ok {
		return zero
	}
	typed, ok := value.(T)
	if !ok {
		p.mistake("%s: want %T, not %T", key, zero, value)
	}
	return typed
}
