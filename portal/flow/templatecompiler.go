package flow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

var errPlainOnly = errors.New("want only names, strings, numbers and functions between {{ and }}: " +
	"a flow has no if, range, with, define or variables")

// templateCompiler compiles a parsed template and collects its references. It refuses
// constructs that the language does not have.
type templateCompiler struct {
	refs  []ref
	bound []ref // of refs, those that are needed: read outside of or
	inOr  int   // how many calls of or the present expression is an argument of
	parts []operand
	err   error // the first mistake
}

// operand is an expression with the type of its value.
type operand struct {
	expression

	raw    bool // bytes that are not text
	number bool // a whole number

	query ownQuery
	refs  []ref     // that the value depends on
	head  cleanHead // nil: it is empty if the value depends on a secret
}

// fail records the first mistake. The operand is never evaluated.
func (c *templateCompiler) fail(err error) operand {
	if c.err == nil {
		c.err = err
	}
	return operand{}
}

func (c *templateCompiler) list(list *parse.ListNode) {
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			c.parts = append(c.parts, operand{expression: constant(string(node.Text)), query: queryOfText(string(node.Text))})
		case *parse.CommentNode:
		case *parse.ActionNode:
			o := c.pipe(node.Pipe)
			if o.raw {
				c.fail(fmt.Errorf("%s gives raw bytes: add | hex or | base64", node.Pipe))
			}
			c.parts = append(c.parts, o)
		default:
			c.fail(errPlainOnly)
		}
	}
}

// pipe passes the result of each command to the next as its last argument.
func (c *templateCompiler) pipe(pipe *parse.PipeNode) operand {
	if len(pipe.Decl) > 0 {
		return c.fail(errPlainOnly)
	}
	var piped []operand
	for _, command := range pipe.Cmds {
		piped = []operand{c.command(command, piped)}
	}
	return piped[0]
}

func (c *templateCompiler) command(command *parse.CommandNode, piped []operand) operand {
	name, ok := command.Args[0].(*parse.IdentifierNode)
	isOr := ok && name.Ident == functionOr
	if isOr {
		c.inOr++
	}
	var args []operand
	for _, arg := range command.Args[1:] {
		args = append(args, c.operand(arg))
	}
	if isOr {
		c.inOr--
	}
	args = append(args, piped...)
	switch {
	case ok:
		return c.call(name.Ident, args)
	case len(args) > 0:
		return c.fail(fmt.Errorf("%s is not a function but has arguments", command.Args[0]))
	}
	return c.operand(command.Args[0])
}

func (c *templateCompiler) operand(node parse.Node) operand {
	switch node := node.(type) {
	case *parse.IdentifierNode:
		return c.call(node.Ident, nil)
	case *parse.FieldNode:
		return c.field(node)
	case *parse.StringNode:
		return operand{expression: constant(node.Text), query: queryOfText(node.Text)}
	case *parse.NumberNode:
		if !node.IsInt {
			return c.fail(fmt.Errorf("%s is not a whole number", node))
		}
		return operand{expression: constant(strconv.FormatInt(node.Int64, 10)), number: true}
	case *parse.PipeNode:
		return c.pipe(node)
	}
	return c.fail(errPlainOnly)
}

func constant(text string) expression {
	return func(scope) (string, error) { return text, nil }
}

func (c *templateCompiler) field(node *parse.FieldNode) operand {
	spaces := []string{spaceInput, spaceCapture, spaceProbe, spaceLink, spaceSession}
	if len(node.Ident) != 2 || !slices.Contains(spaces, node.Ident[0]) {
		return c.fail(fmt.Errorf("no name %s; want .SPACE.NAME with one of the spaces %s", node, strings.Join(spaces, ", ")))
	}
	r := ref{space: node.Ident[0], name: node.Ident[1]}
	if !slices.Contains(c.refs, r) {
		c.refs = append(c.refs, r)
	}
	if c.inOr == 0 && !slices.Contains(c.bound, r) {
		c.bound = append(c.bound, r)
	}
	return operand{refs: []ref{r}, query: queryOfRef(r), expression: func(s scope) (string, error) {
		text, ok := s.values[r.space][r.name]
		if !ok {
			return "", &noValueError{r}
		}
		s.taint.read(r, text)
		return text, nil
	}}
}

// noValueError is the error of a reference without a value in this run.
type noValueError struct{ ref }

func (e *noValueError) Error() string { return e.String() + " has no value" }

func (c *templateCompiler) call(name string, args []operand) operand {
	f, ok := functions()[name]
	if !ok {
		return c.fail(fmt.Errorf("no function %s; known: %s", name, strings.Join(functionNames(), ", ")))
	}
	if f.arity != anyNumber && len(args) != f.arity {
		return c.fail(fmt.Errorf("wrong number of arguments for %s: want %d, got %d", name, f.arity, len(args)))
	}
	raw, refs := false, []ref(nil)
	for i, arg := range args {
		raw, refs = raw || arg.raw, union(refs, arg.refs)
		number := slices.Contains(f.numbers, i)
		switch {
		case number && !arg.number:
			return c.fail(fmt.Errorf("wrong argument for %s: want a whole number", name))
		case !number && arg.number:
			return c.fail(fmt.Errorf("wrong argument for %s: want a string", name))
		}
	}
	expression := f.call(name, args)
	if name == functionOr {
		expression = orElse(args)
	}
	return operand{expression: expression, raw: isRaw(name, raw), refs: refs, head: headOf(name, args), query: queryOfCall(name, args)}
}

// functionOr is the function that returns the first of its arguments that is there and not empty.
const functionOr = "or"

// orElse returns a call of or. The error is that of the last argument without a value.
func orElse(args []operand) expression {
	return func(s scope) (string, error) {
		var missing error
		for _, arg := range args {
			text, err := arg.expression(s)
			if _, isMissing := errors.AsType[*noValueError](err); isMissing {
				missing = err
			} else if err != nil || text != "" {
				return text, err
			}
		}
		return "", missing
	}
}
