package portal

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"hotspot-helper/internal/web"
)

// identifyingParts returns what to mask of a text that identifies a session: the text and the words
// in it that look random and, of a URL, its normalized form, its query and the values of the query.
// It leaves out short ones, and a URL that has none of them.
func identifyingParts(text string) []string {
	var parts []string
	u, err := resolveURL(nil, text)
	isBare := err != nil && strings.HasPrefix(text, "/") // without a host
	if isBare {
		u, err = url.Parse(text)
	}
	if err != nil {
		parts = append(randomWords(text, looksRandom), text)
	} else if parts = append(urlTokens(u), droppedTokens(text)...); len(parts) > 0 { // else its URL identifies no session
		parts = append(parts, text)
		if !isBare {
			parts = append(parts, u.String())
		}
	}
	return slices.DeleteFunc(parts, func(part string) bool { return len(part) < minInWord })
}

// urlTokens returns the parts of a URL that may identify a session.
func urlTokens(u *url.URL) []string {
	var tokens []string
	if u.RawQuery != "" {
		tokens = append(tokens, u.RawQuery)
	}
	for parameter := range strings.FieldsFuncSeq(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(parameter, "=")
		for _, text := range []string{name, value} { // as they stand, too: portals write queries that cannot be decoded
			tokens = append(append(tokens, randomWords(text, looksRandom)...), randomWords(web.UnescapeQuery(text), looksRandom)...)
		}
		tokens = append(tokens, value, web.UnescapeQuery(value))
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		words := randomWords(segment, looksRandom)
		if len(words) > 0 || web.IsToken(segment) {
			tokens = append(append(tokens, words...), segment)
		}
	}
	return append(tokens, randomWords(u.Hostname(), looksRandomInHost)...)
}

// droppedTokens returns the parts that may identify a session of what resolveURL leaves out of a URL.
func droppedTokens(text string) []string {
	_, fragment, _ := strings.Cut(text, "#")
	tokens := append(randomWords(fragment, looksRandom), randomWords(web.UnescapeQuery(fragment), looksRandom)...)
	if u, err := url.Parse(text); err == nil && u.User != nil {
		tokens = append(tokens, randomWords(u.User.String(), looksRandom)...)
	}
	return tokens
}

// randomWords returns the words of minInWord bytes or more that look random.
func randomWords(text string, isRandom func(string) bool) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-'
	})
	return slices.DeleteFunc(words, func(word string) bool { return len(word) < minInWord || !isRandom(word) })
}

// looksRandom reports whether people are unlikely to write a word of a URL: it has a digit, no small
// letter, or letters that often change between small and large.
func looksRandom(word string) bool {
	changes := changesIn(word, unicode.IsUpper, unicode.IsLower)
	return strings.ContainsFunc(word, unicode.IsNumber) || !strings.ContainsFunc(word, unicode.IsLower) || 2*changes > len(word)
}

// looksRandomInHost reports whether a label of a host looks random: it often changes between letters
// and digits. Hosts have numbers, as in login24 and ap-12-3.
func looksRandomInHost(label string) bool {
	const most = 2
	return changesIn(label, unicode.IsLetter, unicode.IsNumber) > most
}

// changesIn returns how often a character of one class follows one of the other.
func changesIn(word string, one, other func(rune) bool) (changes int) {
	var before rune
	for _, r := range word {
		if one(before) && other(r) || other(before) && one(r) {
			changes++
		}
		before = r
	}
	return changes
}
