package probe_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
)

// together counts the requests that are under way at once.
type together struct{ now, most atomic.Int32 }

func (c *together) over(dial func(probe.Family) http.RoundTripper) func(probe.Family) http.RoundTripper {
	return func(f probe.Family) http.RoundTripper { return underWay{dial(f), c} }
}

type underWay struct {
	http.RoundTripper

	count *together
}

func (c underWay) RoundTrip(r *http.Request) (*http.Response, error) {
	n := c.count.now.Add(1)
	defer c.count.now.Add(-1)
	for most := c.count.most.Load(); n > most && !c.count.most.CompareAndSwap(most, n); most = c.count.most.Load() {
	}
	return c.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections ends dials that nobody waits for, too.
func (c underWay) CloseIdleConnections() {
	c.RoundTripper.(interface{ CloseIdleConnections() }).CloseIdleConnections()
}

// A gentle probe asks one thing at a time, and has time for the answer.
func TestGently(t *testing.T) {
	const each = 12 * time.Second
	way := captive(login)
	slowWay := hosts{}
	for host, h := range way {
		slowWay[host] = late(each, h)
	}
	const full, portal, limited = probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited
	tests := []struct {
		name    string
		now     world
		turn    int
		verdict probe.Verdict
		silent  bool
		all     bool  // all checks are asked in the end
		most    int32 // requests at once; 0: one, or not counted if all are asked
		within  time.Duration
	}{
		{name: "slow portal", now: world{http: slowWay, tls: refused}, verdict: portal, within: 4*each + 2*time.Second},
		{name: "slow portal that cuts TLS off", now: world{http: slowWay, tls: resetLate}, verdict: portal, within: 4*each + 2*time.Second},
		{name: "fast portal", now: world{http: captive(login), tcp: exceptDecoys, tls: refused}, turn: 2, verdict: portal, within: 2 * time.Second},
		{name: "silent", now: world{http: hosts{"*": silent}, tls: dropped}, verdict: limited, silent: true, most: 2, within: 27 * time.Second},
		{name: "http is accepted and silent, https is clear", now: world{http: hosts{"*": silent, google: internet, grapheneos: internet}}, verdict: full, all: true, within: 40 * time.Second},
		{name: "open again", now: world{}, verdict: full, all: true, within: 2 * time.Second},
		{name: "one operator is filtered", now: world{http: hosts{debian: page(200, "blocked by the filter")}}, verdict: full, all: true, within: 2 * time.Second},
		{name: "nothing is accepted", most: 4, now: world{tcp: dropped, tls: dropped}, verdict: limited, within: 40 * time.Second},
		{name: "refused", now: world{tcp: refused, tls: refused}, verdict: limited, within: 2 * time.Second},
		{name: "two families, one captive", most: 3, now: world{families: "46", http: captive(login), http6: hosts{"*": silent}, tcp6: dropped, tls: refused}, verdict: portal, within: 20 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count together
				began := time.Now()
				e := (&probe.Prober{Transport: count.over(test.now.transports())}).Gently(t.Context(), test.now.joined(), test.turn)
				if e.Verdict != test.verdict || e.Silent != test.silent || e.Gentle == test.all {
					t.Errorf("verdict %v, silent %t, gentle %t: %s", e.Verdict, e.Silent, e.Gentle, e.Reason)
				}
				if most := count.most.Load(); !test.all && most > max(1, test.most) {
					t.Errorf("%d requests at once", most)
				}
				if took := time.Since(began); took > test.within {
					t.Errorf("took %v, want at most %v", took, test.within)
				}
				if e.Verdict == portal && (e.PortalURL != login || e.Hops[len(e.Hops)-1].Status != http.StatusOK) {
					t.Errorf("portal %q, hops %+v", e.PortalURL, e.Hops)
				}
			})
		})
	}
}

// A probe says of a gateway that does not answer in time that one thing should be asked at a time; and a
// gentle one that is stopped ends at once.
func TestSilentLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mute := world{http: hosts{"*": silent}, tls: dropped}
		for name, test := range map[string]struct {
			world  world
			silent bool
		}{
			"silent":        {mute, true},
			"TLS cut off":   {world{http: hosts{"*": silent}, tls: resetLate}, true},
			"dropped":       {world{tcp: dropped, tls: dropped}, false},
			"reset":         {world{tcp: refused, tls: refused}, false},
			"error pages":   {world{http: hosts{"*": page(502, "bad gateway")}, tls: dropped}, false},
			"full":          {world{}, false},
			"portal":        {world{http: captive(login), tls: refused}, false},
			"no page comes": {world{http: captive(login).but(hosts{"portal.test": silent}), tls: refused}, true},
		} {
			e := (&probe.Prober{Transport: test.world.transports()}).Probe(t.Context(), test.world.joined())
			if e.Silent != test.silent || e.Gentle {
				t.Errorf("%s: silent %t, gentle %t: %s, hops %+v", name, e.Silent, e.Gentle, e.Reason, e.Hops)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		began := time.Now()
		if e := (&probe.Prober{Transport: mute.transports()}).Gently(ctx, mute.joined(), 0); e.Verdict != probe.VerdictUnknown || time.Since(began) > 2*time.Second {
			t.Errorf("after %v: %v", time.Since(began), e.Verdict)
		}
	})
}
