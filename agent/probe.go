package agent

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
)

// probe asks for the verdict in its own goroutine. A look asks all checks only if one does
// not agree that the link is online. If it has to be gentle, it asks one thing at a time.
func (a *Agent) probe(ctx context.Context, as *association, how effect) {
	link, prober, registry := as.link, a.prober(as), a.settings.Registry
	find := prober.Probe
	open := as.openPortal()
	prober.LeavePage = open != nil
	switch {
	case open != nil:
		find = func(ctx context.Context, link probe.Link) probe.Evidence {
			return stillThere(*open, prober.Probe(ctx, link))
		}
	case how.gentle:
		turn := as.findings.looks
		find = func(ctx context.Context, link probe.Link) probe.Evidence { return prober.Gently(ctx, link, turn) }
		as.findings.looks++
	case how.look:
		before := probe.Look{Turn: as.findings.looks, Online: as.findings.online, Portal: as.findings.portal}
		find = func(ctx context.Context, link probe.Link) probe.Evidence { return prober.Look(ctx, link, before) }
		as.findings.looks++
	}
	loop, known, stored := ctx, as.secrets, a.lookUpStored(ctx, as)
	a.start(ctx, as, func(ctx context.Context, note func(func())) func(context.Context) {
		hide := func(text string) string { return known.join(stored.wait(ctx)).all().text(text) }
		isHeld := func() bool { stored.wait(ctx); return stored.isOpen() }
		prober.Logger = slog.New(heldHandler{redactingHandler{a.logger.Handler(), hide}, isHeld})
		prober.OnVerdict = func(early probe.Evidence) {
			if early.Verdict == probe.VerdictPortal {
				a.tasks.Go(registry.Prepare) // while the portal's page comes
			}
			masks := stored.wait(ctx)
			used := known.join(masks)
			early = redactEvidence(early, used.all())
			note(func() {
				a.takeStored(loop, as)
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

// openPortal returns the portal while a person uses it and the association waits for that; nil: nobody does.
func (as *association) openPortal() *probe.Evidence {
	isWaiting := as.state.phase == PresentingUI || as.state.phase == Failed
	if !isWaiting || time.Now().After(as.windowUntil) {
		return nil
	}
	return as.findings.portal
}

// stillThere is what a probe says that left the portal's page alone: what is known of the portal, if it is still there.
func stillThere(portal, now probe.Evidence) probe.Evidence {
	if now.Verdict != probe.VerdictPortal {
		return now
	}
	portal.Time, portal.Elapsed, portal.Reason, portal.Checks, portal.Families = now.Time, now.Elapsed, now.Reason, now.Checks, now.Families
	portal.Undisturbed = false // the checks were asked once more
	return portal
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
	if as.identity.Complete() {
		evidence.Network = as.identity.String()
	}
	as.findings.evidence = &evidence
	as.findings.api.noteAPI(&evidence)
	if evidence.Verdict != probe.VerdictPortal { // else a login goes on with the connections
		as.closeIdle()
	}
	e := event{kind: eventProbed, verdict: evidence.Verdict, silent: evidence.Silent, cause: Cause{CauseVerdict, evidence.Reason}}
	switch {
	case evidence.Verdict == probe.VerdictFull:
		e.helper = a.settings.lastHelper(a.store, as.identity)
		if !evidence.Look {
			as.findings.online = &evidence
		}
		as.session.learn(evidence.CAPPORT)
		as.session.seen = wallClock()
		a.beginUnknown(as)
		as.session.outlive()
		e.next, e.period = as.session.nextCheck(a.settings.Keepalive)
		if as.state.phase == LoggingOff && as.state.looks && e.helper == "" {
			a.findLogoff(ctx, as, e)
			return
		}
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

// findLogoff completes the event of a logoff from a session that no helper began, or of which nothing
// is known any more, with the helper that claims the network: by the portal that was seen here, else by
// its name.
func (a *Agent) findLogoff(ctx context.Context, as *association, e event) {
	registry, preference := a.settings.Registry, a.settings.Preference(a.store, as.identity)
	facts := claims.NewFacts(as.network, as.findings.portal)
	a.start(ctx, as, func(ctx context.Context, _ func(func())) func(context.Context) {
		ctx, stop := context.WithTimeout(ctx, claimTime)
		defer stop()
		winner, _, _ := claims.Pick(registry.Claims(ctx, facts), preference)
		e.helper = winner.Helper
		return func(ctx context.Context) { a.handle(ctx, as, e) }
	})
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

// notTheSessions says why a session is kept although the probe sees a portal.
const notTheSessions = "the page is not that of the portal that the session belongs to"

// pickClaim returns the helper that would log in, and why; if none would, what the login needs.
func (as *association) pickClaim(made []claims.Claim, preference claims.Preference) (helper, why string, need NeedKind) {
	eligible := slices.DeleteFunc(slices.Clone(made), func(c claims.Claim) bool {
		return slices.Contains(as.state.excluded, c.Helper)
	})
	winner, why, _ := claims.Pick(eligible, preference)
	need = NeedPage
	if winner.Helper == "" && as.findings.evidence.Obstacle().IsCertificate() {
		why, need = "no helper could recognise the portal, because its page was not read", NeedCertificate
	}
	if len(as.state.excluded) > 0 {
		why += fmt.Sprintf(" (not asked again: %q)", as.state.excluded)
	}
	return winner.Helper, why, need
}

// noteOver takes that the portal is back: a session at it is over, unless it is being verified.
func (a *Agent) noteOver(as *association) {
	if as.state.phase == Verifying {
		return
	}
	if as.state.phase == Maintaining {
		a.learnLength(as)
	}
	if as.state.sender == "" { // else what was learned may be of a session that begins late
		as.session.end()
	}
	a.store.dropSession(as.identity)
}

// pick says in the event which helper would log in, and why.
func (a *Agent) pick(as *association, made []claims.Claim, e event) event {
	policy, preference := a.settings.policy(a.store, as.identity), a.settings.Preference(a.store, as.identity)
	claims.Sort(made, preference)
	as.findings.claims = made
	why, need := "", NeedPage
	as.findings.isOff = false
	switch {
	case policy.NoLogin:
		as.findings.isOff = policy.Why == ""
		why = cmp.Or(policy.Why, "login is turned off for this network in the configuration")
	case a.yields != "" && !as.state.requested:
		why = a.yields
	default:
		e.helper, why, need = as.pickClaim(made, preference)
	}
	if policy.NoLogin {
		_, e.later = a.held(as, e.helper)
	} else {
		a.holdBusy(as, &e)
	}
	e.cause.Text += "; " + why
	if e.elsewhere {
		e.cause.Text += "; " + notTheSessions
	}
	if !e.elsewhere || e.helper != "" || as.state.phase != Maintaining {
		as.findings.why = why // else the session goes on, and so does its reason
	}
	if !e.elsewhere {
		a.noteOver(as)
	}
	if e.spent = e.helper != "" && a.isSpent(as); e.spent && !as.state.requested {
		e.cause.Text += fmt.Sprintf("; it was busy at %d logins, so it waits for you", maxBusy)
	}
	e.need = &Need{Kind: need}
	return e
}
