package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// scriptSource finds a literal in an inline script: the nth of those that are assigned to a
// name, or passed to a call of it. Scripts are read, never run.
type scriptSource struct {
	name []string // without dots: location.replace is two elements
	nth  int      // from 0
}

func (s scriptSource) String() string {
	return fmt.Sprintf("script %q literal %d", strings.Join(s.name, "."), s.nth)
}

func (s scriptSource) values(v *view, most int) []string {
	tokens := v.tokens()
	if !isScript(v.page) && v.page.TooComplex() {
		v.fail(s, web.ErrTooComplex)
	}
	if !v.work.Spend(unitsPerField * len(tokens)) {
		return nil
	}
	values, read := s.find(tokens, most)
	v.work.Spend(readPerByte * read)
	return values
}

// isScript reports whether the page is a script.
func isScript(page *portal.Page) bool {
	return strings.Contains(strings.ToLower(page.Header.Get("Content-Type")), "javascript")
}

// ScriptLiterals returns the values of the query { script = name, nth = nth } on a page.
func ScriptLiterals(page *portal.Page, name string, nth int) []string {
	values, _ := scriptSource{name: strings.Split(name, "."), nth: nth}.find(scriptTokens(page), maxFound)
	return values
}

// find returns values, at most as many as given, and how many tokens and bytes of literals it read in
// expressions, which may be nested.
func (s scriptSource) find(tokens []web.Token, most int) (values []string, read int) {
	for i := range tokens {
		if len(values) == most || read > maxRead {
			break
		}
		from, call := s.value(tokens, i)
		if from == 0 {
			continue
		}
		found, length := literals(tokens[from:], call, s.nth+1)
		read += length
		if len(found) > s.nth {
			values = append(values, found[s.nth])
		}
	}
	return values, read
}

// scriptTokens returns the tokens of the inline scripts of a page, or of a page that is a
// script. It leaves out the rest of a script after an error.
func scriptTokens(page *portal.Page) []web.Token {
	if isScript(page) {
		return web.Tokens(nil, page.Body)
	}
	var tokens []web.Token
	for _, script := range page.Scripts() {
		tokens = web.Tokens(tokens, script)
	}
	return tokens
}

// value returns the index of the value of the name at token i, and whether the value is the
// arguments of a call; 0 if there is no value.
//
// A name has a value in NAME = value, {NAME: value}, {"NAME": value} and NAME(value). The
// name may be the end of a longer path.
func (s scriptSource) value(tokens []web.Token, i int) (from int, call bool) {
	next := i
	for n, part := range s.name {
		if n > 0 {
			if kindAt(tokens, next) != js.DotToken {
				return 0, false
			}
			next++
		}
		if next >= len(tokens) || !isNamed(tokens[next], part) {
			return 0, false
		}
		next++
	}
	switch kind := kindAt(tokens, next); {
	case kind == js.ColonToken && i > 0 && opensProperty(tokens[i-1].Kind):
		return next + 1, false
	case tokens[next-1].Kind == js.StringToken: // only the key of an object is quoted
		return 0, false
	case kind == js.EqToken:
		return next + 1, false
	case kind == js.OpenParenToken:
		return next + 1, true
	default:
		return 0, false
	}
}

func opensProperty(kind js.TokenType) bool {
	return kind == js.OpenBraceToken || kind == js.CommaToken
}

func kindAt(tokens []web.Token, i int) js.TokenType {
	if i < len(tokens) {
		return tokens[i].Kind
	}
	return js.ErrorToken
}

// isNamed reports whether the token is the name, quoted if it is the key of an object.
func isNamed(t web.Token, name string) bool {
	if t.Kind == js.StringToken {
		key, _ := t.Literal()
		return key == name
	}
	return js.IsIdentifierName(t.Kind) && t.Text == name
}

// literals returns up to limit literals of an expression, also in parentheses, and the number
// of tokens and of bytes of literals read. The arguments of a call end at the closing parenthesis, a value at the end
// of the statement, a comma or a closing bracket.
func literals(tokens []web.Token, call bool, limit int) (found []string, read int) {
	depth := 0
	for i, t := range tokens {
		if len(found) == limit || ends(tokens, i, depth, call) {
			return found, read
		}
		read++
		switch t.Kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			depth--
		default:
			if text, ok := t.Literal(); ok {
				found = append(found, text)
				read += len(text)
			}
		}
	}
	return found, read
}

// ends reports whether the expression ends before token i.
func ends(tokens []web.Token, i, depth int, call bool) bool {
	if depth > 0 {
		return false
	}
	switch tokens[i].Kind {
	case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken, js.SemicolonToken:
		return true
	case js.CommaToken:
		return !call
	default:
		return !call && i > 0 && tokens[i].Newline && web.EndsOperand(tokens[:i]) && !continues(tokens[i].Kind)
	}
}

// continues reports whether a statement continues on a line that begins with such a token.
func continues(kind js.TokenType) bool {
	return (js.IsOperator(kind) && kind != js.NotToken && kind != js.BitNotToken) ||
		slices.Contains([]js.TokenType{js.DotToken, js.QuestionToken, js.ColonToken, js.OpenParenToken, js.OpenBracketToken}, kind)
}
