package claims

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/wifi"
)

// Weights of the conditions: what is harder to meet by chance makes a claim more specific.
const (
	weightExact    = 8
	weightBSSID    = 6
	weightGlob     = 4
	weightRegex    = 2
	weightSecurity = 1
	weightPage     = 16 // evidence outweighs any name

	// weightHost is added for an exact host of the portal. It outweighs the other conditions of
	// a claim together, so that the pack of an operator beats that of a product.
	weightHost = 10_000
)

var patternWeights = [...]int{exactPattern: weightExact, globPattern: weightGlob, regexPattern: weightRegex}

// onSSID makes the condition on the network's name.
func (c *compiler) onSSID(s Spec) {
	if len(s.SSID) == 0 && s.SSIDFile == "" {
		return
	}
	var exact []string
	var patterns []pattern
	for _, p := range c.patterns("ssid", s.SSID) {
		if len(p.exact) > wifi.MaxSSID {
			c.note(fmt.Errorf("ssid: %q has %d bytes, at most %d", p.exact, len(p.exact), wifi.MaxSSID))
		}
		if p.kind == exactPattern {
			exact = append(exact, p.exact)
		} else {
			patterns = append(patterns, p)
		}
	}
	sets := setsOf(exact, c.list("ssid_file", s.SSIDFile, parseListedSSID))
	c.onNetwork("ssid", func(search *web.Search, n wifi.Network) (int, error) {
		if slices.ContainsFunc(sets, func(set *byteSet) bool { return set.has(string(n.SSID)) }) {
			return weightExact, nil
		}
		return heaviest(search, patterns, string(n.SSID))
	}, func() (clause, bool) {
		alternatives, ok := keysOfPatterns(fieldSSID, patterns)
		return clause{alternatives: alternatives, sets: sets, of: key{field: fieldSSID, position: whole}}, ok
	})
}

// onBSSID makes the condition on the addresses of access points.
func (c *compiler) onBSSID(s Spec) {
	if len(s.BSSID) == 0 && s.BSSIDFile == "" {
		return
	}
	var prefixes []string
	for _, p := range parseAll(c, "bssid", s.BSSID, wifi.ParseBSSIDPrefix) {
		prefixes = append(prefixes, string(p))
	}
	c.vendors = len(s.BSSID) == 0 || s.byVendor()
	list := c.list("bssid_file", s.BSSIDFile, parseListedBSSID)
	sets := setsOf(prefixes, list)
	c.vendors = c.vendors && list != nil && list.lengths&(1<<vendorLength-1) == 0
	c.onNetwork("bssid", func(_ *web.Search, n wifi.Network) (int, error) {
		return weightBSSID, matched(slices.ContainsFunc(n.BSSs, func(b wifi.BSS) bool {
			return slices.ContainsFunc(sets, func(set *byteSet) bool { return set.hasPrefixOf(string(b.BSSID[:])) })
		}))
	}, func() (clause, bool) {
		return clause{sets: sets, of: key{field: fieldBSSID, position: prefix}}, true
	})
}

// setsOf returns a set of the texts of a claim, if it has any, and the list that it names.
func setsOf(texts []string, list *byteSet) []*byteSet {
	var sets []*byteSet
	if len(texts) > 0 {
		var records []byte
		for _, text := range texts {
			records = append(append(records, byte(len(text))), text...)
		}
		sets = append(sets, newByteSet(records))
	}
	if list != nil {
		sets = append(sets, list)
	}
	return sets
}

func (c *compiler) onSecurity(names []string) {
	if len(names) == 0 {
		return
	}
	kinds := parseAll(c, "security", names, wifi.ParseSecurity)
	c.onNetwork("security", func(_ *web.Search, n wifi.Network) (int, error) {
		return weightSecurity, matched(slices.Contains(kinds, n.Security()))
	}, nil)
}

// onEvidence makes the conditions on what the probe saw as a whole.
func (c *compiler) onEvidence(s Spec) {
	if s.WISPr != nil {
		want := *s.WISPr
		c.onLink("wispr", func(f *Facts) bool { return (f.Evidence.WISPr != "") == want })
	}
	if len(s.Gateway) > 0 {
		prefixes := parseAll(c, "gateway", s.Gateway, parsePrefix)
		c.onLink("gateway", func(f *Facts) bool {
			return slices.ContainsFunc(f.Evidence.Link.Gateways, func(g netip.Addr) bool {
				return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(g) })
			})
		})
	}
}

// onIdentity makes the condition on the network that was joined. An identity that is not complete is
// that of none.
func (c *compiler) onIdentity(want *wifi.Identity) {
	if want == nil {
		return
	}
	c.onLink("network", func(f *Facts) bool { return f.identity().Same(*want) })
}

// onAnswer makes the conditions on one answer on the way to the portal.
func (c *compiler) onAnswer(s Spec) {
	c.onHost(ignoreCase(s.PortalHost))
	c.onURL("portal_path", fieldPath, s.PortalPath)
	c.onQuery(s.PortalQuery)
	if len(s.Status) > 0 {
		c.onPage("status", func(_ *web.Search, h hop) error { return matched(slices.Contains(s.Status, h.Status)) }, nil)
	}
	for _, name := range sortedKeys(s.Header) {
		patterns := c.patterns("header."+name, []string{s.Header[name]})
		c.onPage("header."+name, func(search *web.Search, h hop) error {
			return anyOf(h.Header[http.CanonicalHeaderKey(name)], func(v string) error { return matchAny(search, patterns, v) })
		}, nil)
	}
	if len(s.Body) > 0 {
		c.onPage("body", func(search *web.Search, h hop) error {
			return anyOf(s.Body, func(text string) error { return tried(search.Contains(h.Body, text)) })
		}, func() (clause, bool) {
			alternatives, ok := keysOfTexts(s.Body)
			return clause{alternatives: alternatives}, ok
		})
	}
	if len(s.CSS) > 0 {
		selectors := parseAll(c, "css", s.CSS, c.parseSelector)
		for _, sel := range selectors {
			if warning := sel.Warning(); warning != "" {
				c.rule.warnings = append(c.rule.warnings, warning)
			}
		}
		words := selectorWords(s.CSS)
		c.onPage("css", func(search *web.Search, h hop) error {
			if err := mayMatch(search, words, h); err != nil {
				return err
			}
			page := h.document()
			if page == nil {
				return web.ErrTooComplex
			}
			return findAny(search, selectors, page)
		}, func() (clause, bool) { return clause{alternatives: keysOfWords(words)}, words != nil })
	}
}

// ignoreCase makes patterns match hosts in lower case (RFC 4343).
func ignoreCase(patterns []string) []string {
	lower := make([]string, len(patterns))
	for i, p := range patterns {
		lower[i] = strings.ToLower(p)
		if isRegex(p) {
			lower[i] = "/(?i)" + p[1:]
		}
	}
	return lower
}

// onHost makes the condition on the host of the page's URL.
func (c *compiler) onHost(texts []string) {
	patterns := c.onURL("portal_host", fieldHost, texts)
	if len(patterns) == 0 {
		return
	}
	last := &c.rule.page[len(c.rule.page)-1]
	check := last.check
	last.check = func(search *web.Search, h hop) (int, error) {
		weight, err := check(search, h)
		exact := func(p pattern) bool { return p.kind == exactPattern && p.exact == h.text(fieldHost) }
		if err == nil && slices.ContainsFunc(patterns, exact) {
			weight += weightHost
		}
		return weight, err
	}
}

// onURL makes a condition on a part of the page's URL.
func (c *compiler) onURL(key string, part field, texts []string) []pattern {
	if len(texts) == 0 {
		return nil
	}
	patterns := c.patterns(key, texts)
	c.onPage(key, func(search *web.Search, h hop) error { return matchAny(search, patterns, h.text(part)) }, func() (clause, bool) {
		alternatives, ok := keysOfPatterns(part, patterns)
		return clause{alternatives: alternatives}, ok
	})
	return patterns
}

// onQuery makes the condition on the names of the parameters of the page's URL.
func (c *compiler) onQuery(names []string) {
	if len(names) == 0 {
		return
	}
	if slices.Contains(names, "") {
		c.note(errors.New("portal_query: want names of parameters, and one is empty"))
	}
	c.onPage("portal_query", func(_ *web.Search, h hop) error {
		return matched(!slices.ContainsFunc(names, func(name string) bool { return !h.params().Has(name) }))
	}, func() (clause, bool) {
		var keys []key
		for _, name := range names {
			keys = append(keys, grams(fieldQuery, delimited(name))...)
		}
		return clause{alternatives: [][]key{keys}}, len(keys) > 0
	})
}

func (c *compiler) onNetwork(key string, check func(*web.Search, wifi.Network) (int, error), clause func() (clause, bool)) {
	c.addKey(key)
	c.rule.network = append(c.rule.network, condition[wifi.Network]{check, clause})
}

func (c *compiler) onLink(key string, holds func(*Facts) bool) {
	c.addKey(key)
	c.rule.link = append(c.rule.link, condition[*Facts]{
		func(_ *web.Search, f *Facts) (int, error) { return weightPage, matched(holds(f)) }, nil,
	})
}

func (c *compiler) onPage(key string, check func(*web.Search, hop) error, clause func() (clause, bool)) {
	c.addKey(key)
	c.rule.page = append(c.rule.page, condition[hop]{
		func(search *web.Search, h hop) (int, error) { return weightPage, check(search, h) }, clause,
	})
}

func matched(ok bool) error {
	if ok {
		return nil
	}
	return errNoMatch
}

// tried is matched, unless the condition was not tried.
func tried(ok bool, err error) error {
	if err != nil {
		return err
	}
	return matched(ok)
}

// anyOf returns nil if one of the values holds, [errNoMatch] if none does, or why one was not tried.
func anyOf[T any](values []T, check func(T) error) error {
	missing := errNoMatch
	for _, value := range values {
		switch err := check(value); err {
		case nil:
			return nil
		case errNoMatch: // never wrapped: comparing costs less
		default:
			missing = err
		}
	}
	return missing
}

func (c *compiler) parseSelector(text string) (*web.Selector, error) {
	sel, err := c.shared.patterns.Selector(text)
	if err != nil {
		return nil, fmt.Errorf("not a CSS selector %q: %w", text, err)
	}
	return sel, nil
}
