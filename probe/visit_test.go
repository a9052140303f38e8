package probe_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/probe"
)

// visited is a portal with one page for each interception, that wants its cookie.
type visited struct {
	online   bool
	requests []string
}

func (v *visited) RoundTrip(r *http.Request) (*http.Response, error) {
	v.requests = append(v.requests, r.URL.String())
	answer := func(status int, body string, header ...string) (*http.Response, error) {
		response := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
		for i := 0; i+1 < len(header); i += 2 {
			response.Header.Set(header[i], header[i+1])
		}
		return response, nil
	}
	switch {
	case r.URL.Host == "check.test" && v.online:
		return answer(http.StatusNoContent, "")
	case r.URL.Host == "check.test":
		return answer(http.StatusFound, "", "Location", "http://portal.test/hop?n=2")
	case r.URL.Host == "gone.test":
		return nil, io.ErrUnexpectedEOF
	case r.URL.Path == "/hop":
		return answer(http.StatusFound, "", "Location", "/page", "Set-Cookie", "sid=2")
	case r.Header.Get("Cookie") == "sid=2":
		return answer(http.StatusOK, "<p>welcome")
	}
	return answer(http.StatusForbidden, "<p>no cookie")
}

// A visit follows the intercepted check anew, one request at a time and with the cookies of the way.
// What a visit does not find stays as the probe saw it.
func TestVisit(t *testing.T) {
	t.Parallel()
	first := func(url string) probe.Evidence {
		return probe.Evidence{
			Verdict: probe.VerdictPortal, Reason: "intercepted", PortalURL: "http://portal.test/old",
			Hops: []probe.Hop{{URL: url, Status: http.StatusFound}, {URL: "http://portal.test/old", Status: http.StatusOK, Body: "old"}},
		}
	}
	for name, test := range map[string]struct {
		before probe.Evidence
		online bool
		want   string // hops; empty: there is none
		sent   int
	}{
		"a portal":               {first("http://check.test/204"), false, "302 302 200", 3},
		"online by now":          {first("http://check.test/204"), true, "", 1},
		"no answer":              {first("http://gone.test/204"), false, "", 1},
		"no address":             {first("http://[::1"), false, "", 0},
		"nothing was followed":   {probe.Evidence{Verdict: probe.VerdictPortal}, false, "", 0},
		"only for WISPr clients": {probe.Evidence{Verdict: probe.VerdictPortal, WISPr: "<WISPAccessGatewayParam/>", Hops: first("http://check.test/204").Hops}, false, "", 0},
	} {
		network := &visited{online: test.online}
		p := &probe.Prober{
			Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: "http://check.test/204", Status: http.StatusNoContent}},
			Transport: func(probe.Family) http.RoundTripper { return network },
		}
		after, ok := p.Visit(t.Context(), test.before)
		var hops []string
		for _, hop := range after.Hops {
			hops = append(hops, fmt.Sprint(hop.Status))
		}
		switch {
		case len(network.requests) != test.sent:
			t.Errorf("%s: requests %q, want %d", name, network.requests, test.sent)
		case ok != (test.want != ""):
			t.Errorf("%s: found %t", name, ok)
		case !ok && (after.PortalURL != test.before.PortalURL || len(after.Hops) != len(test.before.Hops)):
			t.Errorf("%s: the evidence is now %+v", name, after)
		case ok && (strings.Join(hops, " ") != test.want || after.PortalURL != "http://portal.test/page" || after.Reason != test.before.Reason || !strings.Contains(after.Hops[2].Body, "welcome")):
			t.Errorf("%s: hops %q, page %q, reason %q", name, hops, after.PortalURL, after.Reason)
		}
	}
}
