package probe_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
)

// A look at a link that is online asks one check, and every check if that one does not agree.
func TestLook(t *testing.T) {
	const full, portal, limited = probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited
	const every = "captive.apple.com=2 connectivitycheck.grapheneos.network=1 connectivitycheck.gstatic.com=1 detectportal.firefox.com=1 network-test.debian.org=1 www.google.com=1"
	again := func(host string, others ...string) string {
		sent := append(strings.Fields(strings.Replace(every, host+"=1", host+"=2", 1)), others...)
		slices.Sort(sent)
		return strings.Join(sent, " ")
	}
	api := world{link: offers(secureAPI), http: hosts{"api.test": document(`{"captive":false,"seconds-remaining":60}`)}}
	tests := []struct {
		name    string
		before  world // probed with all checks
		portal  world // probed before that; without hosts: there was no portal
		now     world
		turn    int
		verdict probe.Verdict
		sent    string // requests by host, without the decoy
		within  time.Duration
	}{
		{name: "first", verdict: full, sent: debian + "=1", within: 3 * rtt},
		{name: "second", turn: 1, verdict: full, sent: apple + "=1", within: 3 * rtt},
		{name: "third", turn: 2, verdict: full, sent: android + "=1", within: 3 * rtt},
		{name: "fourth", turn: 3, verdict: full, sent: firefox + "=1", within: 3 * rtt},
		{name: "fifth", turn: 4, verdict: full, sent: debian + "=1", within: 3 * rtt},
		{name: "portal", now: world{http: captive(login), tcp: exceptDecoys, tls: refused}, verdict: portal, sent: again(debian, "document=1", "portal.test=1"), within: 9 * rtt},
		{name: "dead", now: world{tcp: dropped, tls: dropped}, verdict: limited, sent: again(debian), within: 6 * time.Second},
		{name: "the operator is blocked now", now: world{http: hosts{debian: page(403, "no")}}, verdict: full, sent: again(debian), within: 7 * rtt},
		{name: "the operator is silent now", now: world{tcp: only(dropped, debian, "203.0.113")}, verdict: full, sent: again(debian), within: 4 * time.Second},
		{name: "the operator was blocked before", before: world{http: hosts{debian: page(403, "no")}}, now: world{http: hosts{debian: page(403, "no")}}, verdict: full, sent: apple + "=1", within: 3 * rtt},
		{name: "the portal let the operator through", portal: world{http: captive(login).but(hosts{debian: internet}), tls: refused}, verdict: full, sent: apple + "=1", within: 3 * rtt},
		{name: "two families", before: world{families: "46"}, now: world{families: "46"}, verdict: full, sent: debian + "=2", within: 3 * rtt},
		{name: "two families, one never online", before: world{families: "46", tcp6: dropped}, now: world{families: "46", tcp6: dropped}, verdict: full, sent: debian + "=1", within: 3 * rtt},
		{name: "API", before: api, now: api, verdict: full, sent: "document=1 " + debian + "=1", within: 4 * rtt},
		{name: "API says captive", before: api, now: world{link: offers(secureAPI), http: hosts{"api.test": document(`{"captive":true,"user-portal-url":"` + login + `"}`), "portal.test": page(200, form)}}, verdict: portal, sent: again(debian, "document=2", "portal.test=1"), within: 12 * rtt},
		{name: "API silent", before: api, now: world{link: offers(secureAPI), http: hosts{"api.test": silent}}, verdict: full, sent: "document=1 " + debian + "=1", within: 3 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probed := func(w world) *probe.Evidence {
					e := (&probe.Prober{Transport: w.transports()}).Probe(t.Context(), w.joined())
					return &e
				}
				look := probe.Look{Turn: test.turn, Online: probed(test.before)}
				if test.portal.http != nil {
					look.Portal = probed(test.portal)
				}
				var count requests
				start := time.Now()
				e := (&probe.Prober{Transport: count.over(test.now.transports())}).Look(t.Context(), test.now.joined(), look)
				if took := time.Since(start); took > test.within+scheduling {
					t.Errorf("took %v, want at most %v", took, test.within)
				}
				delete(count.sent, "203.0.113.204")
				var sent []string
				for _, host := range slices.Sorted(maps.Keys(count.sent)) {
					sent = append(sent, fmt.Sprintf("%s=%d", host, count.sent[host]))
				}
				if got := strings.Join(sent, " "); got != test.sent || e.Verdict != test.verdict || e.Look == strings.Contains(test.sent, google) {
					t.Errorf("verdict %v, look %t, sent %q; want %v, %q", e.Verdict, e.Look, got, test.verdict, test.sent)
				}
			})
		})
	}
}
