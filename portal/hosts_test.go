package portal_test

import (
	"errors"
	"fmt"
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
		{"127.0.0.1", "127.0.0.1", true}, // test networks
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
		{"0.0.0.0", "0.0.0.0", false},
		{"::", "::", false},
		{"::10.0.0.9", "", false},
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

// No address of this computer is a target, even if it is the gateway.
func TestCheckTargetRefusesThisComputer(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("fd00::7"), netip.MustParseAddr("fe80::7%wlan0"), netip.MustParseAddr("172.17.0.1")}
	for addr, ok := range map[string]bool{
		"10.0.0.7": false, "::ffff:10.0.0.7": false, "fd00::7": false, "fe80::7": false, "172.17.0.1": false, "127.0.0.1": false, "127.0.0.9": false, "::1": false, "0.0.0.0": false, "::": false,
		"10.0.0.1": true, "fe80::1": true,
	} {
		target := netip.MustParseAddr(addr)
		err := portal.CheckTarget(target, target, own...)
		if _, refused := errors.AsType[*portal.HostError](err); (err == nil) != ok || refused == ok {
			t.Errorf("CheckTarget(%s) = %v, want ok %v", addr, err, ok)
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

// Mistakes in shared patterns and @param patterns.
func TestNewRefusesSharedAndParam(t *testing.T) {
	for name, test := range map[string]struct {
		hosts, shared []string
		want          string
	}{
		"shared alone":             {shared: []string{"*.cloud.test"}},
		"beside each other":        {hosts: []string{"login.cafe.test", "@start", "@param:sip"}, shared: []string{"*.cloud.test", "192.0.2.1"}},
		"a part is shared":         {hosts: []string{"*.cloud.test"}, shared: []string{"n1.cloud.test"}},
		"in both":                  {hosts: []string{"a.test"}, shared: []string{"A.test."}, want: `parse host pattern "a.test": listed among the shared hosts, too`},
		"a suffix in both":         {hosts: []string{"*.a.test"}, shared: []string{"*.a.test"}, want: `parse host pattern "*.a.test": listed among`},
		"a name below a shared":    {hosts: []string{"n1.a.test"}, shared: []string{"*.a.test"}, want: `parse host pattern "n1.a.test": listed among`},
		"a suffix below a shared":  {hosts: []string{"*.n1.a.test"}, shared: []string{"*.a.test"}, want: `parse host pattern "*.n1.a.test": listed among`},
		"start is not shared":      {shared: []string{"@start"}, want: `parse host pattern "@start": a shared host must be spelled out`},
		"parameter is not shared":  {shared: []string{"@param:x"}, want: `parse host pattern "@param:x": a shared host must be spelled out`},
		"a registry is not shared": {shared: []string{"*.com"}, want: `parse host pattern "*.com": public suffix`},
		"no parameter":             {hosts: []string{"@param:"}, want: `want @param:NAME, the name of a query parameter`},
		"two words":                {hosts: []string{"@param:a b"}, want: `want @param:NAME`},
		"unknown":                  {hosts: []string{"@param"}, want: `not a name`},
		"none":                     {want: "host patterns are missing"},
	} {
		_, err := portal.New(portal.Config{Hosts: test.hosts, Shared: test.shared, Transport: network{}.transport(t)})
		if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// The host of a parameter is in the portal's URL, else in the visited URLs, the last first.
func TestParamHosts(t *testing.T) {
	for name, test := range map[string]struct {
		start   string
		way     []string
		reached string // the one host; empty: none
	}{
		"address":               {start: "http://venue.test/?sip=10.1.1.1", reached: "10.1.1.1"},
		"address and port":      {start: "http://venue.test/?sip=10.1.1.1:9997", reached: "10.1.1.1"},
		"name":                  {start: "http://venue.test/?sip=WLC.corp.test.", reached: "wlc.corp.test"},
		"URL":                   {start: "http://venue.test/?sip=http%3A%2F%2F10.1.1.1%3A8000%2Flogin.html%3Fa%3Db", reached: "10.1.1.1"},
		"secure URL":            {start: "http://venue.test/?sip=https://wlc.corp.test/login.html", reached: "wlc.corp.test"},
		"IPv6":                  {start: "http://venue.test/?sip=2001:db8::7", reached: "[2001:db8::7]"},
		"IPv6 and port":         {start: "http://venue.test/?sip=[2001:db8::7]:80", reached: "[2001:db8::7]"},
		"on the way":            {start: "http://venue.test/", way: []string{"http://a.test/?sip=10.1.1.1", "http://venue.test/"}, reached: "10.1.1.1"},
		"the last on the way":   {start: "http://venue.test/", way: []string{"http://a.test/?sip=10.1.1.1", "http://b.test/?sip=10.1.1.2"}, reached: "10.1.1.2"},
		"the portal's first":    {start: "http://venue.test/?sip=10.1.1.3", way: []string{"http://a.test/?sip=10.1.1.1"}, reached: "10.1.1.3"},
		"the first of two":      {start: "http://venue.test/?sip=10.1.1.1&sip=10.1.1.2", reached: "10.1.1.1"},
		"no portal":             {way: []string{"http://a.test/?sip=10.1.1.1"}, reached: "10.1.1.1"},
		"the gateway":           {start: "http://venue.test/?sip=127.0.0.1", reached: "127.0.0.1"}, // in a test network
		"none":                  {start: "http://venue.test/?SIP=10.1.1.1"},
		"empty":                 {start: "http://venue.test/?sip=", way: []string{"http://a.test/?sip=10.1.1.1"}},
		"this computer":         {start: "http://venue.test/?sip=127.0.0.2"},
		"this computer by name": {start: "http://venue.test/?sip=localhost:631"},
		"link-local":            {start: "http://venue.test/?sip=169.254.169.254"},
		"odd spelling":          {start: "http://venue.test/?sip=0x0a010101"},
		"another scheme":        {start: "http://venue.test/?sip=ftp://10.1.1.1/"},
		"no scheme, slashes":    {start: "http://venue.test/?sip=//10.1.1.1/"},
		"a pattern":             {start: "http://venue.test/?sip=*.corp.test"},
		"a pattern as value":    {start: "http://venue.test/?sip=@gateway", reached: "gateway"}, // a name, not a pattern
	} {
		synctest.Test(t, func(t *testing.T) {
			config := portal.Config{Hosts: []string{"@param:sip"}, Gateway: netip.MustParseAddr("127.0.0.1")}
			if test.start != "" {
				config.Start = address(t, test.start)
			}
			for _, hop := range test.way {
				config.Visited = append(config.Visited, portal.Visit{URL: address(t, hop)})
			}
			for _, host := range []string{
				"10.1.1.1", "10.1.1.2", "10.1.1.3", "[2001:db8::7]", "wlc.corp.test", "127.0.0.1", "127.0.0.2", "localhost",
				"169.254.169.254", "venue.test", "a.test", "gateway", "*.corp.test", "sip",
			} {
				_, err := network{}.sessionWith(t, config).Open(t.Context(), "http://"+host+"/")
				if dialled := errors.Is(err, errRefused); dialled != (host == test.reached) {
					t.Errorf("%s: %s: %v, want %q", name, host, err, test.reached)
				}
			}
		})
	}
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Without Start and Gateway the @ patterns match nothing.
func TestHostsUnknown(t *testing.T) {
	session := network{}.session(t, "@start", "@gateway")
	for _, target := range []string{"http://10.1.0.1/", "http://start.test/", "http:///"} {
		if _, err := session.Open(t.Context(), target); err == nil || len(session.Trace()) > 0 {
			t.Errorf("Open(%q) = %v, trace %v", target, err, session.Trace())
		}
	}
}
