package flow

import (
	"fmt"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/portal"
)

// scriptSource finds a literal in an inline script: the nth of those assigned to
// a name, or passed to a call of it. The script is read, never run.
type scriptSource struct {
	name []string // location.replace is two
	nth  int      // from 0
}

func (s scriptSource) String() string {
	return fmt.Sprintf("script %q literal %d", strings.Join(s.name, "."), s.nth)
}

func (s scriptSource) values(v *view) []string {
	var values []string
	tokens := v.tokens()
	read := 0 // an expression may lie in another, and that in the next
	for i := range tokens {
		if len(values) == maxFound || read > maxRead {
			break
		}
		from, call := s.given(tokens, i)
		if from == 0 {
			continue
		}
		found, length := literals(tokens[from:], call, s.nth+1)
		read += length
		if len(found) > s.nth {
			values = append(values, found[s.nth])
		}
	}
	return values
}

// token is a part of a script that means something: no white space, no comment.
type token struct {
	kind    js.TokenType
	text    string
	newline bool // a line ends before it
}

// scriptTokens reads the inline scripts of a page, or the page where it is a
// script itself. At the first error of a script the rest of it is left out.
func scriptTokens(page *portal.Page) []token {
	if strings.Contains(strings.ToLower(page.Header.Get("Content-Type")), "javascript") {
		return lexScript(nil, page.Body)
	}
	var tokens []token
	for node := range rootOf(page).Descendants() {
		if node.Type == html.TextNode && node.Parent.DataAtom == atom.Script {
			tokens = lexScript(tokens, node.Data)
		}
	}
	return tokens
}

func lexScript(tokens []token, script string) []token {
	lexer := js.NewLexer(parse.NewInputString(script))
	newline := true
	for len(tokens) < maxTokens {
		kind, text := lexer.Next()
		if (kind == js.DivToken || kind == js.DivEqToken) && !endsOperand(tokens) {
			kind, text = lexer.RegExp()
		}
		switch kind {
		case js.ErrorToken:
			return append(tokens, token{kind: js.SemicolonToken, newline: true})
		case js.WhitespaceToken, js.CommentToken:
		case js.LineTerminatorToken, js.CommentLineTerminatorToken:
			newline = true
		default:
			tokens = append(tokens, token{kind: kind, text: string(text), newline: newline})
			newline = false
		}
	}
	return tokens
}
