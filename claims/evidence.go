package claims

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"hotspot-helper/wifi"
)

// minLiteral is how many bytes a pattern must spell out to be evidence.
const minLiteral = 4

// generic are words that pages and addresses of most portals have.
func generic() []string {
	return []string{
		"http", "https", "html", "body", "head", "title", "form", "input", "script", "href", "text", "password", "submit", "button", "hidden", "checkbox", "radio",
		"doctype", "meta", "charset", "utf-8", "content", "content-type", "http-equiv", "viewport", "width", "device-width", "initial-scale", "link", "stylesheet", "style", "class", "span", "label", "table", "type", "name", "value", "method", "post", "action", "javascript",
	}
}

// genericText are words that the texts, hosts and paths of most portals have, beside [generic].
func genericText() []string {
	return []string{"login", "logon", "signin", "sign", "user", "username", "email", "wifi", "wi-fi", "portal", "captive", "hotspot", "guest", "internet", "network", "welcome", "connect", "accept", "terms", "free", "redirect", "index"}
}

// genericParameters are parameters that portals of many makers have. See also [generic].
func genericParameters() []string {
	return []string{"url", "dst", "mac", "ssid", "continue", "next", "target", "lang", "language", "token", "session"}
}

// ofEachResponse are headers of most responses.
func ofEachResponse() []string {
	return []string{"Accept-Ranges", "Age", "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-Type", "Date", "Expires", "Keep-Alive", "Last-Modified", "Pragma", "Transfer-Encoding", "Vary"}
}

// byEvidence reports whether the claim is by more than a name and wildcards: by a host, a path,
// a header, a text or an element that it spells out, by query parameters, by a WISPr message,
// by vendors of access points, or by a few networks of gateways. What most portals have, such
// as a form or status 200, is no evidence.
func (s Spec) byEvidence() bool {
	headers, texts := false, slices.Concat(generic(), genericText())
	for name, value := range s.Header {
		headers = headers || !slices.Contains(ofEachResponse(), http.CanonicalHeaderKey(name)) && spellsOut([]string{value}, patternLiterals, generic())
	}
	wispr := s.WISPr != nil && *s.WISPr
	return wispr || headers || s.byQuery() || s.byVendor() || s.byGateway() ||
		s.byHost() || spellsOut(s.PortalPath, patternLiterals, texts) ||
		spellsOut(s.Body, bodyLiterals, texts) || spellsOut(s.CSS, cssLiterals, generic())
}

// byVendor reports whether each address begins with the three bytes of a vendor. A list of them
// is read elsewhere: see [compiler.onBSSID].
func (s Spec) byVendor() bool {
	return len(s.BSSID) > 0 && !slices.ContainsFunc(s.BSSID, func(text string) bool {
		prefix, err := wifi.ParseBSSIDPrefix(text)
		return err != nil || len(prefix) < vendorLength
	})
}

// vendorLength is how many bytes of an address identify its vendor.
const vendorLength = 3

// byQuery reports whether the parameters, which all must be there, are more than what most portals have.
func (s Spec) byQuery() bool {
	size, common := 0, slices.Concat(generic(), genericText(), genericParameters())
	for _, name := range s.PortalQuery {
		if !slices.Contains(common, strings.ToLower(name)) {
			size += len(name)
		}
	}
	return size >= minLiteral
}

// The limits within which prefixes say something about a network: together they have no more
// addresses than one of minGatewayBits, or in the networks of most homes of minHomeBits. An address of
// IPv6 that is local to the link is that of any router, unless it is given whole.
const (
	maxGateways     = 8
	minGatewayBits  = 16
	minHomeBits     = 20
	minGatewayBits6 = 32
)

// byGateway reports whether the gateways are few, and not a great part of the private ones.
func (s Spec) byGateway() bool {
	if len(s.Gateway) == 0 || len(s.Gateway) > maxGateways {
		return false
	}
	homes, all := netip.MustParsePrefix("192.168.0.0/16"), 0
	for _, text := range s.Gateway {
		prefix, err := parsePrefix(text)
		switch {
		case err != nil:
			return false
		case prefix.Addr().Is4():
			size := 1 << (32 - prefix.Bits())
			if homes.Overlaps(prefix) {
				size <<= minHomeBits - minGatewayBits
			}
			all += size
		case prefix.Bits() < minGatewayBits6, !prefix.IsSingleIP() && prefix.Overlaps(netip.MustParsePrefix("fe80::/10")):
			return false
		}
	}
	return all <= 1<<(32-minGatewayBits)
}

// Overclaims reports whether the claim is not by evidence, and says more than low. It counts as
// low then. A list of addresses may be evidence.
func (s Spec) Overclaims() bool {
	confidence, err := ParseConfidence(s.Confidence)
	return err == nil && confidence > Low && !s.byEvidence() && s.BSSIDFile == ""
}

// literal is a text that each match has. At an end that is open, the match may go on with any text.
type literal struct {
	text      string
	openStart bool
	openEnd   bool
}

// spellsOut reports whether each alternative spells something out that not all portals have: more than common words
// and parts of them.
func spellsOut(alternatives []string, literals func(string) [][]literal, common []string) bool {
	return len(alternatives) > 0 && !slices.ContainsFunc(alternatives, func(one string) bool {
		lists := literals(one)
		return len(lists) == 0 || slices.ContainsFunc(lists, func(list []literal) bool { return distinct(list, common) < minLiteral })
	})
}

var run = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// distinct returns how many bytes of literals are in no common word. Those without another word count nothing.
func distinct(literals []literal, common []string) int {
	size := 0
	for _, l := range literals {
		runs := run.FindAllStringIndex(l.text, -1)
		own := slices.DeleteFunc(slices.Clone(runs), func(at []int) bool {
			return isAmong(common, strings.ToLower(l.text[at[0]:at[1]]), l.openStart && at[0] == 0, l.openEnd && at[1] == len(l.text))
		})
		if len(own) > 0 {
			size += len(l.text) - length(runs) + length(own)
		}
	}
	return size
}

// length returns how many bytes are in ranges.
func length(ranges [][]int) (sum int) {
	for _, at := range ranges {
		sum += at[1] - at[0]
	}
	return sum
}

// isAmong reports whether a word is one of those, or may be a part of one: at an end that is open.
func isAmong(common []string, word string, openStart, openEnd bool) bool {
	is := func(a, b string) bool { return a == b }
	switch {
	case openStart && openEnd:
		is = strings.Contains
	case openStart:
		is = strings.HasSuffix
	case openEnd:
		is = strings.HasPrefix
	}
	return slices.ContainsFunc(common, func(whole string) bool { return is(whole, word) })
}

// patternLiterals returns bytes that each match of a pattern has.
func patternLiterals(text string) [][]literal {
	if isRegex(text) {
		text = strings.ReplaceAll(text[1:len(text)-1], "(?i)", "") // case does not matter here
		return [][]literal{{{required(text), true, true}}}
	}
	p, err := parseName(text)
	switch {
	case err != nil:
		return nil
	case p.kind == exactPattern:
		return [][]literal{{{text: p.exact}}}
	}
	texts := p.glob.literals()
	list := make([]literal, len(texts))
	for i, text := range texts {
		list[i] = literal{text, i > 0, i < len(texts)-1}
	}
	return [][]literal{list}
}

// byHost reports whether each alternative is a name or an address, or has more than generic words.
func (s Spec) byHost() bool {
	return len(s.PortalHost) > 0 && !slices.ContainsFunc(s.PortalHost, func(one string) bool {
		if p, err := parseName(one); !isRegex(one) && err == nil && p.kind == exactPattern {
			_, notAddress := netip.ParseAddr(p.exact)
			suffix, _ := publicsuffix.PublicSuffix(p.exact)
			return suffix == p.exact && notAddress != nil
		}
		return !spellsOut([]string{one}, hostLiterals, slices.Concat(generic(), genericText()))
	})
}

// hostLiterals returns what each match of a pattern of a host has beside a public suffix, below which anyone may own
// a name, and beside parts of an address.
func hostLiterals(text string) [][]literal {
	lists := patternLiterals(text)
	for _, list := range lists {
		list = slices.DeleteFunc(list, func(l literal) bool { return l.text == "" })
		for i := range list {
			l := &list[i]
			l.openStart = l.openStart && !strings.HasPrefix(l.text, ".")
			host := strings.ToLower(strings.TrimPrefix(l.text, "."))
			if suffix, _ := publicsuffix.PublicSuffix(host); i == len(list)-1 && strings.HasSuffix(host, suffix) {
				host, l.openEnd = strings.TrimSuffix(host, suffix), false
			}
			if l.text = strings.Trim(host, "."); strings.Trim(host, "0123456789.:") == "" {
				l.text = ""
			}
		}
	}
	return lists
}

// cssLiterals returns the words that a page needs for each alternative of a selector, nil if it is not understood.
func cssLiterals(selector string) [][]literal {
	var lists [][]literal
	var list []literal
	for text := selector + ","; text != ""; {
		m := selectorToken.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		text = text[len(m[0]):]
		if inner, ok := strings.CutPrefix(m[0], ":has("); ok && !strings.ContainsAny(inner, ",:") {
			list = slices.Concat(append([][]literal{list}, cssLiterals(strings.TrimSuffix(inner, ")"))...)...)
		}
		name, _, _ := strings.Cut(m[0], "=")
		operator := name[len(name)-1:] // of an attribute, else of no use
		list = append(list, words(m[1], false, false)...)
		list = append(list, words(m[2]+m[3]+m[4], strings.Contains("*$", operator), strings.Contains("*^|", operator))...)
		if m[5] != "" {
			lists, list = append(lists, list), nil
		}
	}
	return lists
}

// bodyLiterals returns the words of a text, which may begin and end within a word.
func bodyLiterals(text string) [][]literal { return [][]literal{words(text, true, true)} }

// words returns the words of a text with ends that may be open.
func words(text string, openStart, openEnd bool) []literal {
	var list []literal
	for _, at := range word.FindAllStringIndex(text, -1) {
		list = append(list, literal{text[at[0]:at[1]], openStart && at[0] == 0, openEnd && at[1] == len(text)})
	}
	return list
}
