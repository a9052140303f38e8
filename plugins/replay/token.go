package replay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// session replaces a session value: of a URL, also without a host, the values of the query
// and the last segment of the path.
func (m *masker) session(value string) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" && !strings.HasPrefix(value, "/") {
		m.token(value, shortest)
		return
	}
	m.query(u.RawQuery, shortest)
	m.token(u.Path[strings.LastIndexByte(u.Path, '/')+1:], minToken)
}

// minToken is the minimum length of a session token.
const minToken = 8

// word matches the characters of a token.
var word = regexp.MustCompile(`^[A-Za-z0-9+/=_~.-]+$`)

// token replaces a text that looks random: long enough, one word, with a digit, and neither
// a file name nor a number with dots.
func (m *masker) token(text string, least int) {
	if len(text) < least || !word.MatchString(text) || !strings.ContainsAny(text, "0123456789") ||
		strings.ContainsAny(strings.TrimRight(text, "."), ".") || m.pairs[text] != "" || slices.Contains(m.fakes, text) {
		return
	}
	m.pairs[text] = m.scramble(text)
}

// scramble returns a text of the same form: digits for digits, letters for letters, and
// hexadecimal for hexadecimal.
func (m *masker) scramble(text string) string {
	const digits, lower, upper = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters := len(lower)
	if strings.Trim(strings.ToLower(text), "0123456789abcdef") == "" {
		letters = 6 // a to f
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(text))
	random := mac.Sum(nil)
	out := []byte(text)
	for i, c := range out {
		if i > 0 && i%len(random) == 0 {
			mac.Write(random)
			random = mac.Sum(nil)
		}
		drawn := int(random[i%len(random)])
		switch {
		case '0' <= c && c <= '9':
			out[i] = digits[drawn%len(digits)]
		case 'a' <= c && c <= 'z':
			out[i] = lower[drawn%letters]
		case 'A' <= c && c <= 'Z':
			out[i] = upper[drawn%letters]
		}
	}
	return string(out)
}

// address finds tokens in a URL.
func (m *masker) address(text string) {
	if u, err := url.Parse(text); err == nil {
		m.query(u.RawQuery, minToken)
	}
}

// query finds tokens in the values of a query and in URLs among them.
func (m *masker) query(query string, least int) {
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, named := strings.Cut(parameter, "=")
		if !named {
			value = name
		}
		value = plain(value)
		if strings.Contains(value, "://") {
			m.address(value)
			continue
		}
		m.token(value, least)
	}
}

// webAddress matches a URL in any text, such as a script.
var webAddress = regexp.MustCompile(`https?://[^\s"'<>\\]+`)

// document finds tokens in a JSON document.
func (m *masker) document(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, below := range value {
			m.document(below)
		}
	case []any:
		for _, below := range value {
			m.document(below)
		}
	case string:
		m.query("="+url.QueryEscape(value), minToken)
	}
}

// response finds tokens in a redirect, in cookies, and in a page: fields, links, URLs in
// scripts, and the texts of a JSON document.
func (m *masker) response(r Response) {
	header := r.Header.http()
	m.address(header.Get("Location"))
	for _, cookie := range web.ReadCookies(header) {
		m.token(cookie.Value, minToken)
	}
	for _, found := range webAddress.FindAllString(string(r.data), -1) {
		m.address(html.UnescapeString(found))
	}
	var document any
	if json.Unmarshal(r.data, &document) == nil {
		m.document(document)
	}
	root, _ := web.ParseHTML(string(r.data))
	for node := range root.Descendants() {
		for _, a := range node.Attr {
			switch {
			case a.Key == "href", a.Key == "src", a.Key == "action":
				m.address(a.Val)
			case a.Key == "value" && node.DataAtom == atom.Input && attr(node, "type") == "hidden":
				m.query("="+url.QueryEscape(a.Val), minToken)
			}
		}
	}
}

func attr(node *nethtml.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return strings.ToLower(a.Val)
		}
	}
	return ""
}
