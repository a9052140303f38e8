package replay

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	nethtml "golang.org/x/net/html"

	"hotspot-helper/portal"
)

// masker collects what to take out of a case, and puts something of the same form in
// its place, the same everywhere.
type masker struct {
	key   []byte // of the stand-ins: without it nobody finds back what they stand for
	pairs map[string]string
	words map[string]string // replaced only where they stand alone
	macs  map[string]int    // hardware addresses in lower-case hex, numbered as they come
}

func newMasker() *masker {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails
	return &masker{key: key, pairs: map[string]string{}, words: map[string]string{}, macs: map[string]int{}}
}

// shortest is the length of the shortest text that is looked for within others: a shorter
// one would be found everywhere by accident.
const shortest = 4

// input has an input replaced by its fake, which it returns: a short one that is no secret
// only where it is a word of its own, and not at all where it is no more than a number.
func (m *masker) input(name string, value portal.Value, fake string) string {
	text := value.Reveal()
	if fake == "" {
		fake = "fake-" + name
	}
	switch {
	case text == "", !value.IsSecret() && len(text) < shortest && strings.Trim(text, "0123456789") == "":
		return text
	case !value.IsSecret() && len(text) < shortest:
		m.words[text] = fake
	default:
		m.pairs[text] = fake
	}
	return fake
}

// session has a value of the session replaced: of a URL what its query and its last
// segment hold.
func (m *masker) session(value string) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		m.token(value, shortest)
		return
	}
	m.query(u.RawQuery, shortest)
	m.token(u.Path[strings.LastIndexByte(u.Path, '/')+1:], minToken)
}

// minToken is the length of the shortest text that may be a token of a session.
const minToken = 8

// word is what a token is made of.
var word = regexp.MustCompile(`^[A-Za-z0-9+/=_~.-]+$`)

// token has a text replaced that looks drawn by lot: long enough, of one word, with a
// digit; unlike a file name or a number with dots.
func (m *masker) token(text string, least int) {
	if len(text) < least || !word.MatchString(text) || !strings.ContainsAny(text, "0123456789") ||
		strings.ContainsAny(strings.TrimRight(text, "."), ".") || m.pairs[text] != "" {
		return
	}
	m.pairs[text] = m.scramble(text)
}

// scramble returns a text of the same form: digits for digits, letters for letters,
// hexadecimal where all of it is.
func (m *masker) scramble(text string) string {
	const digits, lower, upper = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters := len(lower)
	if strings.Trim(strings.ToLower(text), "0123456789abcdef") == "" {
		letters = 6 // a to f
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(text))
	chance := mac.Sum(nil)
	out := []byte(text)
	for i, c := range out {
		if i > 0 && i%len(chance) == 0 {
			mac.Write(chance)
			chance = mac.Sum(nil)
		}
		drawn := int(chance[i%len(chance)])
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

// look finds tokens, hardware addresses and the client's own address in a case.
func (m *masker) look(c *Case) {
	for _, hop := range c.Hops {
		m.address(hop.URL)
		m.response(hop.Response)
	}
	for _, answer := range c.Answers {
		m.address(answer.url)
		m.response(answer.Response)
	}
	m.address(c.Portal)
	m.address(c.API)
	for _, value := range c.Session {
		m.session(value)
	}
	for _, text := range c.texts() {
		m.hardware(text)
	}
}

// client has the client's own addresses replaced by ones for documentation (RFC 5737, RFC 3849).
func (m *masker) client(own []netip.Prefix) {
	for i, prefix := range own {
		fake := fmt.Sprintf("2001:db8::%d", 50+i)
		if prefix.Addr().Is4() {
			fake = fmt.Sprintf("192.0.2.%d", 50+i%200)
		}
		m.pairs[prefix.Addr().String()] = fake
	}
}

// address finds the tokens in a URL.
func (m *masker) address(text string) {
	if u, err := url.Parse(text); err == nil {
		m.query(u.RawQuery, minToken)
	}
}

// query finds tokens among the values of a query, and where there is a URL in one, in that.
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

// webAddress is a URL in whatever text, such as a script.
var webAddress = regexp.MustCompile(`https?://[^\s"'<>\\]+`)

// document finds the tokens in a JSON document.
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

// response finds the tokens in a redirect, in cookies, and in a page: its fields, its
// links, the URLs in its scripts, the texts of a document.
func (m *masker) response(r Response) {
	header := r.Header.http()
	m.address(header.Get("Location"))
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		m.token(cookie.Value, minToken)
	}
	for _, found := range webAddress.FindAllString(string(r.data), -1) {
		m.address(html.UnescapeString(found))
	}
	var document any
	if json.Unmarshal(r.data, &document) == nil {
		m.document(document)
	}
	root, err := nethtml.ParseWithOptions(strings.NewReader(string(r.data)), nethtml.ParseOptionEnableScripting(false))
	if err != nil {
		return
	}
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

// The spellings of a hardware address: with separators, which may be percent-encoded, in
// three groups, and as twelve digits behind a name that says so.
var (
	separated = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:(?::|-|%3a|%2d)[0-9a-f]{2}){5}\b`)
	grouped   = regexp.MustCompile(`(?i)\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b`)
	bare      = regexp.MustCompile(`(?i)mac[a-z_-]*["']?\s*(?:=|:|%3d)\s*["']?([0-9a-f]{12})\b`)
)

// hardware finds hardware addresses.
func (m *masker) hardware(text string) {
	for _, found := range separated.FindAllString(text, -1) {
		m.mac(found)
	}
	for _, found := range grouped.FindAllString(text, -1) {
		m.mac(found)
	}
	for _, found := range bare.FindAllStringSubmatch(text, -1) {
		m.mac(found[1])
	}
}

// escapedSeparator stands between the octets of an address in a URL.
var escapedSeparator = regexp.MustCompile(`(?i)%3a|%2d`)

// mac has one address replaced, in the spelling that was found and in all others.
func (m *masker) mac(found string) {
	digits := escapedSeparator.ReplaceAllString(found, "")
	digits = strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(digits))
	if strings.Trim(digits, "0") == "" || strings.Trim(digits, "f") == "" {
		return // nobody's
	}
	number, known := m.macs[digits]
	if !known {
		number = len(m.macs) + 1
		m.macs[digits] = number
	}
	fake := fmt.Sprintf("0200000000%02x", number%256)
	for _, separator := range []string{"", ":", "-", "%3A", "%3a", "%2D", "%2d"} {
		m.pairs[spelled(digits, 2, separator)] = spelled(fake, 2, separator)
		m.pairs[spelled(strings.ToUpper(digits), 2, separator)] = spelled(strings.ToUpper(fake), 2, separator)
	}
	m.pairs[spelled(digits, 4, ".")] = spelled(fake, 4, ".")
}

// spelled puts a separator between groups of so many digits.
func spelled(digits string, size int, separator string) string {
	var groups []string
	for group := range slices.Chunk([]byte(digits), size) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, separator)
}

// replacer returns a function that puts all that was collected out of a text, in every
// spelling, the longest first.
func (m *masker) replacer() func(string) string {
	spelled := map[string]string{}
	for text, fake := range m.pairs {
		for _, spell := range spellings() {
			if found := spell(text); spelled[found] == "" {
				spelled[found] = spell(fake)
			}
		}
	}
	order := make([]string, 0, len(spelled))
	for text := range spelled {
		order = append(order, text)
	}
	slices.SortFunc(order, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var oldnew []string
	for _, text := range order {
		oldnew = append(oldnew, text, spelled[text])
	}
	replace := strings.NewReplacer(oldnew...).Replace
	if len(m.words) == 0 {
		return replace
	}
	alone := regexp.MustCompile(`[\pL\pN]+`)
	return func(text string) string {
		return alone.ReplaceAllStringFunc(replace(text), func(word string) string {
			if fake, ok := m.words[word]; ok {
				return fake
			}
			return word
		})
	}
}

// spellings are the ways in which pages, URLs and errors write a text.
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
			encoded, _ := json.Marshal(s) // a string always can be
			return string(encoded[1 : len(encoded)-1])
		},
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	}
}
