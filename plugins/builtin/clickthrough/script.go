package clickthrough

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/js"
	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
)

// effects is what a script would do when a button is pressed, as far as its text tells. Scripts
// are read and never run: literals are known, everything else is not.
type effects struct {
	set      []assignment
	action   *string  // where it sends the form
	submits  bool     // it sends a form itself
	form     []string // by which names it finds that form
	location string   // where it goes, "" for nowhere
	cancels  bool     // it returns false
	unknown  string   // what it does that cannot be known, "" for nothing
}

// assignment sets a control by its name or ID.
type assignment struct {
	field, value string
	checked      bool // ticks it, and has no value
}

// functions are the bodies of the functions of a page's inline scripts, by name; nil: not read yet.
type functions map[string][]web.Token

const (
	maxHandler = 4 << 10 // bytes of an event handler
	scriptCost = 100     // units of [web.Search] for each byte of a script
)

// maxCalls is how deep calls of functions are read.
const maxCalls = 3

// handler returns what an event handler does.
func (d *document) handler(source string) effects {
	var e effects
	source = strings.TrimSpace(source)
	if source == "" {
		return e
	}
	if len(source) > len("javascript:") && strings.EqualFold(source[:len("javascript:")], "javascript:") {
		source = source[len("javascript:"):]
	}
	if len(source) > maxHandler {
		e.unknown = "its script is too long"
		return e
	}
	if !d.search.Spend(scriptCost * len(source)) {
		return e
	}
	tokens := web.Tokens(nil, source)
	e.location = web.ScriptRedirect(source)
	e.cancels = cancels(tokens)
	d.run(&e, tokens, maxCalls)
	return e
}

// cancels reports whether "return false" is a statement of its own.
func cancels(tokens []web.Token) bool {
	depth := 0
	for i, t := range tokens {
		switch t.Kind {
		case js.OpenBraceToken:
			depth++
		case js.CloseBraceToken:
			depth--
		case js.ReturnToken:
			if depth == 0 && startsStatement(tokens, i) && i+1 < len(tokens) && tokens[i+1].Kind == js.FalseToken {
				return true
			}
		}
	}
	return false
}

// startsStatement reports whether a token begins a statement that is under no condition.
func startsStatement(tokens []web.Token, i int) bool {
	if i == 0 {
		return true
	}
	switch tokens[i-1].Kind {
	case js.SemicolonToken, js.OpenBraceToken, js.CloseBraceToken, js.ReturnToken:
		return true
	case js.CloseParenToken, js.ElseToken:
		return false
	}
	return tokens[i].Newline
}

// run adds what statements do. Those in blocks may not be run, so they are not read.
func (d *document) run(e *effects, tokens []web.Token, calls int) {
	depth := 0
	for i := 0; i < len(tokens); i++ {
		if !d.search.Spend(nodeCost) {
			return
		}
		switch t := tokens[i]; {
		case t.Kind == js.OpenBraceToken:
			depth++
		case t.Kind == js.CloseBraceToken:
			depth--
		case isSender(t.Text):
			e.unknown = "a script sends it"
		case js.IsIdentifierName(t.Kind) && depth == 0 && startsStatement(tokens, i):
			path, next := memberPath(tokens, i)
			d.statement(e, path, tokens[next:], calls)
			if next > i+1 {
				i = next - 1
			}
		}
	}
}

// isSender reports whether a name is that of a function that sends a request.
func isSender(name string) bool {
	switch name {
	case "fetch", "XMLHttpRequest", "ajax", "axios", "sendBeacon", "getJSON":
		return true
	}
	return false
}

// memberPath returns the names in an expression such as document.forms[0].elements["x"].value,
// and the index of the token behind it.
func memberPath(tokens []web.Token, i int) (path []string, next int) {
	path = append(path, tokens[i].Text)
	for i++; i < len(tokens); {
		switch tokens[i].Kind {
		case js.DotToken:
			if i+1 == len(tokens) || !js.IsIdentifierName(tokens[i+1].Kind) {
				return path, i
			}
			path, i = append(path, tokens[i+1].Text), i+2
		case js.OpenBracketToken, js.OpenParenToken:
			text, ok := subscript(tokens[i:])
			if !ok {
				return path, i
			}
			path, i = append(path, text), i+3
		default:
			return path, i
		}
	}
	return path, i
}

// subscript returns the literal in brackets, or the only argument of a call whose result is used.
func subscript(tokens []web.Token) (string, bool) {
	if len(tokens) < 4 {
		return "", false
	}
	end := js.CloseBracketToken
	if tokens[0].Kind == js.OpenParenToken {
		end = js.CloseParenToken
		if tokens[3].Kind != js.DotToken && tokens[3].Kind != js.OpenBracketToken {
			return "", false
		}
	}
	text, ok := tokens[1].Literal()
	return strings.TrimPrefix(text, "#"), ok && tokens[2].Kind == end
}

// statement adds what a statement does that begins with a path. Rest is what follows it.
func (d *document) statement(e *effects, path []string, rest []web.Token, calls int) {
	if len(rest) == 0 {
		return
	}
	last := path[len(path)-1]
	switch {
	case rest[0].Kind == js.EqToken:
		e.assign(path, last, rest[1:])
	case rest[0].Kind != js.OpenParenToken:
	case last == "submit" || last == "requestSubmit":
		e.submits, e.form = true, path[:len(path)-1]
	case len(path) == 2 && (path[0] == "$" || path[0] == "jQuery"):
		e.unknown = "a script sends it"
	case last == "click" && len(path) > 1:
		e.unknown = "a script presses another button"
	case len(path) == 1 && calls > 0:
		d.run(e, d.function(last), calls-1)
	}
}

// assign adds the assignment to a path.
func (e *effects) assign(path []string, last string, value []web.Token) {
	if len(path) < 2 || len(value) == 0 {
		return
	}
	text, literal := wholeLiteral(value)
	switch {
	case last == "value" && literal:
		e.set = append(e.set, assignment{field: path[len(path)-2], value: text})
	case last == "value":
		e.unknown = "a script calculates a field"
	case last == "checked" && literal && text == "true":
		e.set = append(e.set, assignment{field: path[len(path)-2], checked: true})
	case last == "action" && literal:
		e.action = &text
	case last == "action":
		e.unknown = "a script decides where the form goes"
	}
}

// wholeLiteral returns the value of an expression that is a literal and nothing else.
func wholeLiteral(tokens []web.Token) (string, bool) {
	text, literal := tokens[0].Literal()
	if len(tokens) == 1 {
		return text, literal
	}
	next := tokens[1]
	return text, literal && (next.Newline || next.Kind == js.SemicolonToken || next.Kind == js.CloseBraceToken)
}

// function returns the body of a function of the page's inline scripts.
func (d *document) function(name string) []web.Token {
	if d.scripts == nil {
		d.scripts = functions{}
		var tokens []web.Token
		for _, script := range d.page.Scripts() {
			if !d.search.Spend(scriptCost * len(script) / 4) {
				return nil
			}
			tokens = web.Tokens(tokens, script)
		}
		d.scripts.add(tokens)
	}
	return d.scripts[name]
}

// add adds the functions that are declared at the top level.
func (f functions) add(tokens []web.Token) {
	name, depth, start := "", 0, 0
	for i, t := range tokens {
		switch t.Kind {
		case js.OpenBraceToken:
			if depth++; depth == 1 {
				start = i + 1
			}
		case js.CloseBraceToken:
			if depth--; depth == 0 && name != "" {
				f[name], name = tokens[start:i], ""
			}
		case js.FunctionToken:
			if depth == 0 && i+1 < len(tokens) && js.IsIdentifierName(tokens[i+1].Kind) {
				name = tokens[i+1].Text
			}
		}
	}
}

// formOf returns the form that a script sends, nil if that is not clear.
func (d *document) formOf(names []string, button *html.Node) *form {
	last := ""
	if len(names) > 0 {
		last = names[len(names)-1]
	}
	for i, f := range d.forms {
		if !d.search.Spend(nodeCost) {
			return nil
		}
		if last != "" && (attribute(f.Node(), "id") == last || attribute(f.Node(), "name") == last || last == strconv.Itoa(i)) {
			return f
		}
	}
	for _, f := range d.forms {
		if d.search.Spend(nodeCost+len(f.controls)) && f.owns(button) {
			return f
		}
	}
	if len(d.forms) == 1 {
		return d.forms[0]
	}
	return nil
}

// owns reports whether an element is a control of the form.
func (f *form) owns(n *html.Node) bool {
	return slices.ContainsFunc(f.controls, func(c control) bool { return c.node == n })
}
