package probe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"hotspot-helper/internal/web"
)

// Prober probes links. It keeps nothing between probes and may probe several links at once.
type Prober struct {
	// Endpoints are requested, all at once. Empty means [Defaults].
	Endpoints []Endpoint
	// Transport returns a transport that sends through the link only, over one address
	// family or any. Each probe makes its own and closes their idle connections. A transport
	// must verify certificates, use no proxy and bound the header of a response. An https
	// response is trusted only if its certificate chain was verified. The timeline of a check is
	// what the transport reports by net/http/httptrace.
	Transport func(Family) http.RoundTripper
	// SkipAPI leaves the link's captive portal API alone, which said that it is busy.
	SkipAPI bool
	// LeavePage leaves the portal's page alone, and what leads to it: a person may have it open, and for many portals
	// each request for it ends what the one before began. There are no hops then.
	LeavePage bool
	// OnVerdict is called with what is known as soon as there is a verdict. A portal is
	// announced before its page is fetched, so there are mostly no hops and no portal URL yet.
	// It is called again when the verdict changes; the last call has the verdict of the
	// Evidence that Probe returns. Probe waits for each call. Nil is not called.
	OnVerdict func(Evidence)
	// Logger gets one line for each verdict announced, and at the debug level one for each
	// request. Nil discards.
	Logger *slog.Logger
}

// Probe finds out what the link leads to. It takes at most 15 s, far less if a check is
// answered, and always returns a verdict with its reason:
//
//   - [VerdictNone] without a request if the link has no carrier, address or default
//     route (a route to a point-to-point link counts as a gateway).
//   - [VerdictPortal] with the hops to the portal's page, its WISPr message and its RFC 8908
//     document, if there are any. It is announced before they are fetched.
//   - [VerdictFull] as soon as two operators' checks succeeded. If the link offers an RFC
//     8908 API, Probe waits a little longer for its document, because it may have the time
//     that is left of a session.
//   - [VerdictLimited] otherwise.
//   - [VerdictUnknown] only if the context ended first or the Prober cannot send.
func (p *Prober) Probe(ctx context.Context, link Link) Evidence {
	r := &reporter{onVerdict: p.OnVerdict, logger: p.logger()}
	evidence := p.probe(ctx, link, r)
	r.report(evidence)
	if evidence.Verdict == VerdictPortal {
		p.logger().Debug("portal followed", "interface", link.Interface, "portal", web.RedactURLText(evidence.PortalURL), "hops", len(evidence.Hops))
	}
	return evidence
}

func (p *Prober) probe(ctx context.Context, link Link, reporter *reporter) Evidence {
	began := time.Now()
	if reason := unusable(link); reason != "" {
		return Evidence{Verdict: VerdictNone, Reason: reason, Time: began, Link: link}
	}
	endpoints, err := p.endpoints()
	if err != nil {
		return Evidence{Verdict: VerdictUnknown, Reason: err.Error(), Time: began, Link: link}
	}
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	r := newRun(p, link, began, reporter)
	defer r.end()
	defer cancel()
	return r.probe(ctx, endpoints)
}

// unusable returns why nothing can be sent over the link, or "".
func unusable(link Link) string {
	switch {
	case !link.Carrier:
		return fmt.Sprintf("interface %s has no carrier", link.Interface)
	case len(link.Addresses) == 0:
		return fmt.Sprintf("interface %s has no address", link.Interface)
	case len(link.Gateways) == 0:
		return fmt.Sprintf("interface %s has no default route", link.Interface)
	case len(families(link)) == 0:
		return fmt.Sprintf("interface %s has an address and a default route, but not of one address family", link.Interface)
	default:
		return ""
	}
}

func (p *Prober) endpoints() ([]Endpoint, error) {
	if p.Transport == nil {
		return nil, errors.New("prober has no transport")
	}
	if len(p.Endpoints) > 0 {
		return p.Endpoints, nil
	}
	return Defaults()
}

func (p *Prober) logger() *slog.Logger {
	if p.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Logger
}
