package agent

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
)

// probe asks for the verdict in its own goroutine. A look asks all checks only if one does
// not agree that the link is online.
func (a *Agent) probe(ctx context.Context, as *association, look bool) {
	link, prober, registry := as.link, a.prober(as), a.settings.Registry
	find := prober.Probe
	if look {
		before := probe.Look{Turn: as.findings.looks, Online: as.findings.online, Portal: as.findings.portal}
		find = func(ctx context.Context, link probe.Link) probe.Evidence { return prober.Look(ctx, link, before) }
		as.findings.looks++
	}
	loop, known, stored := ctx, as.secrets, a.lookUpStored(ctx, as)
	a.start(ctx, as, func(ctx context.Context, note func(func())) func(context.Context) {
		hide := func(text string) string { return known.join(stored.wait(ctx)).all().text(text) }
		isHeld := func() bool { stored.wait(ctx); return stored.isRunning() }
		prober.Logger = slog.New(heldHandler{redactingHandler{a.logger.Handler(), hide}, isHeld})
		prober.OnVerdict = func(early probe.Evidence) {
			if early.Verdict == probe.VerdictPortal {
				a.tasks.Go(registry.Prepare) // while the portal's page comes
			}
			masks := stored.wait(ctx)
			used := known.join(masks)
			early = redactEvidence(early, used.all())
			note(func() {
				a.learn(loop, as, masks)
				as.showEarly(early, used)
			})
		}
		evidence := find(ctx, link.Link)
		used := known.join(stored.wait(ctx))
		evidence = redactEvidence(evidence, used.all())
		macs := a.readGateways(link)
		return func(ctx context.Context) {
			if a.recognise(ctx, as, macs) {
				a.withStored(ctx, as, func(ctx context.Context) {
					a.finishMasked(ctx, as, used,
						func(more redactor) { evidence = redactEvidence(evidence, more) },
						func(ctx context.Context) { a.probed(ctx, as, evidence) })
				})
			}
		}
	})
}

// prober returns a prober of the link.
func (a *Agent) prober(as *association) *probe.Prober {
	return &probe.Prober{
		Endpoints: a.settings.Endpoints,
		SkipAPI:   as.findings.api.isOn(),
		Transport: a.transports(as),
	}
}

// showEarly shows a verdict before its probe has ended. The state machine waits for the
// end: the verdict may be overturned, and helpers claim by the portal's page. If it is
// the verdict of the last probe, what that probe found out stays. It is not shown if it is not
// masked with all secrets.
func (as *association) showEarly(early probe.Evidence, used redactors) {
	as.task.early = nil
	if len(as.secrets.beyond(used)) > 0 {
		return
	}
	if as.findings.evidence == nil || as.findings.evidence.Verdict != early.Verdict {
		as.task.early = &early
	}
}

// probed takes the end of a probe. If there is a portal, the helpers are asked for their
// claims outside the loop, before the state machine decides. The evidence is masked.
func (a *Agent) probed(ctx context.Context, as *association, evidence probe.Evidence) {
	as.findings.evidence = &evidence
	as.findings.api.note(&evidence)
	if evidence.Verdict != probe.VerdictPortal { // else a login goes on with the connections
		as.closeIdle()
	}
	e := event{kind: eventProbed, verdict: evidence.Verdict, cause: Cause{CauseVerdict, evidence.Reason}}
	switch {
	case evidence.Verdict == probe.VerdictFull:
		e.helper = a.settings.lastHelper(a.store, as.identity)
		if !evidence.Look {
			as.findings.online = &evidence
		}
		as.session.learn(evidence.CAPPORT)
		as.session.seen = wallClock()
		e.next, e.period = as.session.nextCheck(a.settings.Keepalive)
	case evidence.Verdict == probe.VerdictPortal:
		as.findings.portal = &evidence
		if as.state.phase == Maintaining {
			a.noteEnd(as)
		}
		need, why := as.login.said.redirectNeed, as.login.said.redirectWhy
		switch {
		case as.state.phase == LoggingOff: // no helper is wanted
		case as.state.phase == Verifying && need != nil:
			e.waits, e.need = true, need
			e.cause.Text += "; " + why
		default:
			a.claim(ctx, as, e)
			return
		}
	}
	a.handle(ctx, as, e)
}

// claim asks the helpers whether they claim the portal, and completes the event.
func (a *Agent) claim(ctx context.Context, as *association, e event) {
	registry, network, facts, used := a.settings.Registry, as.network, claims.NewFacts(as.network, as.findings.evidence), as.secrets
	if e.elsewhere = as.session.isAlive() && isElsewhere(*as.session.portal, *as.findings.evidence); e.elsewhere {
		e.next, e.period = as.session.nextCheck(a.settings.Keepalive)
	}
	a.start(ctx, as, func(ctx context.Context, _ func(func())) func(context.Context) {
		ctx, stop := context.WithTimeout(ctx, claimTime)
		defer stop()
		made := registry.Claims(ctx, facts)
		if e.elsewhere {
			made = claimedByPage(ctx, registry, network, made)
		}
		return func(ctx context.Context) { a.checkRefused(ctx, as, used, a.pick(as, made, e)) }
	})
}

// pick says in the event which helper would log in, and why.
func (a *Agent) pick(as *association, made []claims.Claim, e event) event {
	policy, preference := a.settings.policy(a.store, as.identity), a.settings.Preference(a.store, as.identity)
	claims.Sort(made, preference)
	as.findings.claims = made
	if policy.NoLogin {
		as.findings.why = cmp.Or(policy.Why, "login is turned off for this network in the configuration")
	} else {
		eligible := slices.DeleteFunc(slices.Clone(made), func(c claims.Claim) bool {
			return slices.Contains(as.state.excluded, c.Helper)
		})
		var winner claims.Claim
		winner, as.findings.why, _ = claims.Pick(eligible, preference)
		e.helper = winner.Helper
		if len(as.state.excluded) > 0 {
			as.findings.why += fmt.Sprintf(" (not asked again: %q)", as.state.excluded)
		}
	}
	if policy.NoLogin {
		_, e.later = a.held(as, e.helper)
	} else {
		a.holdBusy(as, &e)
	}
	if e.elsewhere {
		as.findings.why += "; the page is not that of the portal that the session belongs to"
	}
	if !e.elsewhere && as.state.phase != Verifying {
		a.store.dropSession(as.identity) // it is over
	}
	e.cause.Text += "; " + as.findings.why
	e.need = &Need{Kind: NeedPage}
	return e
}
