package flow

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"
)

// given says where the value begins that the script gives the name at token i,
// and whether that is the arguments of a call. 0 is nowhere.
//
// A name gets a value by NAME = value, {NAME: value}, {"NAME": value} and
// NAME(value); in front of the name there may be more of a path.
func (s scriptSource) given(tokens []token, i int) (from int, call bool) {
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
	case kind == js.ColonToken && i > 0 && opensProperty(tokens[i-1].kind):
		return next + 1, false
	case tokens[next-1].kind == js.StringToken: // only the key of an object is quoted
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

func kindAt(tokens []token, i int) js.TokenType {
	if i < len(tokens) {
		return tokens[i].kind
	}
	return js.ErrorToken
}

// isNamed says whether the token is the name, plain or, as the key of an object, quoted.
func isNamed(t token, name string) bool {
	if t.kind == js.StringToken {
		return unquote(t.text) == name
	}
	return js.IsIdentifierName(t.kind) && t.text == name
}

// literals returns up to limit literals of an expression, in reading order, also
// those within its parentheses, and how many tokens were read. A call ends with its
// parenthesis, a value with its statement, comma or bracket.
func literals(tokens []token, call bool, limit int) (found []string, read int) {
	depth := 0
	for i, t := range tokens {
		if len(found) == limit || ends(tokens, i, depth, call) {
			return found, i
		}
		switch t.kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			depth--
		default:
			if text, ok := literal(t); ok {
				found = append(found, text)
			}
		}
	}
	return found, len(tokens)
}

// ends says whether the expression is over before token i.
func ends(tokens []token, i, depth int, call bool) bool {
	if depth > 0 {
		return false
	}
	switch tokens[i].kind {
	case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken, js.SemicolonToken:
		return true
	case js.CommaToken:
		return !call
	default:
		return !call && i > 0 && tokens[i].newline && endsOperand(tokens[:i]) && !continues(tokens[i].kind)
	}
}

// endsOperand says whether the last token ends a value, so that a slash divides it
// and a line may end the statement.
func endsOperand(tokens []token) bool {
	if len(tokens) == 0 {
		return false
	}
	switch kind := tokens[len(tokens)-1].kind; kind {
	case js.CloseParenToken, js.CloseBracketToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken,
		js.ThisToken, js.SuperToken, js.TrueToken, js.FalseToken, js.NullToken:
		return true
	default:
		return js.IsNumeric(kind) || js.IsIdentifier(kind)
	}
}

// continues says whether a statement goes on where a line begins with such a token.
func continues(kind js.TokenType) bool {
	return (js.IsOperator(kind) && kind != js.NotToken && kind != js.BitNotToken) ||
		slices.Contains([]js.TokenType{js.DotToken, js.QuestionToken, js.ColonToken, js.OpenParenToken, js.OpenBracketToken}, kind)
}

// literal returns the value of a string, a template without parts, a number, true, false or null.
func literal(t token) (string, bool) {
	switch t.kind {
	case js.StringToken, js.TemplateToken:
		return unquote(t.text), true
	case js.TrueToken, js.FalseToken, js.NullToken:
		return t.text, true
	default:
		return t.text, js.IsNumeric(t.kind)
	}
}

// unquote takes the quotes from a string literal and reads its escapes.
func unquote(text string) string {
	return unescape(text[1 : len(text)-1])
}
