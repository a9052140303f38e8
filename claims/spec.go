package claims

import (
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/wifi"
)

// Spec is a rule as a pack writes it. A key holds when any of its values does; a rule
// matches when all of its keys hold. The keys from PortalHost on are evidence: they can only
// hold once the network is joined, and one and the same answer on the way to the portal must
// meet all of those about a page.
type Spec struct {
	Confidence string   `toml:"confidence"` // none, low, medium, high
	SSID       []string `toml:"ssid"`       // exact name, glob, or /regular expression/
	SSIDFile   string   `toml:"ssid_file"`  // list of exact names beside pack.toml: adds to SSID
	BSSID      []string `toml:"bssid"`      // beginning of an access point's address, 02:00:5e
	BSSIDFile  string   `toml:"bssid_file"` // list of them beside pack.toml: adds to BSSID
	Security   []string `toml:"security"`   // open, owe, wep, personal, enterprise

	PortalHost  []string          `toml:"portal_host"`  // host of the page's URL: name, glob or /regular expression/
	PortalPath  []string          `toml:"portal_path"`  // path of the page's URL, likewise
	PortalQuery []string          `toml:"portal_query"` // parameters of the page's URL, by name; all must be there
	Status      []int             `toml:"status"`       // HTTP status of the page
	Header      map[string]string `toml:"header"`       // header name to pattern of its value; all must hold
	Body        []string          `toml:"body"`         // text that the page contains
	CSS         []string          `toml:"css"`          // selector that finds something in the page
	WISPr       *bool             `toml:"wispr"`        // whether a WISPr message was seen
	Gateway     []string          `toml:"gateway"`      // address or prefix that the link's gateway is in

	// Network is the identity of the one network that the rule is for; nil: any. No file has it: it
	// binds a login that was remembered to the network where a person did it.
	Network *wifi.Identity `toml:"-"`
}

// String describes the rule in words.
func (s Spec) String() string {
	var parts []string
	add := func(format string, values ...string) {
		if len(values) > 0 {
			parts = append(parts, fmt.Sprintf(format, strings.Join(values, " or ")))
		}
	}
	listed := func(file string) []string {
		if file == "" {
			return nil
		}
		return []string{"one of " + file}
	}
	add("the network is named %s", append(quoted(s.SSID), listed(s.SSIDFile)...)...)
	add("the access point's address begins with %s", append(slices.Clone(s.BSSID), listed(s.BSSIDFile)...)...)
	add("its security is %s", s.Security...)
	add("the page's host is %s", s.PortalHost...)
	add("its path is %s", s.PortalPath...)
	if len(s.PortalQuery) > 0 {
		add("its query has %s", strings.Join(s.PortalQuery, " and "))
	}
	add("its status is %s", strings.Fields(strings.Trim(fmt.Sprint(s.Status), "[]"))...)
	for _, name := range sortedKeys(s.Header) {
		add("its header "+name+" is %s", s.Header[name])
	}
	add("it says %s", quoted(s.Body)...)
	add("it has %s", s.CSS...)
	if s.WISPr != nil && *s.WISPr {
		add("%s", "a WISPr message was received")
	} else if s.WISPr != nil {
		add("%s", "no WISPr message was received")
	}
	add("the gateway is in %s", s.Gateway...)
	if s.Network != nil {
		add("the network is %s", s.Network.String())
	}
	return s.Confidence + " where " + strings.Join(parts, ", and ")
}

func quoted(texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = fmt.Sprintf("%q", text)
	}
	return all
}
