package probe_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/probe"
)

// Networks without Internet or portal: the reason says where they end, within 3 s.
func TestConformanceDead(t *testing.T) {
	limited := probe.VerdictLimited
	const dead = 2900 * time.Millisecond
	conform(t, []world{
		{name: "dead behind the gateway", tcp: dropped, tls: dropped, verdict: limited, reason: "none of 7 checks was answered: names resolve, but no connection is accepted", trips: 28, within: dead},
		{name: "silent name servers", dns: silentDNS, tcp: dropped, tls: dropped, verdict: limited, reason: "the name servers are silent", trips: 28, within: dead},
		{name: "name servers that fail", dns: servfail, tcp: dropped, tls: dropped, verdict: limited, reason: "names cannot be resolved; debian: server failure", trips: 12, within: dead},
		{name: "name servers that know no name", dns: noName, tcp: dropped, tls: dropped, verdict: limited, reason: "the name servers know no name", trips: 12, within: dead},
		{name: "connections refused", tcp: refused, tls: refused, verdict: limited, reason: "connections are refused", trips: 3, within: dead},
		{name: "connections reset", http: hosts{"*": raw(0)}, tls: refused, verdict: limited, reason: "connections are cut off", within: dead},
		{name: "half-open connections", http: hosts{"*": silent}, tls: dropped, verdict: limited, reason: "connections are accepted, but nothing comes back", trips: 28, within: dead},
		{name: "a head that drips", http: hosts{"*": raw(time.Second, "HTTP/1.1 2", "0", "0", " ", "O", "K", "\r")}, tls: dropped, verdict: limited, reason: "nothing comes back", trips: 28, within: dead},
		{name: "names are the gateway's private address, nothing answers", dns: wildcard("10.0.0.1"), tcp: dropped, tls: dropped, verdict: limited, reason: "resolves to 10.0.0.1:80, a private address", within: dead},
		{name: "no name servers", link: func(l *probe.Link) { l.DNS = nil }, dns: noServers, tcp: dropped, verdict: limited, reason: "no name servers are known for this link"},
		{name: "dead after a slow name server", rtt: 1200 * time.Millisecond, tcp: dropped, tls: dropped, verdict: limited, reason: "no connection is accepted", trips: 3, within: 3700 * time.Millisecond},
		{name: "dead but for a proxy's errors", http: hosts{"*": page(504, "gateway timeout")}, tls: refused, verdict: limited, reason: "504", trips: 3},
		{name: "both families dead", families: "46", tcp: dropped, tls: dropped, verdict: limited, reason: "over IPv4, none of 7 checks", trips: 28, within: dead},

		// Nothing is sent.
		{name: "no carrier", link: func(l *probe.Link) { l.Carrier = false }, verdict: probe.VerdictNone, reason: "no carrier", within: 1},
		{name: "no address", link: func(l *probe.Link) { l.Addresses = nil }, verdict: probe.VerdictNone, reason: "no address", within: 1},
		{name: "no default route", link: func(l *probe.Link) { l.Gateways = nil }, verdict: probe.VerdictNone, reason: "no default route", within: 1},
		{name: "an IPv4 address and an IPv6 route", families: "46", link: func(l *probe.Link) { l.Addresses, l.Gateways = l.Addresses[:1], l.Gateways[1:] }, verdict: probe.VerdictNone, reason: "not of one address family", within: 1},
	})
}

// verdicts checks the verdict of each family.
func verdicts(want ...string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		var got []string
		for _, f := range e.Families {
			got = append(got, string(f.Family)+"="+f.Verdict.String())
			if f.Reason == "" {
				t.Errorf("%s: no reason", f.Family)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("families %q, want %q", got, want)
		}
	}
}

// Address families are judged apart. NetworkManager does so too and takes the better
// verdict; here a portal on one family counts, because what prefers it would be stuck.
func TestConformanceFamilies(t *testing.T) {
	full, portal := probe.VerdictFull, probe.VerdictPortal
	open := hosts{}
	conform(t, []world{
		{name: "both clear", families: "46", verdict: full, reason: "as wanted", trips: 3, also: verdicts("ipv4=full", "ipv6=full")},
		{name: "IPv6 only", families: "6", verdict: full, reason: "as wanted", trips: 3, also: verdicts("ipv6=full")},
		{name: "IPv6 only, captive", families: "6", http: captive(login), tls: refused, verdict: portal, reason: "decoy-ipv6: 302", portal: login, hops: "302 200", trips: 2, also: verdicts("ipv6=portal")},
		{name: "IPv4 captive, IPv6 clear", families: "46", http: captive(login), http6: open, verdict: portal, reason: "over IPv4, decoy-ipv4: 302", portal: login, hops: "302 200", trips: 2, also: verdicts("ipv4=portal", "ipv6=full")},
		{name: "IPv6 captive, IPv4 clear", families: "46", http: open, http6: captive(login), verdict: portal, reason: "over IPv6, decoy-ipv6: 302", portal: login, hops: "302 200", trips: 2, also: verdicts("ipv4=full", "ipv6=portal")},
		{name: "IPv6 captive in place, by a relative way", families: "46", http: open, http6: hosts{"*": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/portal" {
				page(200, form)(w, r)
				return
			}
			redirect("/portal", 302)(w, r)
		}}, verdict: portal, reason: "over IPv6", portal: anywhere, hops: "302 200", trips: 2, also: endsAt("/portal")},
		{name: "both captive", families: "46", http: captive(login), tls: refused, verdict: portal, reason: "302", portal: login, hops: "302 200", trips: 2, also: verdicts("ipv4=portal", "ipv6=portal")},
		{name: "IPv4 captive, IPv6 silent", families: "46", http: captive(login), http6: open, tcp6: dropped, tls: dropped, verdict: portal, reason: "over IPv4", portal: login, hops: "302 200", trips: 2},
		{name: "IPv4 clear, IPv6 silent", families: "46", tcp6: dropped, verdict: full, reason: "IPv6 is not decided", trips: 4},
		{name: "IPv4 clear, IPv6 refused", families: "46", tcp6: refused, verdict: full, reason: "over IPv4", trips: 4},
		{name: "IPv4 clear, no name has an IPv6 address", families: "46", dns6: noName, verdict: full, reason: "over IPv4", trips: 4},
		{name: "IPv6 clear, IPv4 dead", families: "46", tcp: dropped, tcp6: exceptDecoys, verdict: full, reason: "over IPv6", trips: 4},
		{
			name: "IPv6 captive without names, IPv4 clear", families: "46", http: open, http6: captive("http://[2001:db8:9::1]/login").but(hosts{"[2001:db8:9::1]": page(200, form)}), dns6: silentDNS, verdict: portal,
			reason: "over IPv6, decoy-ipv6", portal: "http://[2001:db8:9::1]/login", hops: "302 200", trips: 2,
		},
		{name: "IPv6 captive, the portal on IPv4", families: "46", http: open.but(hosts{"10.0.0.1": page(200, form)}), http6: captive("http://10.0.0.1/login"), verdict: portal, reason: "over IPv6", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2},
		{name: "endpoints of the other family only", families: "4", endpoints: []probe.Endpoint{{Name: "own", Operator: "Me", URL: "http://own.test/", Status: 204, Family: probe.FamilyIPv6}}, verdict: probe.VerdictUnknown, reason: "no check can be asked"},
	})
}

// endsAt checks the path of the portal URL.
func endsAt(path string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		if !strings.HasSuffix(e.PortalURL, path) {
			t.Errorf("portal %q, want one that ends in %s", e.PortalURL, path)
		}
	}
}
