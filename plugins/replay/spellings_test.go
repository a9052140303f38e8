package replay

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
)

// spellings returns the functions by which pages, URLs and errors encode a text.
func spellings() []func(string) string {
	lowerHex := regexp.MustCompile(`%[0-9A-F]{2}`)
	return []func(string) string{
		func(s string) string { return s },
		html.EscapeString,
		nethtml.EscapeString,
		url.QueryEscape,
		url.PathEscape,
		func(s string) string { return lowerHex.ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower) },
		func(s string) string { return lowerHex.ReplaceAllStringFunc(url.PathEscape(s), strings.ToLower) },
		func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") },
		func(s string) string {
			quoted := strconv.Quote(s)
			return quoted[1 : len(quoted)-1]
		},
		func(s string) string {
			encoded, _ := json.Marshal(s) // never fails for a string
			return string(encoded[1 : len(encoded)-1])
		},
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	}
}
