package claims

import (
	"net/netip"
	"slices"
	"strings"

	"hotspot-helper/wifi"
)

// minLiteral is how many bytes a pattern must spell out to be evidence.
const minLiteral = 4

// generic are words that pages and addresses of most portals have.
func generic() []string {
	return []string{"http", "https", "html", "body", "head", "title", "form", "input", "script", "href", "text", "password", "submit", "button", "hidden", "checkbox", "radio"}
}

// byEvidence reports whether the claim is by more than a name and wildcards: by a host, a path,
// a header, a text or an element that it spells out, by query parameters, by a WISPr message,
// by vendors of access points, or by a few networks of gateways. What most portals have, such
// as a form or status 200, is no evidence.
func (s Spec) byEvidence() bool {
	headers := false
	for _, value := range s.Header {
		headers = headers || spellsOut([]string{value}, literalsOf)
	}
	wispr := s.WISPr != nil && *s.WISPr
	return wispr || headers || len(s.PortalQuery) > 0 || s.byVendor() || s.byGateway() ||
		spellsOut(s.PortalHost, literalsOf) || spellsOut(s.PortalPath, literalsOf) ||
		spellsOut(s.Body, bodyWords) || spellsOut(s.CSS, cssWords)
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

// The limits within which prefixes say something about a network.
const (
	maxGateways    = 8
	minGatewayBits = 16
)

// byGateway reports whether the gateways are few, and not all private ones.
func (s Spec) byGateway() bool {
	return len(s.Gateway) > 0 && len(s.Gateway) <= maxGateways && !slices.ContainsFunc(s.Gateway, func(text string) bool {
		prefix, err := parsePrefix(text)
		return err != nil || prefix.Bits() < minGatewayBits || prefix == netip.MustParsePrefix("192.168.0.0/16")
	})
}

// Overclaims reports whether the claim is not by evidence, and says more than low. It counts as
// low then. A list of addresses may be evidence.
func (s Spec) Overclaims() bool {
	confidence, err := ParseConfidence(s.Confidence)
	return err == nil && confidence > Low && !s.byEvidence() && s.BSSIDFile == ""
}

// spellsOut reports whether each alternative spells something out that not all portals have.
func spellsOut(alternatives []string, texts func(string) string) bool {
	if len(alternatives) == 0 {
		return false
	}
	return !slices.ContainsFunc(alternatives, func(one string) bool {
		text := word.ReplaceAllStringFunc(texts(one), func(w string) string {
			if slices.Contains(generic(), strings.ToLower(w)) {
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
