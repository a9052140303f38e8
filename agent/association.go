package agent

import (
	"context"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// association is one interface with the network it has joined. It belongs to
// the agent's loop; what works for it in the background gets copies.
type association struct {
	agent   *Agent
	link    Link
	network wifi.Network
	path    Path // nil: no network was joined yet

	state state
	since time.Time // of the phase

	evidence  *probe.Evidence   // of the last probe
	told      *probe.Evidence   // of the probe under way, where it differs from that; nil: it did not tell yet
	portal    *probe.Evidence   // of the last probe that saw the portal
	made      []claims.Claim    // of the last evaluation, best first
	why       string            // the pick fell as it did
	worker    plugins.Helper    // that logged in: it keeps the session, whatever pack takes its place
	session   map[string]string // captured by the flow that logged in
	expires   time.Time         // of the session; zero: not told
	every     time.Duration     // how often the helper is to keep the session; 0: not told
	extends   bool              // the session can be extended
	allowance allowance         // of octets, as it was told last
	drained   time.Time         // when its octets are used up; zero: not to be seen
	conceal   masks             // the secrets of flows, which the portal may say back to whom it likes
	step      string            // of the flow under way
	trace     []portal.Exchange // of the last flow
	unsent    error             // why a redirect of the last login was not followed; nil: it was
	waitsFor  *Need             // while the user has to act
	attempt   *attempt          // the last login, until it is known whether it worked
	journal   []Transition

	work     int                // number of the probe or flow under way; what an older one brings is dropped
	stopWork context.CancelFunc // nil: none is under way
	timer    *time.Timer        // nil: none is armed
	timerAt  time.Time
	alarm    int // number of the timer armed
}

// attach takes the network that the interface has now. What is known of its
// portal outlives a short loss of the same network: it still logs off from it.
func (as *association) attach(network wifi.Network, key string) {
	as.hangUp()
	if as.state.network != key {
		as.conceal = nil
		as.portal, as.worker, as.session, as.expires, as.every = nil, nil, nil, time.Time{}, 0
		as.extends, as.allowance, as.drained = false, allowance{}, time.Time{}
	}
	as.network = network
	as.path = as.agent.config.Dial(as.link, probe.FamilyAny)
}

// detach drops what was true of the network that is gone, and says what the
// interface misses for another: a verdict that needs no probe.
func (as *association) detach(missing string) {
	as.hangUp()
	as.network = wifi.Network{}
	as.evidence = &probe.Evidence{Verdict: probe.VerdictNone, Reason: missing, Time: time.Now(), Link: as.link.Link}
	as.made, as.why = nil, ""
}

// hangUp closes the connections that nobody uses any more.
func (as *association) hangUp() {
	if as.path != nil {
		as.path.CloseIdleConnections()
	}
}

// halt stops all that the association has under way.
func (as *association) halt() {
	as.cancelWork()
	as.disarm()
	as.hangUp()
}

func (as *association) cancelWork() {
	if as.stopWork != nil {
		as.stopWork()
		as.stopWork = nil
	}
	as.work++
	as.step, as.told = "", nil
}

func (as *association) disarm() {
	if as.timer != nil {
		as.timer.Stop()
		as.timer = nil
	}
	as.alarm++
	as.timerAt = time.Time{}
}

// handle takes one event through the state machine and carries its effects out.
func (a *Agent) handle(ctx context.Context, as *association, e event) {
	before := as.state
	var effects []effect
	as.state, effects = next(before, e)
	if before.phase != as.state.phase {
		a.turn(as, before, e)
		a.review(ctx, as, e)
	}
	if len(effects) > 0 {
		as.disarm()
	}
	for _, effect := range effects {
		a.carryOut(ctx, as, effect)
	}
}

// turn tells of a change of phase and remembers what came of it.
func (a *Agent) turn(as *association, before state, e event) {
	as.since = time.Now()
	if as.waitsFor = nil; as.state.phase == PresentingUI {
		as.waitsFor = e.need
	}
	t := Transition{
		Time: as.since.UTC(), Interface: as.link.Interface, SSID: as.network.SSID,
		From: before.phase, To: as.state.phase, Helper: as.state.helper,
		CauseKind: e.cause.Kind, Cause: e.cause.Text, Need: as.waitsFor,
	}
	switch {
	case as.state.phase == Inactive:
		t.Verdict = probe.VerdictNone
	case as.evidence != nil:
		t.Verdict = as.evidence.Verdict
	}
	as.journal = append(as.journal, t)
	as.journal = slices.Clone(as.journal[max(0, len(as.journal)-maxJournal):])
	a.publish() // whoever hears of it, and asks then, is to find it so
	a.logger.Info("association changed", "interface", t.Interface, "ssid", t.SSID.String(),
		"from", t.From.String(), "to", t.To.String(), "helper", t.Helper, "verdict", t.Verdict.String(), "cause", t.Cause)
	a.remember(as)
	a.tell(t)
}

func (a *Agent) remember(as *association) {
	outcome := ""
	switch as.state.phase {
	case Authenticated:
		if outcome = outcomeOnline; as.state.helper != "" {
			outcome = outcomeLoggedIn
		}
	case PresentingUI:
		outcome = outcomeNeedsUser
	case Failed:
		outcome = outcomeDenied
	case LoggedOff:
		outcome = outcomeLoggedOff
	default:
		return
	}
	a.memory.note(as.state.network, outcome, as.state.helper)
}

func (a *Agent) tell(t Transition) {
	a.mu.Lock()
	listeners := make([]func(Transition), 0, len(a.listeners))
	for i := range a.listening {
		if tell, ok := a.listeners[i]; ok {
			listeners = append(listeners, tell)
		}
	}
	a.mu.Unlock()
	for _, tell := range listeners {
		tell(t)
	}
}

func (a *Agent) carryOut(ctx context.Context, as *association, e effect) {
	switch e.kind {
	case effectCancel:
		as.cancelWork()
	case effectProbe:
		a.probe(ctx, as)
	case effectAuthenticate:
		a.runFlow(ctx, as, plugins.FlowAuthenticate)
	case effectMaintain:
		a.runFlow(ctx, as, plugins.FlowMaintain)
	case effectLogoff:
		a.runFlow(ctx, as, plugins.FlowLogoff)
	case effectArm:
		a.arm(ctx, as, e.after)
	case effectForgive:
		a.memory.forgive(as.state.network)
	}
}

// arm sets the one timer of the association.
func (a *Agent) arm(ctx context.Context, as *association, after time.Duration) {
	alarm := as.alarm
	as.timerAt = time.Now().Add(after)
	as.timer = time.AfterFunc(after, func() {
		a.post(ctx, func(ctx context.Context) {
			if as.alarm == alarm {
				a.handle(ctx, as, event{kind: eventTimer, cause: Cause{CauseTimer, "it was time to look again"}})
			}
		})
	})
}

// start does something in the background for the association. What comes of it
// is a function for the loop, which is dropped if the work was cancelled meanwhile.
// So is what the work has the loop note before.
func (a *Agent) start(ctx context.Context, as *association, work func(ctx context.Context, note func(func())) (finish func() event)) {
	as.cancelWork()
	number := as.work
	workCtx, stop := context.WithCancel(ctx)
	as.stopWork = stop
	unlessCancelled := func(act func(context.Context)) {
		a.post(ctx, func(loop context.Context) {
			if as.work == number {
				act(loop)
			}
		})
	}
	a.tasks.Go(func() {
		finish := work(workCtx, func(note func()) { unlessCancelled(func(context.Context) { note() }) })
		stop()
		unlessCancelled(func(ctx context.Context) {
			as.stopWork, as.step, as.told = nil, "", nil
			a.handle(ctx, as, finish())
		})
	})
}
