package flow

import (
	"errors"
	"fmt"
	"strings"
	"text/template/parse"

	"hotspot-helper/internal/strict"
)

// The name spaces of a template.
const (
	spaceInput   = "input"
	spaceCapture = "capture"
	spaceProbe   = "probe"
	spaceLink    = "link"
	spaceSession = "session"
)

// ref is a name that a template reads, for example .input.user.
type ref struct{ space, name string }

func (r ref) String() string { return "." + r.space + "." + r.name }

// template is a text with names and functions in it, compiled at load.
//
// It is parsed as text/template does, and not executed by it: that finds methods by
// their names, so that a binary with it in keeps every exported method of every
// type, a sixth of ours, and each `helper probe` would load them.
type template struct {
	path   strict.Path // where it stands in the file
	source string
	refs   []ref
	parts  []expression
}

// expression is a piece of a template. Its error quotes no value.
type expression func(s scope) (string, error)

// scope is what a template is evaluated in.
type scope struct {
	values map[string]map[string]string // by name space and name
	by     chance
}

// compileTemplate parses a template of the closed language: text, and actions
// that apply functions to names, strings and whole numbers.
func compileTemplate(text string) (*template, error) {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck // the compiler knows our functions, and refuses those of text/template
	defined := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", defined); err != nil {
		return nil, fmt.Errorf("not a template: %s", afterPosition(err))
	}
	if len(defined) > 1 {
		return nil, errPlainOnly
	}
	var c templateCompiler
	if tree.Root != nil {
		c.list(tree.Root)
	}
	if c.err != nil {
		return nil, c.err
	}
	t := &template{source: text, refs: c.refs, parts: c.parts}
	return t, t.tryOut()
}

// tryOut executes the template once with dull values: it finds arguments that a function refuses.
func (t *template) tryOut() error {
	values := map[string]map[string]string{}
	for _, r := range t.refs {
		put(values, r, "00000000")
	}
	_, err := t.execute(values, chance{})
	if _, ok := errors.AsType[*valueError](err); ok && len(t.refs) > 0 {
		return nil // true values may do better
	}
	return err
}

// execute returns the text for the values, by name space and name. Its error quotes none of them.
func (t *template) execute(values map[string]map[string]string, by chance) (string, error) {
	var b strings.Builder
	for _, part := range t.parts {
		text, err := part(scope{values: values, by: by})
		if err != nil {
			return "", fmt.Errorf("evaluate template: %w", err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func put(values map[string]map[string]string, r ref, text string) {
	if values[r.space] == nil {
		values[r.space] = map[string]string{}
	}
	values[r.space][r.name] = text
}

// afterPosition takes "template: :1: " from a message of text/template.
func afterPosition(err error) string {
	_, after, _ := strings.Cut(strings.TrimPrefix(err.Error(), "template: :"), ": ")
	return after
}
