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

// session replaces a session value: of a URL, also without a host, the values of the query and
// what may be a token elsewhere in it; of any other text all that may be one.
func (m *masker) session(value string) { m.sessionAt(value, 1) }

// sessionAt is session at a depth of URLs within texts, from 1.
func (m *masker) sessionAt(value string, depth int) {
	if depth > maxNested {
		m.over = true
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" && !strings.HasPrefix(value, "/") {
		m.identifying(webAddress.ReplaceAllStringFunc(value, func(found string) string {
			if found == value {
				return found // it is no URL
			}
			m.sessionAt(found, depth+1)
			return " "
		}), shortest)
		return
	}
	m.sessionURL(u, depth)
}

// sessionURL replaces what may be a token in any part of a URL.
func (m *masker) sessionURL(u *url.URL, depth int) {
	m.query(u.RawQuery, shortest, depth)
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, text, _ := strings.Cut(parameter, "=")
		m.identifying(plain(name), minToken)
		m.sessionAt(plain(text), depth+1)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if name, _, isFile := cutEnding(segment); isFile {
			segment = name
		}
		m.identifying(segment, minToken)
	}
	m.identifying(u.Fragment, minToken)
	if u.User != nil {
		m.identifying(plain(u.User.String()), minToken)
	}
	for label := range strings.SplitSeq(u.Hostname(), ".") {
		if len(label) >= minToken && len(mixed.FindAllString(label, -1)) > 1 {
			m.replaceToken(label)
		}
	}
}

// mixed matches where letters and digits of a random label of a host follow each other: one that
// people choose has a number at most, as login24 has.
var mixed = regexp.MustCompile(`[A-Za-z][0-9]+[A-Za-z]`)

// The bounds of the name of a page or a program, in bytes: of the name, and of its ending.
const (
	maxFileName             = 64
	shortEnding, longEnding = 3, 6 // with the dot
)

// cutEnding returns the name of a file and its ending.
func cutEnding(segment string) (name, ending string, isFile bool) {
	i := strings.LastIndexByte(segment, '.')
	if i < 1 || i > maxFileName {
		return segment, "", false
	}
	name, ending = segment[:i], segment[i:]
	isLetter := func(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }
	isName := func(r rune) bool { return isLetter(r) || '0' <= r && r <= '9' || r == '_' || r == '-' }
	if len(ending) < shortEnding || len(ending) > longEnding ||
		strings.ContainsFunc(ending[1:], func(r rune) bool { return !isLetter(r) }) ||
		strings.ContainsFunc(name, func(r rune) bool { return !isName(r) }) {
		return segment, "", false
	}
	return name, ending, true
}

// identifying replaces a text that identifies a session. Of one that is not one word as a whole,
// it replaces the words that look random.
func (m *masker) identifying(text string, least int) {
	words := []string{text}
	if !word.MatchString(text) || strings.ContainsAny(strings.TrimRight(text, "="), ".=") {
		least = max(least, minToken)
		words = strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '=' || !word.MatchString(string(r)) })
		if isCompound(words) {
			least = shortest
		}
	}
	for _, text := range words {
		if len(text) >= least && looksRandom(text) {
			m.replaceToken(text)
		}
	}
}

// isCompound reports whether words are likely to be parts of one token: two or more mix letters and
// digits.
func isCompound(words []string) bool {
	count := 0
	for _, text := range words {
		if len(text) >= shortest && mixed.MatchString(text) {
			count++
		}
	}
	return count > 1
}

// What looks random in a text: a digit or a run of letters that no word has, and changes between
// small and large letters.
var (
	digitOrRun = regexp.MustCompile(`[0-9]|[A-Za-z]{20}`)
	upward     = regexp.MustCompile(`[a-z][A-Z]`)
	downward   = regexp.MustCompile(`[A-Z][a-z]`)
)

// looksRandom reports whether a text is unlikely to be one that people write: it has a digit, a
// long run of letters, or letters that often change their case.
func looksRandom(text string) bool {
	changes := len(upward.FindAllString(text, -1)) + len(downward.FindAllString(text, -1))
	return digitOrRun.MatchString(text) || 2*changes > len(text)
}

// minToken is the minimum length of a session token.
const minToken = 8

// word matches the characters of a token.
var word = regexp.MustCompile(`^[A-Za-z0-9+/=_~.-]+$`)

// token replaces a text that looks random: long enough, one word, with a digit, and neither
// a file name nor a number with dots.
func (m *masker) token(text string, least int) {
	if len(text) < least || !word.MatchString(text) || !strings.ContainsAny(text, "0123456789") ||
		strings.ContainsAny(strings.TrimRight(text, "."), ".") {
		return
	}
	m.replaceToken(text)
}

// replaceToken replaces a token, unless the case needs it as it is, or it is one character again
// and again, as what is not set.
func (m *masker) replaceToken(text string) {
	if strings.Trim(text, text[:1]) == "" || m.pairs[text] != "" || slices.Contains(m.fakes, text) || m.made != nil && m.made(text) {
		return
	}
	m.add(text, m.scramble(text), false)
}

// scramble returns a text of the same form: digits for digits, letters for letters, and
// hexadecimal for hexadecimal. A number gets no leading zero, which JSON does not allow.
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
		case i == 0 && '1' <= c && c <= '9':
			out[i] = digits[1+drawn%(len(digits)-1)]
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

// address finds tokens in a URL, but for its host, its path and the names of its parameters, which packs know. The depth is 1 for one that is not within
// another. It needs no valid URL: portals write others.
func (m *masker) address(text string, depth int) {
	if depth > maxNested {
		m.over = true
		return
	}
	text, fragment, _ := strings.Cut(text, "#")
	m.identifying(plain(fragment), minToken)
	before, query, _ := strings.Cut(text, "?")
	_, parameters, _ := strings.Cut(before, ";") // of the path
	m.query(parameters, minToken, depth)
	m.query(query, minToken, depth)
	if u, err := url.Parse(before); err == nil && u.User != nil {
		m.identifying(plain(u.User.String()), minToken)
	}
}

// query finds tokens in the values of a query and in URLs among them.
func (m *masker) query(query string, least, depth int) {
	for parameter := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, named := strings.Cut(parameter, "=")
		if !named {
			value = name
		}
		value = plain(value)
		if strings.Contains(value, "://") || strings.Contains(value, "?") {
			m.address(value, depth+1)
			continue
		}
		m.token(value, least)
		m.mixedWords(value)
	}
}

// mixedWords finds tokens in a text of several words: those that mix letters and digits. Others may be dates and numbers.
func (m *masker) mixedWords(text string) {
	if word.MatchString(text) && !strings.Contains(text, ".") {
		return // token knows it
	}
	for _, text := range strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '=' || !word.MatchString(string(r)) }) {
		if len(text) >= minToken && mixed.MatchString(text) {
			m.replaceToken(text)
		}
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
