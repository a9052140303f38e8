package portal_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"hotspot-helper/portal"
)

func TestCheckTarget(t *testing.T) {
	for _, test := range []struct {
		addr, gateway string
		ok            bool
	}{
		{"192.0.2.1", "", true},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.9", "10.0.0.1", true},
		{"1.1.1.1", "", true}, // virtual address of some controllers
		{"2001:db8::1", "", true},
		{"fd00::1", "", true},
		{"127.0.0.1", "10.0.0.1", false},
		{"127.0.0.1", "127.0.0.1", true}, // laboratories
		{"127.8.8.8", "127.0.0.1", false},
		{"::1", "", false},
		{"::ffff:127.0.0.1", "", false},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"169.254.169.254", "", false},
		{"169.254.1.1", "169.254.1.1", true},
		{"fe80::1", "fe80::1", true},
		{"fe80::1%wlan0", "fe80::1", true},
		{"fe80::1", "fe80::1%wlan0", true},
		{"fe80::2%wlan0", "fe80::1%wlan0", false},
		{"0.0.0.0", "", false},
		{"0.1.2.3", "", false},
		{"::", "", false},
		{"224.0.0.1", "", false},
		{"ff02::1", "", false},
		{"255.255.255.255", "", false},
		{"", "", false},
	} {
		addr, _ := netip.ParseAddr(test.addr)
		gateway, _ := netip.ParseAddr(test.gateway)
		err := portal.CheckTarget(addr, gateway)
		if _, refused := errors.AsType[*portal.HostError](err); (err == nil) != test.ok || refused == test.ok {
			t.Errorf("CheckTarget(%q, gateway %q) = %v, want ok %v", test.addr, test.gateway, err, test.ok)
		}
	}
}

func TestNewJoinsMistakes(t *testing.T) {
	_, err := portal.New(portal.Config{Hosts: []string{
		"ok.test", "*.com", "*.co.uk", "*.test", "*.192.0.2.1", "*", "http://x.test", "x.test/path", "x.test:80", "a..b",
		"2130706433", "0x7f.1", "", "*.", "evil／cafe.test", "*.github.io", "*.CO.UK", "*.com.", "*.xn--p1ai", "*.公司.cn",
		"*.*.cafe.test", "ada:pw@cafe.test", "*.0x7f.1", "*.localhost",
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"transport is missing", `"*.com"`, `"*.co.uk"`, `"*.test"`, `"*.192.0.2.1"`, `"*"`, `"http://x.test"`,
		`"x.test/path"`, `"x.test:80"`, `"a..b"`, `"2130706433"`, `"0x7f.1"`, `""`, `"*."`, `"evil／cafe.test"`, `"*.github.io"`, `"*.CO.UK"`, `"*.com."`, `"*.xn--p1ai"`, `"*.公司.cn"`,
		`"*.*.cafe.test"`, `"ada:pw@cafe.test"`, `"*.0x7f.1"`, `"*.localhost"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %s:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "ok.test") {
		t.Errorf("error names the good pattern:\n%v", err)
	}
	if _, err := portal.New(portal.Config{Transport: network{}.transport(t)}); err == nil {
		t.Error("a session without hosts was made")
	}
}

func TestHosts(t *testing.T) {
	hosts := []string{"Login.Cafe.TEST.", "*.wild.test", "@start", "@gateway", "bücher.test", "[2001:db8::7]", "127.0.0.9", "localhost"}
	start := &url.URL{Scheme: "http", Host: "Start.test:8080", Path: "/x"}
	for target, ok := range map[string]bool{
		"http://login.cafe.test/":             true,
		"HTTPS://LOGIN.cafe.test./":           true,
		"http://login.cafe.test:8443/":        true,
		" http://login.cafe.test/\n":          true,
		"http:\\\\login.cafe.test\\x":         true,
		"http://ada:pw@login.cafe.test/":      true,
		"http://cafe.test/":                   false,
		"http://login.cafe.test.evil.test/":   false,
		"http://evil.test/login.cafe.test":    false,
		"http://login.cafe.test@evil.test/":   false,
		"http://evil.test\\@login.cafe.test/": false,
		"http://a.wild.test/":                 true,
		"http://b.a.wild.test/":               true,
		"http://wild.test/":                   false,
		"http://notwild.test/":                false,
		"http://start.test/":                  true,
		"http://10.1.0.1/":                    true,
		"http://10.1.0.1:2050/":               true,
		"http://[::ffff:10.1.0.1]/":           true,
		"http://10.1.0.2/":                    false,
		"http://167837697/":                   false, // 10.1.0.1 in another spelling
		"http://10.1.1/":                      false,
		"http://0xa.1.0.1/":                   false,
		"http://bücher.test/":                 true,
		"http://xn--bcher-kva.test/":          true,
		"http://ＢÜＣＨＥＲ.test/":                 true,
		"http://[2001:DB8:0::7]/":             true,
		"http://[2001:db8::8]/":               false,
		"http://127.0.0.9/":                   false, // listed, and loopback
		"http://localhost/":                   false,
		"http:///x":                           false,
		"/x":                                  false,
		"":                                    false,
		"file:///etc/passwd":                  false,
		"javascript:alert(1)":                 false,
		"data:text/html,x":                    false,
		"ftp://login.cafe.test/":              false,
		"http://login.cafe.test:x/":           false,
		"http://[fe80::1%25eth0]/":            false,
		"http://login.cafe.test%2fevil/":      false,
	} {
		synctest.Test(t, func(t *testing.T) {
			session := network{}.sessionWith(t, portal.Config{Hosts: hosts, Start: start, Gateway: netip.MustParseAddr("10.1.0.1")})
			_, err := session.Open(t.Context(), target)
			if dialled := errors.Is(err, errRefused); dialled != ok {
				t.Errorf("Open(%q): %v, want dialled %v", target, err, ok)
			}
			if dialled := len(session.Trace()) == 1; dialled != ok {
				t.Errorf("Open(%q): trace %v, want dialled %v", target, session.Trace(), ok)
			}
		})
	}
}

func TestHostErrorIsFound(t *testing.T) {
	session := network{}.session(t, "login.cafe.test")
	_, err := session.Open(t.Context(), "http://evil.test/?pin=1234")
	refused, ok := errors.AsType[*portal.HostError](err)
	if !ok || refused.Host != "evil.test" {
		t.Errorf("error %v, want a HostError for evil.test", err)
	}
	if strings.Contains(err.Error(), "1234") {
		t.Errorf("error shows the query: %v", err)
	}
}

// An Internet without Start and Gateway: the patterns name nothing.
func TestHostsUnknown(t *testing.T) {
	session := network{}.session(t, "@start", "@gateway")
	for _, target := range []string{"http://10.1.0.1/", "http://start.test/", "http:///"} {
		if _, err := session.Open(t.Context(), target); err == nil || len(session.Trace()) > 0 {
			t.Errorf("Open(%q) = %v, trace %v", target, err, session.Trace())
		}
	}
}
