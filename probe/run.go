package probe

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// run is one probe under way. Its goroutines only send answers; the one that
// called [Prober.Probe] alone changes what is known.
type run struct {
	transport http.RoundTripper
	logger    *slog.Logger
	start     time.Time
	known     sight
	answers   chan answer
	tasks     sync.WaitGroup
	cancel    context.CancelFunc // of the checks
}

// answer is what one task brings: a check's, at its index, or the API's.
type answer struct {
	index  int
	result observation
	api    *CAPPORT
	isAPI  bool
}

func newRun(transport http.RoundTripper, logger *slog.Logger, start time.Time) *run {
	return &run{transport: transport, logger: logger, start: start, cancel: func() {}}
}

// probe asks, decides and looks closer. Whatever it started goes on until its
// context ends; [run.end] waits for that.
func (r *run) probe(ctx context.Context, endpoints []Endpoint, link Link) Evidence {
	r.ask(ctx, endpoints, apiURL(link))
	decision := r.decide(ctx)
	evidence := Evidence{Time: time.Now(), Link: link}
	if decision.verdict == VerdictFull {
		decision = r.awaitAPI(ctx, decision, time.After(apiTime))
	}
	evidence.Verdict, evidence.Reason = decision.verdict, decision.reason
	if decision.verdict == VerdictPortal {
		r.explore(ctx, &evidence, decision)
	}
	r.cancel()
	evidence.CAPPORT = r.known.api
	for _, o := range r.known.checks {
		evidence.Checks = append(evidence.Checks, o.Check)
	}
	return evidence
}

// ask sends every check, and the API's request where there is one, at once.
func (r *run) ask(ctx context.Context, endpoints []Endpoint, api string) {
	r.answers = make(chan answer, len(endpoints)+1)
	checks, cancel := context.WithCancel(ctx)
	r.cancel = cancel
	for i, e := range endpoints {
		r.known.checks = append(r.known.checks, observation{
			Check:    Check{Endpoint: e.Name, URL: e.URL},
			operator: e.Operator,
			secure:   e.secure(),
		})
		pending := r.known.checks[i]
		r.tasks.Go(func() { r.answers <- answer{index: i, result: r.check(checks, e, pending)} })
	}
	if api != "" {
		r.startAPI(ctx, api)
	}
}

// check asks one endpoint. It reads the body only where the head leaves the
// result open: the verdict need not wait for the rest. A check that the end of the
// probe cuts short stays out.
func (r *run) check(ctx context.Context, e Endpoint, o observation) observation {
	p, err := fetch(ctx, r.transport, e.URL, acceptPage, totalTime)
	if p != nil && !headSettles(p.hop) {
		p.read()
	}
	if ctx.Err() != nil {
		if p != nil {
			p.close()
		}
		return o
	}
	if err != nil {
		o.Result, o.Detail = classifyError(err)
	} else {
		o.Result, o.Detail = classify(e, p.hop)
	}
	o.page, o.Elapsed = p, time.Since(r.start)
	return o
}

// startAPI asks for an RFC 8908 document.
func (r *run) startAPI(ctx context.Context, url string) {
	r.known.asking = true
	r.tasks.Go(func() {
		document, err := askAPI(ctx, r.transport, url)
		if err != nil {
			r.logger.Debug("no captive portal API document", "error", err)
		}
		r.answers <- answer{isAPI: true, api: document}
	})
}

// take adds an answer to what is known.
func (r *run) take(a answer) {
	if a.isAPI {
		r.known.api, r.known.asking = a.api, false
		return
	}
	r.known.checks[a.index] = a.result
}

// drain takes what is there, for a timer that is due at the same time must not win by chance.
func (r *run) drain() {
	for {
		select {
		case a := <-r.answers:
			r.take(a)
		default:
			return
		}
	}
}

// decide takes answers until they decide, or until it is late: settleTime after a
// first success, checkTime after the start.
func (r *run) decide(ctx context.Context) ruling {
	late := time.After(checkTime)
	var settled <-chan time.Time
	for {
		now := judge(r.known)
		if now.decisive {
			return now
		}
		if now.verdict == VerdictFull && settled == nil {
			settled = time.After(settleTime)
		}
		select {
		case a := <-r.answers:
			r.take(a)
		case <-settled:
			r.drain()
			return judge(r.known)
		case <-late:
			r.drain()
			return judge(r.known)
		case <-ctx.Done():
			return ruling{verdict: VerdictUnknown, reason: "probe stopped: " + context.Cause(ctx).Error()}
		}
	}
}

// awaitAPI waits a little for the API's document. What comes meanwhile may still
// change the verdict from full to portal; nothing changes it back.
func (r *run) awaitAPI(ctx context.Context, decided ruling, late <-chan time.Time) ruling {
	for waiting := true; waiting && r.known.asking; {
		select {
		case a := <-r.answers:
			r.take(a)
		case <-late:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
		r.drain()
		if now := judge(r.known); now.verdict != decided.verdict {
			return now
		}
	}
	return decided
}

// explore finds the portal's page, from the first interception or, where there
// was none, from what the API says. It asks an intercepted URL for an RFC 8908
// document where the link names no API, for openNDS answers there.
func (r *run) explore(ctx context.Context, evidence *Evidence, decided ruling) {
	late := time.After(apiTime)
	first := r.interception()
	if first != nil && apiURL(evidence.Link) == "" {
		r.startAPI(ctx, first.hop.URL)
	}
	switch {
	case first != nil:
		if headSettles(first.hop) {
			first.read()
		}
		r.cancel()
		evidence.Hops = follow(ctx, r.transport, first.hop)
	case r.known.api != nil && r.known.api.UserPortalURL != "":
		r.cancel()
		evidence.Hops = follow(ctx, r.transport, visit(ctx, r.transport, r.known.api.UserPortalURL))
	}
	evidence.PortalURL = portalURL(evidence.Hops)
	evidence.WISPr = findWISPr(evidence.Hops)
	r.awaitAPI(ctx, decided, late)
}

// interception returns the first answer over http that is somebody else's, or nil.
func (r *run) interception() *page {
	for _, o := range r.known.with(CheckPortal, false) {
		if o.page != nil {
			return o.page
		}
	}
	return nil
}

// end waits for every task and closes what nobody read. The context must be over.
func (r *run) end() {
	r.cancel()
	r.tasks.Wait()
	r.drain()
	for _, o := range r.known.checks {
		if o.page != nil {
			o.page.close()
		}
	}
}
