package clickthrough

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// cssToken is a token of a style sheet (CSS Syntax Module Level 3, section 4), as it is written.
type cssToken struct {
	kind css.TokenType
	text string
}

// cssTokens reads a style sheet or a style attribute. Comments are left out.
func cssTokens(source string) []cssToken {
	var tokens []cssToken
	lexer := css.NewLexer(parse.NewInputString(source))
	for at := 0; ; {
		kind, text := lexer.Next()
		if kind == css.ErrorToken {
			return tokens
		}
		end := min(at+len(text), len(source))
		if kind != css.CommentToken {
			tokens = append(tokens, cssToken{kind, source[at:end]})
		}
		at = end
	}
}

func (t cssToken) isDelim(char string) bool { return t.kind == css.DelimToken && t.text == char }

// isName reports whether the token is an identifier.
func (t cssToken) isName() bool {
	return t.kind == css.IdentToken || t.kind == css.CustomPropertyNameToken
}

// lower returns the token without escapes and case.
func (t cssToken) lower() string { return strings.ToLower(unescape(t.text)) }

// unescape replaces the escapes of an identifier (CSS Syntax, section 4.3.7).
func unescape(text string) string {
	before, rest, found := strings.Cut(text, `\`)
	if !found {
		return text
	}
	var out strings.Builder
	for ; found; before, rest, found = strings.Cut(rest, `\`) {
		out.WriteString(before)
		digits := 0
		for digits < min(len(rest), 6) && strings.IndexByte("0123456789abcdefABCDEF", rest[digits]) >= 0 {
			digits++
		}
		if digits == 0 {
			_, size := utf8.DecodeRuneInString(rest)
			out.WriteString(rest[:size])
			rest = rest[size:]
			continue
		}
		char, _ := strconv.ParseUint(rest[:digits], 16, 32) // it has at most six digits
		out.WriteRune(rune(char))
		rest = rest[digits:]
		if rest != "" && strings.IndexByte(" \t\n\r\f", rest[0]) >= 0 {
			rest = rest[1:]
		}
	}
	out.WriteString(before)
	return out.String()
}

// trim returns tokens without white space around them.
func trim(tokens []cssToken) []cssToken {
	for len(tokens) > 0 && tokens[0].kind == css.WhitespaceToken {
		tokens = tokens[1:]
	}
	for len(tokens) > 0 && tokens[len(tokens)-1].kind == css.WhitespaceToken {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}

// plain returns the tokens in lower case, without white space.
func plain(tokens []cssToken) []cssToken {
	var list []cssToken
	for _, t := range tokens {
		if t.kind != css.WhitespaceToken {
			list = append(list, cssToken{t.kind, t.lower()})
		}
	}
	return list
}

// splitCommas separates tokens at the commas that are in no brackets.
func splitCommas(tokens []cssToken) [][]cssToken {
	var parts [][]cssToken
	depth, start := 0, 0
	for i, t := range tokens {
		switch t.kind {
		case css.LeftParenthesisToken, css.LeftBracketToken, css.FunctionToken:
			depth++
		case css.RightParenthesisToken, css.RightBracketToken:
			depth--
		case css.CommaToken:
			if depth == 0 {
				parts, start = append(parts, tokens[start:i]), i+1
			}
		}
	}
	return append(parts, tokens[start:])
}

// certainty is how sure something is.
type certainty uint8

const (
	never certainty = iota
	perhaps
	always
)

// screens reports whether a list of media queries is that of every screen (Media Queries Level 4).
func screens(tokens []cssToken) certainty {
	result := never
	for _, query := range splitCommas(plain(tokens)) {
		if len(query) > 1 && query[0].text == "only" {
			query = query[1:]
		}
		switch {
		case len(query) == 0 && len(tokens) > 0:
			result = max(result, perhaps)
		case len(query) == 0, len(query) == 1 && (query[0].text == "all" || query[0].text == "screen"):
			return always
		case query[0].text == "print" || query[0].text == "speech":
		default:
			result = max(result, perhaps)
		}
	}
	return result
}
