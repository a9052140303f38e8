package flow

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
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

// scriptTokens reads the inline scripts of a page, or the page where it is a
// script itself. At the first error of a script the rest of it is left out.
func scriptTokens(page *portal.Page) []web.Token {
	if strings.Contains(strings.ToLower(page.Header.Get("Content-Type")), "javascript") {
		return web.Tokens(nil, page.Body)
	}
	var tokens []web.Token
	for node := range rootOf(page).Descendants() {
		if node.Type == html.TextNode && node.Parent.DataAtom == atom.Script {
			tokens = web.Tokens(tokens, node.Data)
		}
	}
	return tokens
}
