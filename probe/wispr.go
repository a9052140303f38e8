package probe

import (
	"html"
	"regexp"
	"strings"
)

// A WISPr element (WISPr 1.0, section 6) with any prefix, in a comment or not, and
// what it holds. XML parsers refuse what gateways send: bare ampersands, a
// declaration in mid-document, CDATA[[…]] that is text.
var (
	wisprForm = regexp.MustCompile(`(?is)<(?:[a-z][\w.-]*:)?WISPAccessGatewayParam\b.*?</(?:[a-z][\w.-]*:)?WISPAccessGatewayParam\s*>`)
	loginForm = regexp.MustCompile(`(?is)<(?:[a-z][\w.-]*:)?LoginURL\s*>\s*(?:<!\[CDATA\[)?\s*([^<\]]+?)\s*(?:\]\]>)?\s*</`)
)

// findWISPr returns the first WISPr element of the hops as sent, or "".
func findWISPr(hops []Hop) string {
	for _, h := range hops {
		if found := wisprForm.FindString(h.Body); found != "" {
			return found
		}
	}
	return ""
}

// loginURL returns the address that a WISPr element names for the login, or "" where
// it names none that can be opened.
func loginURL(element string) string {
	match := loginForm.FindStringSubmatch(element)
	if match == nil {
		return ""
	}
	if address := html.UnescapeString(strings.TrimSpace(match[1])); isHTTP(address) {
		return address
	}
	return ""
}
