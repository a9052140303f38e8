package claims

import (
	"context"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// The tokens of a selector that conditions can be read from. What is in brackets
// behind a pseudo-class may be an alternative or a negation: it is passed over.
var (
	selectorToken = regexp.MustCompile(`^(?:` +
		`[#.]([A-Za-z0-9_-]+)` +
		`|\[\s*[A-Za-z0-9_-]+\s*[~|^$*]?=\s*(?:"([^"\\]*)"|'([^'\\]*)'|([A-Za-z0-9_-]+))\s*\]` +
		`|\[\s*[A-Za-z0-9_-]+\s*\]` +
		`|:[a-z-]+(?:\((?:[^()"'\\]|"[^"\\]*"|'[^'\\]*'|\([^()"'\\]*\))*\))?` +
		`|[A-Za-z][A-Za-z0-9-]*|[*>+~\s]` +
		`|(,))`)
	word = regexp.MustCompile(`[A-Za-z0-9_-]{4,}`)
)

// selectorWords are, for each alternative of the selectors, words that must stand in
// the page's text for it to match. Nil where there may be none.
func selectorWords(selectors []string) [][]string {
	var all [][]string
	for _, text := range selectors {
		var words []string
		for text += ","; text != ""; {
			m := selectorToken.FindStringSubmatch(text)
			if m == nil {
				return nil
			}
			text = text[len(m[0]):]
			if m[5] == "" {
				words = append(words, word.FindAllString(m[1]+m[2]+m[3]+m[4], -1)...)
				continue
			}
			if len(words) == 0 {
				return nil
			}
			all, words = append(all, words), nil
		}
	}
	return all
}

// choicesOfWords makes one choice of the words of each alternative.
func choicesOfWords(alternatives [][]string) []choice {
	var choices []choice
	for _, words := range alternatives {
		var c choice
		for _, w := range words {
			c = append(c, grams(fieldMarkup, w)...)
		}
		choices = append(choices, c)
	}
	return choices
}

// finds says whether a selector matches a node below root, as cascadia.Query does. It stops
// when the context ends, for one match may search the whole page.
func finds(ctx context.Context, sel cascadia.Matcher, root *html.Node) bool {
	for node := range root.Descendants() {
		if ctx.Err() != nil {
			return false
		}
		if sel.Match(node) {
			return true
		}
	}
	return false
}

// mayMatch says whether the words of some alternative stand in the page: it spares
// parsing most pages.
func mayMatch(alternatives [][]string, h hop) bool {
	return alternatives == nil || !h.plain() || anyOf(alternatives, func(words []string) bool {
		return !anyOf(words, func(w string) bool { return !strings.Contains(h.Body, w) })
	})
}

// writesWordsOut says whether every letter, digit, underscore and dash that a parser
// finds in an attribute stands as such in the markup. A character reference may
// stand for one: of those by name &lowbar;, &UnderBar; and &fjlig;, and any number.
func writesWordsOut(markup string) bool {
	for _, name := range []string{"&lowbar;", "&UnderBar;", "&fjlig;"} {
		if strings.Contains(markup, name) {
			return false
		}
	}
	for {
		_, rest, found := strings.Cut(markup, "&#")
		if !found {
			return true
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789abcdefABCDEFxX"))
		const plain = 8 // digits of the longest reference that nobody means to hide a letter with
		if digits > plain || isWord(html.UnescapeString("&#" + rest[:digits])[0]) {
			return false
		}
		markup = rest
	}
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
