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
	m.query(u.RawQuery, shortest, 1)
	m.token(u.Path[strings.LastIndexByte(u.Path, '/')+1:], minToken)
}

// minToken is the minimum length of a session token.
const minToken = 8

// word matches the characters of a token.
var word = regexp.MustCompile(`^[A-Za-z0-9+/=_~.-]+$`)

// token replaces a text that looks random: long enough, one word, with a digit, and neither
// a file name nor a number with dots.
func (m *masker) token(text string, least int) {
	if m.over || len(text) < least || !word.MatchString(text) || !strings.ContainsAny(text, "0123456789") ||
		strings.ContainsAny(strings.TrimRight(text, "."), ".") || m.pairs[text] != "" || slices.Contains(m.fakes, text) {
		return
	}
	m.add(text, m.scramble(text), false)
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

// maxNested is the maximum depth of URLs within URLs: each level reads all below it again.
const maxNested = 4

// address finds tokens in a URL. The depth is 1 for one that is not within another.
func (m *masker) address(text string, depth int) {
	if depth > maxNested {
		m.over = true
		return
	}
	if u, err := url.Parse(text); err == nil {
		m.query(u.RawQuery, minToken, depth)
	}
}

// query finds tokens in the values of a query and in URLs among them.
func (m *masker) query(query string, least, depth int) {
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, named := strings.Cut(parameter, "=")
		if !named {
			value = name
		}
		value = plain(value)
		if strings.Contains(value, "://") {
			m.address(value, depth+1)
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
		m.query("="+url.QueryEscape(value), minToken, 0)
	}
}

// header finds tokens in a redirect and in cookies, and hardware addresses.
func (m *masker) header(r *Response) {
	header := r.Header.http()
	m.address(header.Get("Location"), 1)
	for _, cookie := range web.ReadCookies(header) {
		m.token(cookie.Value, minToken)
	}
	r.rewriteHeader(func(text string) string {
		m.hardware(text)
		return text
	})
}

// body finds hardware addresses and tokens in a page: in fields, links, URLs in scripts, and
// the texts of a JSON document.
func (m *masker) body(data []byte) {
	m.hardware(string(data))
	for _, found := range webAddress.FindAllString(string(data), -1) {
		m.address(html.UnescapeString(found), 1)
	}
	var document any
	if json.Unmarshal(data, &document) == nil {
		m.document(document)
	}
	root, err := web.ParseHTML(string(data))
	m.over = m.over || err != nil
	for node := range root.Descendants() {
		for _, a := range node.Attr {
			switch {
			case a.Key == "href", a.Key == "src", a.Key == "action":
				m.address(a.Val, 1)
			case a.Key == "value" && node.DataAtom == atom.Input && isHidden(node):
				m.query("="+url.QueryEscape(a.Val), minToken, 0)
			}
		}
	}
}

func isHidden(input *nethtml.Node) bool {
	kind, _ := web.Attribute(input, "type")
	return strings.EqualFold(kind, "hidden")
}
