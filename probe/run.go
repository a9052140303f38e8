package probe

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// run is one probe under way. Its goroutines only bring answers; the one that
// called [Prober.Probe] alone changes what is known.
type run struct {
	dial    func(Family) http.RoundTripper
	logger  *slog.Logger
	start   time.Time
	link    Link
	sides   []*asked
	api     *opinion
	inquiry context.CancelFunc // of the question for a document at an intercepted check; nil: not asked
	walk    *walk              // to the portal's page; nil: none is known
	teller  *teller
	answers chan func()
	tasks   sync.WaitGroup
	stop    context.CancelFunc // of the checks

	transports map[Family]http.RoundTripper
}

// asked is what goes on over one address family.
type asked struct {
	family    Family
	known     sight
	recorders []*recorder // of the checks
}

func newRun(p *Prober, link Link, start time.Time, t *teller) *run {
	return &run{
		dial: p.Transport, logger: p.logger(), start: start, link: link,
		api: &opinion{}, teller: t, stop: func() {}, transports: map[Family]http.RoundTripper{},
	}
}

// probe asks, decides and looks closer. Whatever it started goes on until its
// context ends; [run.end] waits for that.
func (r *run) probe(ctx context.Context, endpoints []Endpoint) Evidence {
	r.ask(ctx, endpoints)
	if len(r.sides) == 0 {
		return Evidence{Reason: "no check can be asked over the link's address families", Time: r.start, Link: r.link}
	}
	decided := r.decide(ctx)
	r.tell(decided)
	if decided.verdict == VerdictFull {
		decided = r.awaitAPI(ctx, decided)
		r.tell(decided)
	}
	if decided.verdict == VerdictPortal {
		r.arrive(ctx, decided)
	}
	r.refresh()
	return r.evidence(decided)
}

// tell tells a verdict, unless it is told already.
func (r *run) tell(decided ruling) {
	if !r.teller.holds(decided.verdict) {
		r.refresh()
		r.teller.tell(r.evidence(decided))
	}
}

func (r *run) elapsed() time.Duration { return time.Since(r.start) }

// transport returns the one for an address family.
func (r *run) transport(f Family) http.RoundTripper {
	if r.transports[f] == nil {
		r.transports[f] = r.dial(f)
	}
	return r.transports[f]
}

// ask sends every check over every family, and the API's request where the link
// offers one, all at once.
func (r *run) ask(ctx context.Context, endpoints []Endpoint) {
	checks, stop := context.WithCancel(ctx)
	r.stop = stop
	r.answers = make(chan func(), 4*len(endpoints)) // so that what came at once is there at once
	for _, f := range families(r.link) {
		asks := cheapFirst(askedOver(f, endpoints, r.link))
		if len(asks) == 0 {
			continue
		}
		side := &asked{family: f, known: sight{unrestricted: r.link.API == unrestricted}}
		r.sides = append(r.sides, side)
		for _, e := range asks {
			r.check(checks, side, e)
		}
	}
	if url := apiURL(r.link); url != "" {
		r.askAPI(ctx, r.transport(FamilyAny), url, true)
	}
}

// check starts one check.
func (r *run) check(ctx context.Context, side *asked, e Endpoint) {
	i, transport, record := len(side.recorders), r.transport(side.family), newRecorder(r.start)
	out := observation{Check: Check{Endpoint: e.Name, URL: e.URL, Family: side.family}, endpoint: e}
	side.known.checks = append(side.known.checks, out)
	side.recorders = append(side.recorders, record)
	r.do(func() func() {
		o := answerOf(record.watch(ctx), transport, out)
		o.Elapsed = r.elapsed()
		return func() {
			if o.Result != "" {
				side.known.checks[i] = o
			}
		}
	})
}

// answerOf asks one endpoint. It reads the body only where the head leaves the result
// open, so that the verdict need not wait for the rest, or where a WISPr message may
// be in it. A check that the end of the probe cuts short stays out.
func answerOf(ctx context.Context, transport http.RoundTripper, o observation) observation {
	p, err := fetch(ctx, transport, question{url: o.URL, accept: acceptPage, agent: o.endpoint.Agent, limit: totalTime})
	if p != nil && (!headSettles(p.hop) || o.endpoint.Agent == AgentWISPr) {
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
		o.Result, o.Detail = classify(o.endpoint, p.hop)
	}
	o.page, o.err = p, err
	return o
}

// do runs a task beside the loop; what it returns is done by the loop.
func (r *run) do(task func() func()) {
	r.tasks.Go(func() { r.answers <- task() })
}

// drain takes what is there, so that nothing depends on the order of what came at once.
func (r *run) drain() {
	for {
		select {
		case take := <-r.answers:
			take()
		default:
			return
		}
	}
}

// refresh takes over how far the checks came that are still out, and all timelines.
func (r *run) refresh() {
	for _, side := range r.sides {
		for i := range side.known.checks {
			o := &side.known.checks[i]
			o.Timeline, o.stage, o.progress = side.recorders[i].seen()
		}
	}
}

func (r *run) conclude() ruling {
	r.refresh()
	sides := make([]side, len(r.sides))
	for i, s := range r.sides {
		sides[i] = side{s.family, judge(s.known)}
	}
	return conclude(sides, *r.api)
}

// decide takes answers until the conclusion is final. As soon as an answer shows a
// portal the way to its page is walked, while others may still confirm or outvote it.
func (r *run) decide(ctx context.Context) ruling {
	for {
		r.drain()
		now := r.conclude()
		r.follow(ctx, now)
		if now.final(r.elapsed()) {
			return now
		}
		if now.early {
			r.tell(now)
			r.inquire(ctx)
		}
		select {
		case take := <-r.answers:
			take()
		case <-time.After(now.until - r.elapsed()):
		case <-ctx.Done():
			return ruling{verdict: VerdictUnknown, reason: "probe stopped: " + context.Cause(ctx).Error()}
		}
	}
}

// follow starts the way to the portal's page, or stops it where the portal is outvoted.
func (r *run) follow(ctx context.Context, now ruling) {
	if now.verdict != VerdictPortal || now.weak {
		r.leave()
		r.hush()
		return
	}
	r.explore(ctx)
}

// awaitAPI waits a little for the API's document after full, which is told by then.
// What comes meanwhile may still change the verdict to portal; nothing changes it back.
func (r *run) awaitAPI(ctx context.Context, decided ruling) ruling {
	late := time.After(apiTime)
	for waiting := true; waiting && r.api.asking; {
		select {
		case take := <-r.answers:
			take()
		case <-late:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
		r.drain()
		if now := r.conclude(); now.verdict == VerdictPortal && !now.weak {
			return now
		}
	}
	return decided
}

// arrive waits until the way to the portal's page is walked, and a little for the
// API's document. An answer that comes meanwhile may show a better way.
func (r *run) arrive(ctx context.Context, decided ruling) {
	r.explore(ctx)
	r.inquire(ctx)
	late := time.After(apiTime)
	patient := true
	for r.walking() || patient && r.api.asking {
		select {
		case take := <-r.answers:
			take()
			r.drain()
			if !decided.weak {
				r.explore(ctx)
			}
		case <-late:
			patient = false
		}
	}
}

// end waits for every task and closes what nobody read. The context must be over.
func (r *run) end() {
	r.stop()
	r.leave()
	r.hush()
	over := make(chan struct{})
	go func() {
		r.tasks.Wait()
		close(over)
	}()
	for running := true; running; {
		select {
		case take := <-r.answers:
			take()
		case <-over:
			running = false
		}
	}
	for _, side := range r.sides {
		for _, o := range side.known.checks {
			if o.page != nil {
				o.page.close()
			}
		}
	}
	for _, transport := range r.transports {
		if t, ok := transport.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}
