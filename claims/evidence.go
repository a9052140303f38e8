package claims

import (
	"net/http"
	"net/netip"
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

// genericText are words that the texts and hosts of most portals have, beside [generic].
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
	headers := false
	for name, value := range s.Header {
		headers = headers || !slices.Contains(ofEachResponse(), http.CanonicalHeaderKey(name)) && spellsOut([]string{value}, literalsOf)
	}
	wispr := s.WISPr != nil && *s.WISPr
	return wispr || headers || s.byQuery() || s.byVendor() || s.byGateway() ||
		s.byHost() || spellsOut(s.PortalPath, literalsOf) ||
		spellsOut(s.Body, bodyWords, genericText()...) || spellsOut(s.CSS, cssWords)
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

// spellsOut reports whether each alternative spells something out that not all portals have: more than generic
// words, and more of them.
func spellsOut(alternatives []string, texts func(string) string, more ...string) bool {
	if len(alternatives) == 0 {
		return false
	}
	return !slices.ContainsFunc(alternatives, func(one string) bool {
		text := word.ReplaceAllStringFunc(texts(one), func(w string) string {
			if lower := strings.ToLower(w); slices.Contains(generic(), lower) || slices.Contains(more, lower) {
				return ""
			}
			return w
		})
		return len(strings.ReplaceAll(text, " ", "")) < minLiteral
	})
}

// literalsOf returns bytes that each match of a pattern has.
func literalsOf(text string) string {
	p, err := parsePattern(text)
	switch {
	case err != nil:
		return ""
	case p.kind == globPattern:
		return strings.Join(p.glob.literals(), " ")
	case p.kind == exactPattern:
		return p.exact
	}
	return required(strings.ReplaceAll(p.regex.String(), "(?i)", "")) // case does not matter here
}

// byHost reports whether each alternative is a name or an address, or has more than generic words.
func (s Spec) byHost() bool {
	return len(s.PortalHost) > 0 && !slices.ContainsFunc(s.PortalHost, func(one string) bool {
		if p, err := parsePattern(one); err == nil && p.kind == exactPattern {
			_, notAddress := netip.ParseAddr(p.exact)
			suffix, _ := publicsuffix.PublicSuffix(p.exact)
			return suffix == p.exact && notAddress != nil
		}
		return !spellsOut([]string{one}, hostWords, genericText()...)
	})
}

// hostWords returns what each match of a pattern of a host has beside a public suffix, below which anyone may own
// a name, and beside parts of an address.
func hostWords(text string) string {
	words := strings.Fields(literalsOf(text))
	for i, w := range words {
		host := strings.ToLower(strings.TrimPrefix(w, "."))
		if suffix, _ := publicsuffix.PublicSuffix(host); i == len(words)-1 {
			host = strings.TrimSuffix(host, suffix)
		}
		if words[i] = strings.Trim(host, "."); strings.Trim(host, "0123456789.:") == "" {
			words[i] = ""
		}
	}
	return strings.Join(words, " ")
}

// cssWords returns the words that a page needs for the least specific alternative of a selector.
func cssWords(selector string) string {
	leastSpecific, words := "", ""
	first := true
	for text := selector + ","; text != ""; {
		m := selectorToken.FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		text = text[len(m[0]):]
		if inner, ok := strings.CutPrefix(m[0], ":has("); ok && !strings.ContainsAny(inner, ",:") {
			words += " " + cssWords(strings.TrimSuffix(inner, ")"))
		}
		words += strings.Join(word.FindAllString(m[1]+" "+m[2]+m[3]+m[4], -1), " ")
		if m[5] == "" {
			continue
		}
		if first || len(words) < len(leastSpecific) {
			leastSpecific = words
		}
		first, words = false, ""
	}
	return leastSpecific
}

// bodyWords returns the words of a text.
func bodyWords(text string) string { return strings.Join(word.FindAllString(text, -1), " ") }
