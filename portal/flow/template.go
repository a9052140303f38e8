package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/template/parse"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
)

// The name spaces of a template.
const (
	spaceInput   = "input"
	spaceCapture = "capture"
	spaceProbe   = "probe"
	spaceLink    = "link"
	spaceSession = "session"
)

// ref is a reference in a template, for example .input.user.
type ref struct{ space, name string }

func (r ref) String() string { return "." + r.space + "." + r.name }

// template is a compiled text with references and function calls.
//
// It is parsed by text/template/parse, but not executed by text/template, which finds
// methods by name: the linker would keep every exported method of every type, a sixth of
// the binary, and each `helper probe` would load them.
type template struct {
	path   strict.Path // in the file
	source string
	refs   []ref
	bound  []ref // of refs, those without which it has no value
	parts  []operand
}

// expression is a part of a template. Its error quotes no value.
type expression func(s scope) (string, error)

// scope holds the values for an evaluation.
type scope struct {
	values map[string]map[string]string // by name space and name
	work   *web.Search                  // the budget
	env    runtime
	taint  *taint // nil: none
}

// compileTemplate compiles a template: text, and actions that apply functions to
// references, strings and whole numbers.
func compileTemplate(text string) (*template, error) {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck // the compiler checks the functions
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
	t := &template{source: text, refs: c.refs, bound: c.bound, parts: c.parts}
	return t, t.tryOut()
}

// placeholder stands for values that are not known yet.
const placeholder = "00000000"

// tryOut executes the template with placeholder values to find arguments that a function
// refuses.
func (t *template) tryOut() error {
	values := map[string]map[string]string{}
	for _, r := range t.refs {
		put(values, r, placeholder)
	}
	_, err := t.execute(values, tryWork(), runtime{})
	if _, ok := errors.AsType[*valueError](err); ok && len(t.refs) > 0 {
		return nil // other values may be valid
	}
	if errors.Is(err, web.ErrTooMuchWork) {
		return errors.New("too much work: it makes a long text and passes it on again and again")
	}
	return err
}

// tryWork is the budget of a template that is not evaluated for a portal.
func tryWork() *web.Search { return web.NewSearch(context.Background(), maxTryWork) }

// execute evaluates the template with values by name space and name. Its error quotes no
// value.
func (t *template) execute(values map[string]map[string]string, work *web.Search, env runtime) (string, error) {
	return t.evaluate(scope{values: values, work: work, env: env})
}

func (t *template) evaluate(s scope) (string, error) {
	var b strings.Builder
	for _, part := range t.parts {
		text, err := part.expression(s)
		if err != nil {
			return "", fmt.Errorf("evaluate template: %w", err)
		}
		if !s.work.Spend(1 + len(text)) {
			return "", fmt.Errorf("evaluate template: %w", s.work.Err())
		}
		if b.WriteString(text); b.Len() > maxValue {
			return "", fmt.Errorf("evaluate template: %w", checkValue(b.Len()))
		}
	}
	return b.String(), nil
}

func put(values map[string]map[string]string, r ref, text string) {
	if values[r.space] == nil {
		values[r.space] = map[string]string{}
	}
	values[r.space][r.name] = text
}

// afterPosition removes "template: :1: " from a message of text/template.
func afterPosition(err error) string {
	_, after, _ := strings.Cut(strings.TrimPrefix(err.Error(), "template: :"), ": ")
	return after
}
