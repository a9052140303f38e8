package probe

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// run is one probe under way. Its tasks only return results; only the goroutine that called
// [Prober.Probe] changes the state.
type run struct {
	dial        func(Family) http.RoundTripper
	logger      *slog.Logger
	began       time.Time
	link        Link
	families    []*familyChecks
	api         *capportState
	skipAPI     bool               // the link's API is left alone
	leavePage   bool               // the portal's page is left alone
	isGentle    bool               // one thing is asked at a time
	cancelQuery context.CancelFunc // of the API query to an intercepted check; nil: none was sent
	chain       *chain             // to the portal's page; nil: none is known
	reporter    *reporter
	results     chan func()
	secured     chan struct{} // a check over TLS has verified its operator's certificate
	tasks       sync.WaitGroup
	stop        context.CancelFunc // of the checks

	transports map[Family]http.RoundTripper
}

// familyChecks are the checks over one address family.
type familyChecks struct {
	family    Family
	seen      observation
	recorders []*recorder // of the checks
}

func newRun(p *Prober, link Link, began time.Time, reporter *reporter) *run {
	return &run{
		dial: p.Transport, logger: p.logger(), began: began, link: link, skipAPI: p.SkipAPI, leavePage: p.LeavePage,
		api: &capportState{}, reporter: reporter, secured: make(chan struct{}, 1), stop: func() {}, transports: map[Family]http.RoundTripper{},
	}
}

// probe sends the checks, decides and fetches the portal's page. The tasks that it started
// go on until the context ends; [run.end] waits for that.
func (r *run) probe(ctx context.Context, endpoints []Endpoint) Evidence {
	r.startChecks(ctx, endpoints)
	if len(r.families) == 0 {
		return Evidence{Reason: "no check can be asked over the link's address families", Time: r.began, Link: r.link}
	}
	decided := r.decide(ctx)
	r.report(decided)
	if decided.verdict == VerdictFull {
		decided = r.confirm(ctx, decided)
		r.report(decided)
	}
	if decided.verdict == VerdictPortal && !r.leavePage {
		r.awaitPage(ctx, decided)
	}
	r.updateTimelines()
	return r.evidence(decided)
}

// report announces a verdict unless it was announced already.
func (r *run) report(decided decision) {
	if !r.reporter.hasReported(decided.verdict) {
		r.updateTimelines()
		r.reporter.report(r.evidence(decided))
	}
}

func (r *run) elapsed() time.Duration { return time.Since(r.began) }

// transport returns the transport of an address family.
func (r *run) transport(f Family) http.RoundTripper {
	if r.transports[f] == nil {
		r.transports[f] = r.dial(f)
		if r.logger.Enabled(context.Background(), slog.LevelDebug) {
			r.transports[f] = requestLog{r.transports[f], r.logger, f}
		}
	}
	return r.transports[f]
}

// startChecks sends every check over every family, and the API's request if the link
// offers one, all at once.
func (r *run) startChecks(ctx context.Context, endpoints []Endpoint) {
	ctx, r.stop = context.WithCancel(ctx)
	r.results = make(chan func(), 4*len(endpoints)) // so that results of one moment are there together
	for _, f := range families(r.link) {
		chosen := decoysLast(endpointsFor(f, endpoints, r.link))
		if len(chosen) == 0 {
			continue
		}
		family := r.familyChecks(f)
		for _, e := range chosen {
			r.startCheck(ctx, family, e)
		}
	}
	if url := apiURL(r.link); url != "" && !r.skipAPI {
		r.startAPIQuery(ctx, r.transport(FamilyAny), url, true)
	}
}

func (r *run) startCheck(ctx context.Context, family *familyChecks, e Endpoint) {
	i, transport, recorder := len(family.recorders), r.transport(family.family), newRecorder(r.began, r.secured)
	pending := checkState{Check: Check{Endpoint: e.Name, URL: e.URL, Family: family.family}, endpoint: e}
	family.seen.checks = append(family.seen.checks, pending)
	family.recorders = append(family.recorders, recorder)
	limit := totalTime
	if r.isGentle {
		limit = gentleTotal
	}
	r.start(func() func() {
		check := runCheck(recorder.watch(ctx), transport, pending, limit)
		check.Elapsed = r.elapsed()
		return func() {
			if check.Result != "" {
				family.seen.checks[i] = check
			}
		}
	})
}

// runCheck requests one endpoint. It reads the body only if the head leaves the result
// open, so that the verdict does not wait for the rest, or if it may hold a WISPr message. A
// check that the end of the probe interrupts stays pending.
func runCheck(ctx context.Context, transport http.RoundTripper, check checkState, limit time.Duration) checkState {
	p, err := fetch(ctx, transport, pageRequest{url: check.URL, accept: acceptPage, agent: check.endpoint.Agent, limit: limit})
	if p != nil && (!headSuffices(p.hop) || check.endpoint.Agent == AgentWISPr) {
		p.read()
	}
	if ctx.Err() != nil {
		if p != nil {
			p.close()
		}
		return check
	}
	if err != nil {
		check.Result, check.Detail = classifyError(err)
	} else {
		check.Result, check.Detail = classify(check.endpoint, p.hop)
	}
	check.page, check.err = p, err
	return check
}

// start runs a task beside the loop. The loop calls the function that the task returns.
func (r *run) start(task func() func()) {
	r.tasks.Go(func() { r.results <- task() })
}

// collect applies all results that are there, and those of tasks that have their answer and did not
// get to run yet: which goroutine the scheduler ran first must not decide. It waits for no more than
// that, which the shortest timer does.
func (r *run) collect(ctx context.Context) {
	ready := make(chan struct{})
	timer := time.AfterFunc(1, func() { close(ready) })
	defer timer.Stop()
	for waiting := true; waiting; {
		select {
		case apply := <-r.results:
			apply()
		case <-ready:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	r.drain()
}

// drain applies all results that are there.
func (r *run) drain() {
	for {
		select {
		case apply := <-r.results:
			apply()
		default:
			return
		}
	}
}

// updateTimelines copies all timelines and the progress of the pending checks.
func (r *run) updateTimelines() {
	for _, family := range r.families {
		for i := range family.seen.checks {
			check := &family.seen.checks[i]
			check.Timeline, check.stage, check.progress = family.recorders[i].snapshot()
		}
	}
}

func (r *run) conclude() decision {
	r.updateTimelines()
	decisions := make([]familyDecision, len(r.families))
	for i, family := range r.families {
		decisions[i] = familyDecision{family.family, judge(family.seen)}
	}
	return conclude(decisions, *r.api)
}

// decide applies results until the decision is final. As soon as a response shows a portal
// it follows the chain to the portal's page, while other checks may confirm or outvote it.
func (r *run) decide(ctx context.Context) decision {
	for {
		r.collect(ctx)
		now := r.conclude()
		r.updateChain(ctx, now)
		if now.final(r.elapsed()) {
			return now
		}
		if now.early {
			r.report(now)
			if !r.leavePage {
				r.queryInterceptor(ctx)
			}
		}
		select {
		case apply := <-r.results:
			apply()
		case <-time.After(now.until - r.elapsed()):
		case <-ctx.Done():
			return decision{verdict: VerdictUnknown, reason: "probe stopped: " + context.Cause(ctx).Error()}
		}
	}
}

// updateChain starts the chain to the portal's page, or cancels it if the portal was outvoted.
func (r *run) updateChain(ctx context.Context, now decision) {
	if now.verdict != VerdictPortal || now.weak || r.leavePage {
		r.cancelChain()
		r.cancelAPIQuery()
		return
	}
	r.startChain(ctx)
}

// confirm waits, after full was announced, up to apiTime for the API's document, and until a
// check shows whether HTTPS works. What comes meanwhile may still change the verdict;
// nothing changes it back. On a network where http was slow, HTTPS may take as long again.
func (r *run) confirm(ctx context.Context, decided decision) decision {
	lateAPI, lateHTTPS := time.After(apiTime), time.After(max(settleTime, r.elapsed()))
	awaitAPI := true
	for awaitAPI && r.api.pending || r.awaitsHTTPS() {
		select {
		case apply := <-r.results:
			apply()
		case <-r.secured:
		case <-lateAPI:
			awaitAPI = false
		case <-lateHTTPS:
			r.failHTTPS()
		case <-ctx.Done():
			return decided
		}
		r.collect(ctx)
		if now := r.conclude(); now.verdict != VerdictFull && !now.weak {
			return now
		}
	}
	return decided
}

// awaitsHTTPS reports whether full depends on a check over TLS that is pending.
func (r *run) awaitsHTTPS() bool {
	r.updateTimelines()
	full := slices.DeleteFunc(slices.Clone(r.families), func(f *familyChecks) bool { return judge(f.seen).verdict != VerdictFull })
	return !slices.ContainsFunc(full, func(f *familyChecks) bool { return f.seen.worksHTTPS() }) &&
		slices.ContainsFunc(full, func(f *familyChecks) bool { return f.seen.awaitsHTTPS() })
}

// failHTTPS fails the checks over TLS that have had time enough.
func (r *run) failHTTPS() {
	for _, family := range r.families {
		family.seen.failHTTPS(r.elapsed())
	}
}

// awaitPage waits until the chain to the portal's page ends, and up to apiTime for the
// API's document. A result that comes meanwhile may be a better source.
func (r *run) awaitPage(ctx context.Context, decided decision) {
	r.startChain(ctx)
	r.queryInterceptor(ctx)
	late := time.After(apiTime)
	awaitAPI := true
	for r.chainPending() || awaitAPI && r.api.pending {
		select {
		case apply := <-r.results:
			apply()
			r.collect(ctx)
			if !decided.weak {
				r.startChain(ctx)
			}
		case <-late:
			awaitAPI = false
		}
	}
}

// end waits for every task and closes the responses that were not read. The context must
// have ended.
func (r *run) end() {
	r.stop()
	r.cancelChain()
	r.cancelAPIQuery()
	ended := make(chan struct{})
	go func() {
		r.tasks.Wait()
		close(ended)
	}()
	for running := true; running; {
		select {
		case apply := <-r.results:
			apply()
		case <-ended:
			running = false
		}
	}
	for _, family := range r.families {
		for _, check := range family.seen.checks {
			if check.page != nil {
				check.page.close()
			}
		}
	}
	for _, transport := range r.transports {
		(&http.Client{Transport: transport}).CloseIdleConnections()
	}
}
