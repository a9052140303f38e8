package web

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// MaxTokens bounds how many tokens are read of the scripts of one page.
const MaxTokens = 1 << 17

// Token is a part of a script other than white space and comments.
type Token struct {
	Kind    js.TokenType
	Text    string
	Newline bool // a line ends before it
	guard   bool // a parenthesis that closes a condition
}

// Tokens appends the tokens of a script (ECMA-262, section 12) and a semicolon that ends
// it. At the first error the rest of the script is left out.
func Tokens(tokens []Token, script string) []Token {
	lexer := js.NewLexer(parse.NewInputString(script))
	first := len(tokens)
	var guards []bool // of each open parenthesis
	newline := true
	for len(tokens) < MaxTokens {
		kind, text := lexer.Next()
		if (kind == js.DivToken || kind == js.DivEqToken) && !EndsOperand(tokens[first:]) {
			kind, text = lexer.RegExp()
		}
		t := Token{Kind: kind, Text: string(text), Newline: newline}
		switch kind {
		case js.ErrorToken:
			return append(tokens, Token{Kind: js.SemicolonToken, Newline: true})
		case js.WhitespaceToken, js.CommentToken:
			continue
		case js.LineTerminatorToken, js.CommentLineTerminatorToken:
			newline = true
			continue
		case js.OpenParenToken:
			guards = append(guards, len(tokens) > first && isGuard(tokens[len(tokens)-1].Kind))
		case js.CloseParenToken:
			if last := len(guards) - 1; last >= 0 {
				t.guard, guards = guards[last], guards[:last]
			}
		}
		tokens, newline = append(tokens, t), false
	}
	return tokens
}

func isGuard(kind js.TokenType) bool {
	return slices.Contains([]js.TokenType{js.IfToken, js.WhileToken, js.ForToken, js.WithToken}, kind)
}

// EndsOperand reports whether the last token ends a value, so that a slash divides it and
// the end of a line may end the statement.
func EndsOperand(tokens []Token) bool {
	if len(tokens) == 0 {
		return false
	}
	switch kind := tokens[len(tokens)-1].Kind; kind {
	case js.CloseParenToken, js.CloseBracketToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken,
		js.ThisToken, js.SuperToken, js.TrueToken, js.FalseToken, js.NullToken:
		return true
	default:
		return js.IsNumeric(kind) || js.IsIdentifier(kind)
	}
}

// Literal returns the value of a string, a template without parts, a number, true, false
// or null. Escapes are read as [UnescapeBytes] reads them.
func (t Token) Literal() (string, bool) {
	switch t.Kind {
	case js.StringToken, js.TemplateToken:
		return UnescapeBytes(t.unquoted()), true
	case js.TrueToken, js.FalseToken, js.NullToken:
		return t.Text, true
	default:
		return t.Text, js.IsNumeric(t.Kind)
	}
}

// unquoted returns a string or template literal without its quotes.
func (t Token) unquoted() string {
	if len(t.Text) < 2 {
		return ""
	}
	return t.Text[1 : len(t.Text)-1]
}

// ScriptRedirect returns the URL that a script goes to at once, or "". The script is read,
// never run: a URL counts if it is the text of
//
//	location = "…";  window.location.href = "…";  top.location.replace("…")
//
// and the like, as a statement of its own at the top level. Statements in a function, in a
// block or under a condition may never run, as in CoovaChilli's page; the value of a variable
// is not known. The last such statement counts, as in a browser.
func ScriptRedirect(script string) string { return lastNavigation(Tokens(nil, script)) }

// lastNavigation returns the target of the last statement that always runs and goes to another page, or "".
func lastNavigation(tokens []Token) string {
	target := ""
	atTopLevel(tokens, func(i int) {
		if to := navigation(tokens[i:]); to != "" {
			target = to
		}
	})
	return target
}

// startsStatement reports whether the token begins a statement that always runs.
func startsStatement(tokens []Token, i int) bool {
	if i == 0 {
		return true
	}
	before := tokens[i-1]
	switch before.Kind {
	case js.SemicolonToken, js.CloseBraceToken:
		return true
	case js.CloseParenToken:
		return tokens[i].Newline && !before.guard
	case js.ElseToken, js.DoToken, js.VarToken, js.LetToken, js.ConstToken:
		return false
	default:
		return tokens[i].Newline && !js.IsOperator(before.Kind) && before.Kind != js.DotToken && before.Kind != js.CommaToken
	}
}

// navigation returns the target of a statement that goes to another page, or "".
func navigation(tokens []Token) string {
	path, tokens := memberPath(tokens)
	assign, call := leavesPage(path)
	switch {
	case len(tokens) < 2:
		return ""
	case assign && tokens[0].Kind == js.EqToken:
		return concatenation(tokens[1:], js.SemicolonToken)
	case call && tokens[0].Kind == js.OpenParenToken:
		return concatenation(tokens[1:], js.CloseParenToken)
	default:
		return ""
	}
}

// leavesPage reports whether a browser leaves the page by an assignment to a name, or by a
// call of it (WHATWG HTML, section 7.2.4).
func leavesPage(path []string) (assign, call bool) {
	for len(path) > 0 && slices.Contains([]string{"window", "self", "top", "parent", "document", "globalThis"}, path[0]) {
		path = path[1:]
	}
	switch strings.Join(path, ".") {
	case "location", "location.href":
		return true, false
	case "location.replace", "location.assign":
		return false, true
	default:
		return false, false
	}
}

// concatenation returns the sum of string literals up to the end of the expression, "" for
// any other expression.
func concatenation(tokens []Token, end js.TokenType) string {
	var text strings.Builder
	for len(tokens) > 0 && tokens[0].Kind == js.StringToken {
		text.WriteString(Unescape(tokens[0].unquoted()))
		tokens = tokens[1:]
		if len(tokens) == 0 || tokens[0].Kind == end || end == js.SemicolonToken && (tokens[0].Newline || tokens[0].Kind == js.CloseBraceToken) {
			return strings.TrimSpace(text.String())
		}
		if tokens[0].Kind != js.AddToken {
			return ""
		}
		tokens = tokens[1:]
	}
	return ""
}
