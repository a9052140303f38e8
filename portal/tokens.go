package portal

import (
	"net/url"
	"slices"
	"strings"
)

// minToken is how long a part of a URL's path must be to be taken for a token, not a word.
const minToken = 16

// telling returns the texts by which a text of a session is told: itself and, where it is
// a URL, the spelling in which it is asked for, its query, the values in that, and the
// long parts of its path. Short ones are left out.
func telling(text string) []string {
	parts := []string{text}
	if u, err := resolveURL(nil, text); err == nil {
		parts = append(urlTokens(u), u.String(), text)
		if len(parts) == 2 {
			return nil // the address of a page, which opens nothing by itself
		}
	}
	return slices.DeleteFunc(parts, func(part string) bool { return len(part) < minContained })
}

// urlTokens returns the parts of a URL that may stand for a session.
func urlTokens(u *url.URL) []string {
	var tokens []string
	if u.RawQuery != "" {
		tokens = append(tokens, u.RawQuery)
	}
	for _, values := range u.Query() {
		tokens = append(tokens, values...)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if len(segment) >= minToken {
			tokens = append(tokens, segment)
		}
	}
	return tokens
}

// isToken says whether a part of a URL's path looks like a token: it is long, and not all
// small letters with marks between them, as words are.
func isToken(part string) bool {
	return len(part) >= minToken && strings.Trim(part, "abcdefghijklmnopqrstuvwxyz-_.") != ""
}
