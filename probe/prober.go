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
	// Endpoints are asked, all at once. None stands for [Defaults].
	Endpoints []Endpoint
	// Transport makes what sends through the link, and only through it, over one
	// address family or any; each probe asks for its own, and closes the connections
	// that are left idle. A transport must verify certificates, use no proxy and bound the
	// header of an answer. An https answer is trusted only where its certificate chain
	// was verified. What it calls of net/http/httptrace is the timeline of a check.
	Transport func(Family) http.RoundTripper
	// OnVerdict, where it is not nil, gets what is known as soon as there is a verdict: of a
	// portal before the way to its page is walked, so there are mostly no hops and no
	// address of it. It gets another one where that verdict is overturned; the last one
	// is that of the Evidence that Probe returns. Probe calls it and waits for it.
	OnVerdict func(Evidence)
	// Logger gets one line for each verdict told. Nil discards.
	Logger *slog.Logger
}

// Probe finds out what the link leads to. It takes at most 15 s, far less where
// something answers, and always ends in a verdict with its reason:
//
//   - [VerdictNone] without sending anything where the link has no carrier, address
//     or default route (a route to a point-to-point link counts as a gateway).
//   - [VerdictPortal] with the hops to the portal's page, its WISPr element and its
//     RFC 8908 document, where they are. It is told before they are looked for.
//   - [VerdictFull] as soon as two operators answered; where the link offers an RFC
//     8908 API, its document is waited for a little longer, for the time that is left
//     of a session stands there.
//   - [VerdictLimited] otherwise.
//   - [VerdictUnknown] only where the context ended first or the Prober cannot ask.
func (p *Prober) Probe(ctx context.Context, link Link) Evidence {
	t := &teller{told: p.OnVerdict, logger: p.logger()}
	evidence := p.probe(ctx, link, t)
	t.tell(evidence)
	if evidence.Verdict == VerdictPortal {
		p.logger().Debug("portal looked at", "interface", link.Interface, "portal", web.RedactURLText(evidence.PortalURL), "hops", len(evidence.Hops))
	}
	return evidence
}

func (p *Prober) probe(ctx context.Context, link Link, t *teller) Evidence {
	start := time.Now()
	if reason := unusable(link); reason != "" {
		return Evidence{Verdict: VerdictNone, Reason: reason, Time: start, Link: link}
	}
	endpoints, err := p.endpoints()
	if err != nil {
		return Evidence{Verdict: VerdictUnknown, Reason: err.Error(), Time: start, Link: link}
	}
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	r := newRun(p, link, start, t)
	defer r.end()
	defer cancel()
	return r.probe(ctx, endpoints)
}

// unusable says why nothing can be sent over the link, or "".
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
