package claims

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
)

// selectorToken is one token of a selector, with the words in it. The argument of a
// pseudo-class may be an alternative or a negation, so its words do not count.
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

// selectorWords returns for each alternative of the selectors the words that a page must
// contain for it to match; nil if an alternative needs none, or is not understood.
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

// keysOfWords returns an alternative for the words of each alternative.
func keysOfWords(alternatives [][]string) [][]key {
	var all [][]key
	for _, words := range alternatives {
		var keys []key
		for _, w := range words {
			keys = append(keys, grams(fieldMarkup, w)...)
		}
		all = append(all, keys)
	}
	return all
}

// findAny returns nil if one of the selectors matches an element of a page, [errNoMatch] if none
// does, or why the search ended before that was known.
func findAny(search *web.Search, selectors []*web.Selector, page *goquery.Document) error {
	for _, sel := range selectors {
		found := page.FindMatcher(goquery.SingleMatcher(search.Matcher(sel))).Length() > 0
		if err := search.Err(); err != nil || found {
			return err
		}
	}
	return errNoMatch
}

// mayMatch returns nil if the page contains the words of some alternative. Most pages do not, and then need not be
// parsed.
func mayMatch(search *web.Search, alternatives [][]string, h hop) error {
	if alternatives == nil || !h.plain() {
		return nil
	}
	return anyOf(alternatives, func(words []string) error {
		for _, w := range words {
			if err := tried(search.Contains(h.Body, w)); err != nil {
				return err
			}
		}
		return nil
	})
}

// spellsWords reports whether every letter, digit, underscore and dash that a parser finds in an
// attribute is in the markup as itself. A character reference may stand for one: the named
// ones &lowbar;, &UnderBar; and &fjlig;, and any number.
func spellsWords(markup string) bool {
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
		const longest = 8 // digits of a reference that is not padded to hide a letter
		if digits > longest || isWord(html.UnescapeString("&#" + rest[:digits])[0]) {
			return false
		}
		markup = rest
	}
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
