package claims

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/andybalholm/cascadia"

	"hotspot-helper/wifi"
)

// Spec is a rule as a pack writes it. Each key holds when any of its values
// does; a rule matches when all of its keys hold. The keys from PortalHost on
// are evidence: they can only hold once the network is joined, and those about
// a page must all hold for one and the same answer on the way to the portal.
type Spec struct {
	Confidence string   `toml:"confidence"` // none, low, medium, high
	SSID       []string `toml:"ssid"`       // exact name, glob, or /regular expression/
	BSSID      []string `toml:"bssid"`      // beginning of an access point's address, 02:00:5e
	Security   []string `toml:"security"`   // open, owe, wep, personal, enterprise

	PortalHost []string          `toml:"portal_host"` // host of the page's URL: name, glob or /regular expression/
	PortalPath []string          `toml:"portal_path"` // path of the page's URL, likewise
	Status     []int             `toml:"status"`      // HTTP status of the page
	Header     map[string]string `toml:"header"`      // header name to pattern of its value; all must hold
	Body       []string          `toml:"body"`        // text that the page holds
	CSS        []string          `toml:"css"`         // selector that finds something in the page
	WISPr      *bool             `toml:"wispr"`       // a WISPr message was met, or none was
	Gateway    []string          `toml:"gateway"`     // address or prefix that the link's gateway is in
}

// compile checks a rule and makes it ready to match. All its mistakes are joined.
func (s Spec) compile(number int) (Rule, error) {
	c := compiler{rule: Rule{number: number}}
	var err error
	if c.rule.Confidence, err = ParseConfidence(s.Confidence); s.Confidence == "" {
		err = errors.New("confidence is missing: say none, low, medium or high")
	}
	c.note(err)
	c.network(s)
	c.link(s)
	c.page(s)
	if len(c.rule.network)+len(c.rule.link)+len(c.rule.page) == 0 {
		c.note(errors.New("no condition: name at least an ssid, a bssid or a portal_path"))
	}
	return c.rule, errors.Join(c.errs...)
}

// compiler collects the conditions of one rule and what is wrong with it.
type compiler struct {
	rule Rule
	errs []error
}

func (c *compiler) note(err error) {
	if err != nil {
		c.errs = append(c.errs, err)
	}
}

// Weights of the conditions: what is harder to meet by chance makes a claim more specific.
const (
	weightExact    = 8
	weightBSSID    = 6
	weightGlob     = 4
	weightRegex    = 2
	weightSecurity = 1
	weightPage     = 16 // evidence outweighs any name
)

var patternWeights = [...]int{exactPattern: weightExact, globPattern: weightGlob, regexPattern: weightRegex}

func (c *compiler) network(s Spec) {
	if len(s.SSID) > 0 {
		patterns := c.patterns("ssid", s.SSID)
		c.rule.ssids = patterns
		c.rule.network = append(c.rule.network, condition[wifi.Network]{
			"ssid", s.SSID, func(n wifi.Network) (int, bool) { return heaviest(patterns, string(n.SSID)) },
		})
	}
	if len(s.BSSID) > 0 {
		prefixes := parseAll(c, "bssid", s.BSSID, wifi.ParseBSSIDPrefix)
		c.rule.network = append(c.rule.network, condition[wifi.Network]{
			"bssid", s.BSSID, func(n wifi.Network) (int, bool) { return weightBSSID, anyBSSID(n, prefixes) },
		})
	}
	if len(s.Security) > 0 {
		kinds := parseAll(c, "security", s.Security, wifi.ParseSecurity)
		c.rule.network = append(c.rule.network, condition[wifi.Network]{
			"security", s.Security, func(n wifi.Network) (int, bool) {
				return weightSecurity, anyOf(kinds, func(k wifi.Security) bool { return k == n.Security() })
			},
		})
	}
}

func anyBSSID(n wifi.Network, prefixes []wifi.BSSIDPrefix) bool {
	return anyOf(n.BSSs, func(b wifi.BSS) bool {
		return anyOf(prefixes, func(p wifi.BSSIDPrefix) bool { return p.Matches(b.BSSID) })
	})
}

func (c *compiler) link(s Spec) {
	if s.WISPr != nil {
		want := *s.WISPr
		c.rule.link = append(c.rule.link, condition[*Facts]{
			"wispr", []string{fmt.Sprint(want)}, func(f *Facts) (int, bool) {
				return weightPage, (f.Evidence.WISPr != "") == want
			},
		})
	}
	if len(s.Gateway) > 0 {
		prefixes := parseAll(c, "gateway", s.Gateway, parsePrefix)
		c.rule.link = append(c.rule.link, condition[*Facts]{
			"gateway", s.Gateway, func(f *Facts) (int, bool) {
				return weightPage, anyOf(f.Evidence.Link.Gateways, func(g netip.Addr) bool {
					return anyOf(prefixes, func(p netip.Prefix) bool { return p.Contains(g) })
				})
			},
		})
	}
}

func (c *compiler) page(s Spec) {
	c.pagePatterns("portal_host", s.PortalHost, func(h hop) string { return strings.ToLower(h.url.Hostname()) })
	c.pagePatterns("portal_path", s.PortalPath, func(h hop) string { return h.url.EscapedPath() })
	if len(s.Status) > 0 {
		c.onPage("status", fmt.Sprint(s.Status), func(h hop) bool {
			return anyOf(s.Status, func(code int) bool { return code == h.Status })
		})
	}
	for _, name := range sortedKeys(s.Header) {
		value := s.Header[name]
		patterns := c.patterns("header."+name, []string{value})
		c.onPage("header."+name, value, func(h hop) bool {
			return anyOf(h.Header[http.CanonicalHeaderKey(name)], func(v string) bool { return matchesAny(patterns, v) })
		})
	}
	if len(s.Body) > 0 {
		c.onPage("body", fmt.Sprintf("%q", s.Body), func(h hop) bool {
			return anyOf(s.Body, func(text string) bool { return strings.Contains(h.Body, text) })
		})
	}
	if len(s.CSS) > 0 {
		selectors := parseAll(c, "css", s.CSS, cascadia.ParseGroup)
		c.onPage("css", fmt.Sprintf("%q", s.CSS), func(h hop) bool {
			return anyOf(selectors, func(sel cascadia.SelectorGroup) bool {
				return cascadia.Query(h.document(), sel) != nil
			})
		})
	}
}

func (c *compiler) pagePatterns(key string, texts []string, of func(hop) string) {
	if len(texts) == 0 {
		return
	}
	patterns := c.patterns(key, texts)
	c.onPage(key, fmt.Sprintf("%q", texts), func(h hop) bool { return matchesAny(patterns, of(h)) })
}

func (c *compiler) onPage(key, want string, holds func(hop) bool) {
	c.rule.page = append(c.rule.page, condition[hop]{
		key, []string{want}, func(h hop) (int, bool) { return weightPage, holds(h) },
	})
}

func (c *compiler) patterns(key string, texts []string) []pattern {
	return parseAll(c, key, texts, parsePattern)
}

func parseAll[T any](c *compiler, key string, texts []string, parse func(string) (T, error)) []T {
	values := make([]T, 0, len(texts))
	for _, text := range texts {
		value, err := parse(text)
		if err != nil {
			c.note(fmt.Errorf("%s: %w", key, err))
			continue
		}
		values = append(values, value)
	}
	return values
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("parse prefix %q: want an address or a prefix like 10.0.0.0/8", text)
	}
	return prefix.Masked(), nil
}
