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

// captureTransport answers requests with the responses of a capture.
type captureTransport struct {
	exchanges []*exchange
	used      map[*exchange]bool
}

func newCaptureTransport(s *session) *captureTransport {
	t := &captureTransport{used: map[*exchange]bool{}, exchanges: slices.Clone(s.hops)}
	for _, a := range s.actions {
		t.exchanges = append(t.exchanges, a.exchanges...)
	}
	return t
}

// RoundTrip returns the next response to the URL, else to the same path with a query of the
// same names, because tokens differ at each view of a page.
func (t *captureTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
		if _, err := io.Copy(io.Discard, io.LimitReader(request.Body, portal.MaxBody)); err != nil {
			return nil, err
		}
	}
	target := *request.URL
	target.Fragment, target.RawFragment = "", ""
	for _, fits := range []func(*exchange) bool{
		func(x *exchange) bool { return !t.used[x] && x.url.String() == target.String() },
		func(x *exchange) bool { return x.url.String() == target.String() },
		func(x *exchange) bool {
			names := slices.Equal(slices.Sorted(maps.Keys(x.url.Query())), slices.Sorted(maps.Keys(target.Query())))
			return !t.used[x] && x.url.Host == target.Host && x.url.Path == target.Path && names
		},
	} {
		i := slices.IndexFunc(t.exchanges, func(x *exchange) bool { return x.method == request.Method && fits(x) })
		if i >= 0 {
			t.used[t.exchanges[i]] = true
			return t.exchanges[i].response(request), nil
		}
	}
	return nil, fmt.Errorf("%s %s is not in the capture", request.Method, web.RedactURL(&target))
}

// response returns the HTTP response of an exchange.
func (x *exchange) response(request *http.Request) *http.Response {
	return &http.Response{
		StatusCode: x.page.Status, Status: fmt.Sprintf("%d %s", x.page.Status, http.StatusText(x.page.Status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: x.page.Header.Clone(), ContentLength: int64(len(x.page.Body)),
		Body: io.NopCloser(strings.NewReader(x.page.Body)), Request: request,
	}
}

// job returns the job to log in with a transport and the typed values.
func (p *draft) job(s *session, over http.RoundTripper) plugins.Job {
	evidence := s.evidence()
	return plugins.Job{
		Network:  wifi.Network{},
		Evidence: evidence,
		Consent:  consent.Given{Terms: consent.Always, Cleartext: true},
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, // responses are there already
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

// evidence returns the evidence of a probe.
func (s *session) evidence() probe.Evidence {
	landing := s.landing()
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
