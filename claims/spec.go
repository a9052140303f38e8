package claims

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
)

// Spec is a rule as a pack writes it. Each key holds when any of its values
// does; a rule matches when all of its keys hold. The keys from PortalHost on
// are evidence: they can only hold once the network is joined, and those about
// a page must all hold for one and the same answer on the way to the portal.
type Spec struct {
	Confidence string   `toml:"confidence"` // none, low, medium, high
	SSID       []string `toml:"ssid"`       // exact name, glob, or /regular expression/
	SSIDFile   string   `toml:"ssid_file"`  // list of exact names beside pack.toml: counts as if they stood in SSID
	BSSID      []string `toml:"bssid"`      // beginning of an access point's address, 02:00:5e
	BSSIDFile  string   `toml:"bssid_file"` // list of them beside pack.toml: counts as if they stood in BSSID
	Security   []string `toml:"security"`   // open, owe, wep, personal, enterprise

	PortalHost  []string          `toml:"portal_host"`  // host of the page's URL: name, glob or /regular expression/
	PortalPath  []string          `toml:"portal_path"`  // path of the page's URL, likewise
	PortalQuery []string          `toml:"portal_query"` // parameters of the page's URL, by name; all must be there
	Status      []int             `toml:"status"`       // HTTP status of the page
	Header      map[string]string `toml:"header"`       // header name to pattern of its value; all must hold
	Body        []string          `toml:"body"`         // text that the page holds
	CSS         []string          `toml:"css"`          // selector that finds something in the page
	WISPr       *bool             `toml:"wispr"`        // a WISPr message was met, or none was
	Gateway     []string          `toml:"gateway"`      // address or prefix that the link's gateway is in
}

// compile checks a rule and makes it ready to match. All its mistakes are joined.
func (s Spec) compile(number int, read func(file string) ([]byte, error)) (Rule, error) {
	c := compiler{rule: Rule{number: number}, read: read}
	var err error
	if c.rule.Confidence, err = ParseConfidence(s.Confidence); s.Confidence == "" {
		err = errors.New("confidence is missing: say none, low, medium or high")
	}
	c.note(err)
	c.names(s)
	c.addresses(s)
	c.security(s.Security)
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
	read func(file string) ([]byte, error)
	errs []error
}

func (c *compiler) note(err error) {
	if err != nil {
		c.errs = append(c.errs, err)
	}
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

// list reads a list file; nil where the claim names none.
func (c *compiler) list(key, file string, parse func(line []byte) ([]byte, error)) *octetSet {
	if file == "" {
		return nil
	}
	if path.Base(file) != file || !fs.ValidPath(file) || file == "." {
		c.note(fmt.Errorf("%s: want the name of a file beside pack.toml, not %q", key, file))
		return nil
	}
	data, err := c.read(file)
	if err != nil {
		c.note(ListError{File: file, Err: err})
		return nil
	}
	set, err := newList(file, data, parse)
	c.note(err)
	return set
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
