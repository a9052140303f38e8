package flow

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"

	"hotspot-helper/internal/web"
)

// given says where the value begins that the script gives the name at web.Token i,
// and whether that is the arguments of a call. 0 is nowhere.
//
// A name gets a value by NAME = value, {NAME: value}, {"NAME": value} and
// NAME(value); in front of the name there may be more of a path.
func (s scriptSource) given(tokens []web.Token, i int) (from int, call bool) {
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

// isNamed says whether the token is the name, plain or, as the key of an object, quoted.
func isNamed(t web.Token, name string) bool {
	if t.Kind == js.StringToken {
		key, _ := t.Literal()
		return key == name
	}
	return js.IsIdentifierName(t.Kind) && t.Text == name
}

// literals returns up to limit literals of an expression, in reading order, also
// those within its parentheses, and how many tokens were read. A call ends with its
// parenthesis, a value with its statement, comma or bracket.
func literals(tokens []web.Token, call bool, limit int) (found []string, read int) {
	depth := 0
	for i, t := range tokens {
		if len(found) == limit || ends(tokens, i, depth, call) {
			return found, i
		}
		switch t.Kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			depth--
		default:
			if text, ok := t.Literal(); ok {
				found = append(found, text)
			}
		}
	}
	return found, len(tokens)
}

// ends says whether the expression is over before token i.
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

// continues says whether a statement goes on where a line begins with such a token.
func continues(kind js.TokenType) bool {
	return (js.IsOperator(kind) && kind != js.NotToken && kind != js.BitNotToken) ||
		slices.Contains([]js.TokenType{js.DotToken, js.QuestionToken, js.ColonToken, js.OpenParenToken, js.OpenBracketToken}, kind)
}
