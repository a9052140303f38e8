package probe

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// maxTokens bounds how much of a page's script is read.
const maxTokens = 20_000

// scriptRedirect returns the address that a script goes to when it is run, or "":
// the text of
//
//	location = "…";  window.location.href = "…";  top.location.replace("…")
//
// and the like, where it is a statement of its own at the top level. What stands in
// a function, in a block or under a condition is for later or for others, as in
// CoovaChilli's page, and what is put together from variables nobody knows without
// running it. The last such statement counts, as in a browser.
func scriptRedirect(script string) string {
	tokens := lex(script)
	found := ""
	depth := 0
	for i := 0; i < len(tokens); i++ {
		switch tokens[i].kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			depth--
		default:
			if depth == 0 && startsStatement(tokens, i) {
				if target := navigation(tokens[i:]); target != "" {
					found = target
				}
			}
		}
	}
	return found
}

// token is a part of a script that means something: no white space, no comment.
type token struct {
	kind    js.TokenType
	text    string
	newline bool // a line ends before it
	guard   bool // a parenthesis that closes a condition
}

// lex reads a script up to its first error.
func lex(script string) []token {
	lexer := js.NewLexer(parse.NewInputString(script))
	var tokens []token
	var guards []bool // of each open parenthesis
	newline := true
	for len(tokens) < maxTokens {
		kind, text := lexer.Next()
		if (kind == js.DivToken || kind == js.DivEqToken) && !endsOperand(tokens) {
			kind, text = lexer.RegExp()
		}
		t := token{kind: kind, text: string(text), newline: newline}
		switch kind {
		case js.ErrorToken:
			return tokens
		case js.WhitespaceToken, js.CommentToken:
			continue
		case js.LineTerminatorToken, js.CommentLineTerminatorToken:
			newline = true
			continue
		case js.OpenParenToken:
			guards = append(guards, len(tokens) > 0 && isGuard(tokens[len(tokens)-1].kind))
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

// endsOperand says whether a slash after these tokens divides.
func endsOperand(tokens []token) bool {
	if len(tokens) == 0 {
		return false
	}
	kind := tokens[len(tokens)-1].kind
	return slices.Contains([]js.TokenType{
		js.CloseParenToken, js.CloseBracketToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken, js.ThisToken,
	}, kind) || js.IsNumeric(kind) || js.IsIdentifier(kind)
}

// startsStatement says whether the token begins a statement that is run whatever is the case.
func startsStatement(tokens []token, i int) bool {
	if i == 0 {
		return true
	}
	before := tokens[i-1]
	switch before.kind {
	case js.SemicolonToken, js.CloseBraceToken:
		return true
	case js.CloseParenToken:
		return tokens[i].newline && !before.guard
	case js.ElseToken, js.DoToken, js.VarToken, js.LetToken, js.ConstToken:
		return false
	default:
		return tokens[i].newline && !js.IsOperator(before.kind) && before.kind != js.DotToken && before.kind != js.CommaToken
	}
}

// navigation reads a statement that goes to another page.
func navigation(tokens []token) string {
	var path []string
	for len(tokens) > 1 && js.IsIdentifierName(tokens[0].kind) {
		path = append(path, tokens[0].text)
		if tokens[1].kind != js.DotToken {
			tokens = tokens[1:]
			break
		}
		tokens = tokens[2:]
	}
	switch how := leadsAway(path); {
	case how == "" || len(tokens) < 2:
		return ""
	case how == "assign" && tokens[0].kind == js.EqToken:
		return literal(tokens[1:], js.SemicolonToken)
	case how == "call" && tokens[0].kind == js.OpenParenToken:
		return literal(tokens[1:], js.CloseParenToken)
	default:
		return ""
	}
}

// leadsAway says how a browser leaves the page by a name: by an assignment to it,
// by a call of it, or not at all.
func leadsAway(path []string) string {
	for len(path) > 0 && slices.Contains([]string{"window", "self", "top", "parent", "document", "globalThis"}, path[0]) {
		path = path[1:]
	}
	switch strings.Join(path, ".") {
	case "location", "location.href":
		return "assign"
	case "location.replace", "location.assign":
		return "call"
	default:
		return ""
	}
}

// literal reads strings that are added up, up to the end of the expression; "" where
// there is anything else.
func literal(tokens []token, end js.TokenType) string {
	var text strings.Builder
	for len(tokens) > 0 && tokens[0].kind == js.StringToken {
		text.WriteString(unquote(tokens[0].text))
		tokens = tokens[1:]
		if len(tokens) == 0 || tokens[0].kind == end || end == js.SemicolonToken && (tokens[0].newline || tokens[0].kind == js.CloseBraceToken) {
			return strings.TrimSpace(text.String())
		}
		if tokens[0].kind != js.AddToken {
			return ""
		}
		tokens = tokens[1:]
	}
	return ""
}

// unquote returns what a JavaScript string stands for (ECMA-262, section 12.9.4).
func unquote(quoted string) string {
	if len(quoted) < 2 {
		return ""
	}
	rest := quoted[1 : len(quoted)-1]
	var text strings.Builder
	for rest != "" {
		plain, escaped, found := strings.Cut(rest, `\`)
		text.WriteString(plain)
		if !found {
			break
		}
		var r string
		r, rest = unescape(escaped)
		text.WriteString(r)
	}
	return strings.ToValidUTF8(text.String(), "\ufffd")
}

// unescape reads what follows a backslash, and returns the rest.
func unescape(text string) (string, string) {
	if text == "" {
		return "", ""
	}
	digits := map[byte]int{'x': 2, 'u': 4}[text[0]]
	if braced, ok := strings.CutPrefix(text, "u{"); ok {
		if code, rest, closed := strings.Cut(braced, "}"); closed {
			return codePoint(code), rest
		}
	}
	if digits > 0 && len(text) > digits {
		return codePoint(text[1 : 1+digits]), text[1+digits:]
	}
	r, size := utf8.DecodeRuneInString(text)
	switch r {
	case 'n', 'r', 't', 'b', 'f', 'v', '0':
		return map[rune]string{'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'f': "\f", 'v': "\v", '0': "\x00"}[r], text[size:]
	case '\r', '\n', '\u2028', '\u2029': // a line goes on
		return "", strings.TrimPrefix(text[size:], "\n")
	default:
		return text[:size], text[size:]
	}
}

func codePoint(hex string) string {
	code, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return "\ufffd"
	}
	return string(rune(min(code, utf8.MaxRune+1)))
}
