package claims

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The kinds of claims.
const (
	KindName   = "name"   // by what is heard of a network before it is joined
	KindPortal = "portal" // by evidence: what the probe saw of the portal
)

// Kinds says what a helper claims by, in the order of the constants.
func (r *Rules) Kinds() []string {
	kinds := []string{}
	if len(r.byName) > 0 {
		kinds = append(kinds, KindName)
	}
	if len(r.byEvidence) > 0 {
		kinds = append(kinds, KindPortal)
	}
	return kinds
}

// String says in words what the rule claims, as a person reads it.
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
	for _, name := range slices.Sorted(maps.Keys(s.Header)) {
		add("its header "+name+" is %s", s.Header[name])
	}
	add("it says %s", quoted(s.Body)...)
	add("it has %s", s.CSS...)
	if s.WISPr != nil && *s.WISPr {
		add("%s", "a WISPr message was met")
	} else if s.WISPr != nil {
		add("%s", "no WISPr message was met")
	}
	add("the gateway is in %s", s.Gateway...)
	return s.Confidence + " where " + strings.Join(parts, ", and ")
}

func quoted(texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = fmt.Sprintf("%q", text)
	}
	return all
}
