package probe_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
)

// The timeline has every stage of a check, one round trip each here, also of a check
// without a response.
func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := world{http: hosts{debian: silent, android: silent, firefox: silent}, endpoints: named(t, "debian", "android-https", "decoy-ipv4")}
		e := (&probe.Prober{Transport: w.transports(), Endpoints: w.endpoints}).Probe(t.Context(), w.joined())
		is := func(d *time.Duration) string {
			if d == nil {
				return "-"
			}
			return d.String()
		}
		want := map[string][5]string{
			"debian":        {"100ms", "100ms", "-", "-", "198.51.100.80:80"},
			"android-https": {"100ms", "100ms", "100ms", "100ms", "198.51.100.80:443"},
			"decoy-ipv4":    {"-", "-", "-", "-", "203.0.113.204:80"},
		}
		for _, c := range e.Checks {
			l := c.Timeline
			if got := [5]string{is(l.DNS), is(l.Connect), is(l.TLS), is(l.FirstByte), l.Address}; got != want[c.Endpoint] {
				t.Errorf("%s: %q, want %q", c.Endpoint, got, want[c.Endpoint])
			}
		}
	})
}

// The portal's page is requested as soon as a response names it, before the verdict is
// final.
func TestWalkBeginsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		requested := make(chan time.Duration, 10)
		w := world{http: captive("http://10.0.0.1/login").but(hosts{"10.0.0.1": func(w http.ResponseWriter, r *http.Request) {
			requested <- time.Since(start)
			page(200, form)(w, r)
		}}), dns: silentDNS, tls: refused}
		e := (&probe.Prober{Transport: w.transports()}).Probe(t.Context(), w.joined())
		// 2 to the redirect, then 1 to connect and 1 to the request's arrival with its answer.
		if at := <-requested; at > 4*rtt+scheduling || e.Elapsed > 2*rtt+scheduling || !e.Time.Equal(start.Add(e.Elapsed)) {
			t.Errorf("requested after %v, verdict after %v at %v", at, e.Elapsed, e.Time.Sub(start))
		}
	})
}
