package record

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// tape answers what the capture has, to a flow that asks for it once more.
type tape struct {
	exchanges []*exchange
	played    map[*exchange]bool
}

func newTape(s *story) *tape {
	t := &tape{played: map[*exchange]bool{}, exchanges: slices.Clone(s.hops)}
	for _, a := range s.acts {
		t.exchanges = append(t.exchanges, a.answers...)
	}
	return t
}

// RoundTrip returns the next answer to such a request: to the letter, else to the same
// place with a query of the same names, for tokens are other ones at each view of a page.
func (t *tape) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
		if _, err := io.Copy(io.Discard, io.LimitReader(request.Body, portal.MaxBody)); err != nil {
			return nil, err
		}
	}
	target := *request.URL
	target.Fragment, target.RawFragment = "", ""
	for _, fits := range []func(*exchange) bool{
		func(x *exchange) bool { return !t.played[x] && x.url.String() == target.String() },
		func(x *exchange) bool { return x.url.String() == target.String() },
		func(x *exchange) bool {
			names := slices.Equal(slices.Sorted(maps.Keys(x.url.Query())), slices.Sorted(maps.Keys(target.Query())))
			return !t.played[x] && x.url.Host == target.Host && x.url.Path == target.Path && names
		},
	} {
		i := slices.IndexFunc(t.exchanges, func(x *exchange) bool { return x.method == request.Method && fits(x) })
		if i >= 0 {
			t.played[t.exchanges[i]] = true
			return t.exchanges[i].response(request), nil
		}
	}
	return nil, fmt.Errorf("%s %s is not in the capture", request.Method, web.RedactURL(&target))
}

// response is the answer of an exchange.
func (x *exchange) response(request *http.Request) *http.Response {
	return &http.Response{
		StatusCode: x.page.Status, Status: fmt.Sprintf("%d %s", x.page.Status, http.StatusText(x.page.Status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: x.page.Header.Clone(), ContentLength: int64(len(x.page.Body)),
		Body: io.NopCloser(strings.NewReader(x.page.Body)), Request: request,
	}
}

// job has a pack log in by the capture, with what was typed.
func (p *plan) job(s *story, over http.RoundTripper) plugins.Job {
	evidence := s.evidence()
	return plugins.Job{
		Network:  wifi.Network{},
		Evidence: evidence,
		Consent:  consent.Given{Terms: consent.Always, Cleartext: true},
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, // there is nothing to wait for
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(evidence)
			config.Transport, config.Hosts, config.Shared, config.Cleartext = over, hosts, shared, true
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			for _, in := range p.inputs {
				if in.name != name {
					continue
				}
				value := in.value
				if value == "" {
					value = p.fakes()[name]
				}
				if in.secret {
					return portal.Secret(value), true, nil
				}
				return portal.Plain(value), true, nil
			}
			return portal.Value{}, false, nil
		},
	}
}

// evidence is what a probe would have seen.
func (s *story) evidence() probe.Evidence {
	landing := s.hops[len(s.hops)-1]
	e := probe.Evidence{
		Verdict: probe.VerdictPortal, Reason: "recorded", PortalURL: landing.url.String(),
		Link: probe.Link{Interface: "wlan0", Index: 1, Carrier: true},
	}
	if gateway, err := netip.ParseAddr(landing.url.Hostname()); err == nil {
		e.Link.Gateways = []netip.Addr{gateway}
	}
	for _, x := range s.hops {
		e.Hops = append(e.Hops, probe.Hop{URL: x.url.String(), Status: x.page.Status, Header: x.page.Header.Clone(), Body: x.page.Body})
	}
	return e
}
