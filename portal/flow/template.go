package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	texttemplate "text/template"
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
type template struct {
	path strict.Path // where it stands in the file
	refs []ref
	text *texttemplate.Template
}

// compileTemplate parses a template of the closed language: text, and actions
// that apply functions to names, strings and whole numbers.
func compileTemplate(text string) (*template, error) {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck // the checker knows our functions, and refuses those of text/template
	defined := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", defined); err != nil {
		return nil, fmt.Errorf("not a template: %s", afterPosition(err))
	}
	if len(defined) > 1 {
		return nil, errPlainOnly
	}
	var c templateChecker
	if tree.Root != nil {
		c.list(tree.Root)
	}
	if c.err != nil {
		return nil, c.err
	}
	compiled, err := texttemplate.New("").Option("missingkey=error").Funcs(functions(chance{})).AddParseTree("", tree)
	if err != nil {
		return nil, err
	}
	t := &template{refs: c.refs, text: compiled}
	return t, t.tryOut()
}

// tryOut executes the template once with dull values: it finds wrong counts and types of arguments.
func (t *template) tryOut() error {
	values := map[string]map[string]string{}
	for _, r := range t.refs {
		put(values, r, "00000000")
	}
	_, err := t.execute(values, chance{})
	if wrong, ok := errors.AsType[*templateError](err); ok && wrong.ofValue && len(t.refs) > 0 {
		return nil // true values may do better
	}
	return err
}

// execute returns the text for the values, by name space and name. Its error quotes none of them.
func (t *template) execute(values map[string]map[string]string, by chance) (string, error) {
	text, err := t.text.Clone()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := text.Funcs(functions(by)).Execute(&b, values); err != nil {
		_, cause, _ := strings.Cut(err.Error(), ">: ") // before it: position and node
		_, ofValue := errors.AsType[*valueError](err)
		return "", &templateError{cause: cause, ofValue: ofValue}
	}
	return b.String(), nil
}

// templateError is a template that cannot be evaluated.
type templateError struct {
	cause   string
	ofValue bool // with other values it can
}

func (e *templateError) Error() string { return "evaluate template: " + e.cause }

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

var errPlainOnly = errors.New("want only names, strings, numbers and functions between {{ and }}: " +
	"a flow has no if, range, with, define or variables")

// templateChecker walks through a parsed template, collects what it reads, and
// refuses what the language leaves out.
type templateChecker struct {
	refs []ref
	err  error // the first mistake
}

func (c *templateChecker) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *templateChecker) list(list *parse.ListNode) {
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if c.pipe(node.Pipe) {
				c.fail(fmt.Errorf("%s gives raw bytes: add | hex or | base64", node.Pipe))
			}
		default:
			c.fail(errPlainOnly)
		}
	}
}

// pipe says whether the result is raw bytes.
func (c *templateChecker) pipe(pipe *parse.PipeNode) bool {
	if len(pipe.Decl) > 0 {
		c.fail(errPlainOnly)
	}
	raw := false
	for _, command := range pipe.Cmds {
		raw = c.command(command, raw)
	}
	return raw
}

// command says whether the result is raw bytes; piped says it of its last argument.
func (c *templateChecker) command(command *parse.CommandNode, piped bool) bool {
	raw := piped
	for _, arg := range command.Args {
		switch arg := arg.(type) {
		case *parse.IdentifierNode:
			if !isFunction(arg.Ident) {
				c.fail(fmt.Errorf("no function %s; known: %s", arg.Ident, strings.Join(functionNames(), ", ")))
			}
		case *parse.FieldNode:
			c.field(arg)
		case *parse.StringNode, *parse.NumberNode:
		case *parse.PipeNode:
			raw = c.pipe(arg) || raw
		default:
			c.fail(errPlainOnly)
		}
	}
	if function, ok := command.Args[0].(*parse.IdentifierNode); ok {
		return givesRaw(function.Ident, raw)
	}
	return raw
}

func (c *templateChecker) field(node *parse.FieldNode) {
	spaces := []string{spaceInput, spaceCapture, spaceProbe, spaceLink, spaceSession}
	if len(node.Ident) != 2 || !slices.Contains(spaces, node.Ident[0]) {
		c.fail(fmt.Errorf("no name %s; want .SPACE.NAME with one of the spaces %s", node, strings.Join(spaces, ", ")))
		return
	}
	if r := (ref{space: node.Ident[0], name: node.Ident[1]}); !slices.Contains(c.refs, r) {
		c.refs = append(c.refs, r)
	}
}
