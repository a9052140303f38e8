package portal

import (
	"net/url"
	"slices"
	"strings"
)

// minToken is the length in bytes from which a part of a URL's path may be a token.
const minToken = 16

// identifyingParts returns what to mask of a text that identifies a session: the text and,
// of a URL, its normalized form, its query, the values of the query and the long parts of
// the path. It leaves out short ones.
func identifyingParts(text string) []string {
	parts := []string{text}
	if u, err := resolveURL(nil, text); err == nil {
		parts = append(urlTokens(u), u.String(), text)
		if len(parts) == 2 {
			return nil // a plain page: its URL identifies no session
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
