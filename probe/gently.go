package probe

import (
	"context"
	"slices"
	"time"

	"hotspot-helper/internal/web"
)

// Gently finds out what a link leads to whose gateway accepted connections and did not answer in
// time (see [Evidence.Silent]). Some gateways answer one request after the other, and take seconds
// for each: the checks of [Prober.Probe], all at once, are a queue that such a gateway is still
// busy with when the next ones come. So one thing is asked at a time, and an answer may take 20 s:
//
//   - One check over http after the other, of one operator each. The first in turn is asked first.
//   - Two are intercepted, or one and no other is online: portal, and its page is followed. The
//     captive portal API is not asked.
//   - One is online: the gateway does not answer in its place any more, and all checks are asked, as
//     by Probe.
//   - One is accepted and not answered: https is asked once, and the link is limited.
//
// It takes at most 90 s, and as long as Probe if that is asked.
func (p *Prober) Gently(ctx context.Context, link Link, turn int) Evidence {
	endpoints, err := p.endpoints()
	if err != nil || unusable(link) != "" {
		return p.Probe(ctx, link)
	}
	reporter := &reporter{onVerdict: p.OnVerdict, logger: p.logger()}
	evidence, isOpen := p.gently(ctx, link, gentleOrder(endpoints, link, turn), reporter)
	if isOpen {
		return p.Probe(ctx, link)
	}
	reporter.report(evidence)
	if evidence.Verdict == VerdictPortal {
		p.logger().Debug("portal followed", "interface", link.Interface, "portal", web.RedactURLText(evidence.PortalURL), "hops", len(evidence.Hops))
	}
	return evidence
}

func (p *Prober) gently(ctx context.Context, link Link, order gentleChecks, reporter *reporter) (Evidence, bool) {
	if len(order.plain) == 0 {
		return Evidence{}, true
	}
	ctx, cancel := context.WithTimeout(ctx, gentleTotal)
	r := newRun(p, link, time.Now(), reporter)
	r.isGentle = true
	defer r.end()
	defer cancel()
	return r.gently(ctx, order)
}

// gentleCheck is a check over one address family.
type gentleCheck struct {
	family   Family
	endpoint Endpoint
}

// gentleChecks are those that may be asked gently, in their order.
type gentleChecks struct {
	plain  []gentleCheck // over http: one of each operator, over each family
	secure []gentleCheck // over https: one, over each family
}

// gentleOrder begins with another operator at each turn, since one may be filtered.
func gentleOrder(endpoints []Endpoint, link Link, turn int) gentleChecks {
	var plain, secure []Endpoint
	for _, e := range endpoints {
		isKnown := slices.ContainsFunc(plain, func(other Endpoint) bool { return other.Operator == e.Operator })
		switch {
		case e.Decoy || e.Agent == AgentWISPr:
		case e.secure():
			secure = append(secure, e)
		case !isKnown:
			plain = append(plain, e)
		}
	}
	return gentleChecks{plain: overFamilies(turned(plain, turn), link), secure: overFamilies(turned(secure, turn)[:min(1, len(secure))], link)}
}

// turned begins with another endpoint at each turn.
func turned(endpoints []Endpoint, turn int) []Endpoint {
	if len(endpoints) == 0 {
		return nil
	}
	first := turn % len(endpoints)
	return slices.Concat(endpoints[first:], endpoints[:first])
}

// overFamilies has each endpoint once over each family that it can be asked over.
func overFamilies(endpoints []Endpoint, link Link) []gentleCheck {
	var checks []gentleCheck
	for _, e := range endpoints {
		for _, f := range families(link) {
			if len(endpointsFor(f, []Endpoint{e}, link)) > 0 {
				checks = append(checks, gentleCheck{f, e})
			}
		}
	}
	return checks
}

// gently asks until it is known what the link leads to. It reports true if a check is online: then
// all can be asked.
func (r *run) gently(ctx context.Context, order gentleChecks) (Evidence, bool) {
	ctx, r.stop = context.WithCancel(ctx)
	r.results = make(chan func(), 4*(len(order.plain)+len(order.secure)))
	decided, isOpen := r.askInTurn(ctx, order)
	if isOpen {
		return Evidence{}, true
	}
	r.report(decided)
	if decided.verdict == VerdictPortal {
		r.awaitPage(ctx, decided)
	}
	r.updateTimelines()
	return r.evidence(decided), false
}

func (r *run) askInTurn(ctx context.Context, order gentleChecks) (decided decision, isOpen bool) {
	intercepted := 0
	for _, check := range order.plain {
		asked := r.ask(ctx, check)
		switch asked.Result {
		case CheckOnline:
			return decision{}, true
		case CheckPortal:
			intercepted++
		case "":
			if ctx.Err() != nil {
				return decision{verdict: VerdictUnknown, reason: "probe stopped: " + context.Cause(ctx).Error()}, false
			}
			if intercepted == 0 && asked.stage >= stageConnected {
				return r.concludeSilent(ctx, order)
			}
		}
		// A second operator confirms or outvotes the first, if it answers.
		if intercepted > 1 || intercepted == 1 && asked.Result != CheckPortal {
			break
		}
	}
	decided = r.conclude()
	return decided, decided.verdict == VerdictFull
}

// concludeSilent asks https, which the gateway may pass on although it does not answer for http.
func (r *run) concludeSilent(ctx context.Context, order gentleChecks) (decided decision, isOpen bool) {
	for _, check := range order.secure {
		if r.ask(ctx, check).Result == CheckOnline {
			return decision{}, true
		}
	}
	return r.conclude(), false
}

// ask sends one check and waits for its answer: gentleTime once a connection is accepted, slowTime
// until then and for https.
func (r *run) ask(ctx context.Context, check gentleCheck) checkState {
	family := r.familyChecks(check.family)
	began, limit := time.Now(), slowTime
	r.startCheck(ctx, family, check.endpoint)
	asked := &family.seen.checks[len(family.seen.checks)-1]
	for asked.Result == "" {
		select {
		case apply := <-r.results:
			apply()
			continue
		case <-time.After(limit - time.Since(began)):
		case <-ctx.Done():
			return *asked
		}
		r.updateTimelines()
		if limit == gentleTime || asked.stage < stageConnected || check.endpoint.secure() {
			return *asked
		}
		limit = gentleTime
	}
	r.updateTimelines()
	return *asked
}

// familyChecks returns the checks over a family, which are none yet at the first call.
func (r *run) familyChecks(f Family) *familyChecks {
	if i := slices.IndexFunc(r.families, func(c *familyChecks) bool { return c.family == f }); i >= 0 {
		return r.families[i]
	}
	checks := &familyChecks{family: f, seen: observation{unrestricted: r.link.API == unrestricted, noServers: len(r.link.DNS) == 0}}
	if f == FamilyIPv4 { // the kernel has no such filter for IPv6
		checks.seen.answersVia = r.link.AnswersVia
	}
	r.families = append(r.families, checks)
	return checks
}
