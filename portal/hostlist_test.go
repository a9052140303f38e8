package portal_test

import (
	"net/netip"
	"net/url"
	"testing"

	"hotspot-helper/portal"
)

func TestHostListCheck(t *testing.T) {
	start := &url.URL{Scheme: "http", Host: "start.test:8080"}
	hosts, err := portal.NewHostList(portal.Config{
		Hosts:  []string{"login.op.test", "*.op.example", "@start", "@gateway"},
		Shared: []string{"*.cloud.test"}, Start: start, Gateway: netip.MustParseAddr("192.0.2.1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for rawURL, want := range map[string]string{
		"https://LOGIN.op.test./in?a=b":      "named",
		"https://a.b.op.example/":            "named",
		"http://start.test/":                 "reached",
		"https://n1.cloud.test/":             "reached",
		"http://192.0.2.1:3990/":             "reached",
		"https://op.example/":                "refused",
		"https://login.op.test@evil.test/":   "refused",
		"https://evil.test/?login.op.test":   "refused",
		"https://login.op.test.evil.test/":   "refused",
		"ftp://login.op.test/":               "refused",
		"/in":                                "refused",
		"":                                   "refused",
		"https://login.op.test\\@evil.test/": "named", // a backslash is a slash, as in browsers
	} {
		named, err := hosts.Check(rawURL)
		got := "reached"
		switch {
		case err != nil:
			got = "refused"
		case named:
			got = "named"
		}
		if got != want {
			t.Errorf("%s is %s, want %s (%v)", rawURL, got, want, err)
		}
	}
	if _, err := portal.NewHostList(portal.Config{Hosts: []string{"*.com"}}); err == nil {
		t.Error("a public suffix is accepted")
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]bool{
		{"login.op.test", "LOGIN.op.test."}: true,
		{"*.op.test", "login.op.test"}:      true,
		{"*.op.test", "*.login.op.test"}:    true,
		{"*.op.test", "*.op.test"}:          true,
		{"*.com", "*.op.com"}:               true, // as a record of an earlier version may have it
		{"[2001:DB8::1]", "2001:db8:0::1"}:  true,
		{"login.op.test", "*.op.test"}:      false,
		{"*.op.test", "op.test"}:            false,
		{"*.op.test", "login.top.test"}:     false,
	} {
		patterns := portal.HostPatterns(pair[:])
		if got := len(patterns) == 2 && patterns[0].Covers(patterns[1]); got != want {
			t.Errorf("%q covers %q: %v", pair[0], pair[1], got)
		}
	}
	if found := portal.HostPatterns([]string{"@start", "@gateway", "@param:op.test", ""}); len(found) > 0 {
		t.Errorf("spelled out: %q", found)
	}
}
