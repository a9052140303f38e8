package agent

import (
	"fmt"
	"slices"
	"time"

	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Phase is where one association stands. The zero value is Inactive.
type Phase uint8

// The phases of an association.
const (
	Inactive       Phase = iota // no network is joined, or it has no address or route yet
	Evaluating                  // a probe is asked for the verdict, the helpers for their claims
	Authenticating              // the chosen helper logs in
	Verifying                   // the probe is asked whether that worked
	PresentingUI                // a portal that only the user can pass
	Authenticated               // the Internet answers
	Maintaining                 // the session is kept or checked
	LoggingOff                  // the chosen helper logs off
	LoggedOff                   // the user wants this network left alone
	Failed                      // the portal refused the credentials: not tried again unasked
	OnRequest                   // octets cost here: nothing is asked until the user wants it
)

var phaseNames = [...]string{
	"inactive", "evaluating", "authenticating", "verifying", "presenting-ui",
	"authenticated", "maintaining", "logging-off", "logged-off", "failed", "on-request",
}

// String returns the word that JSON, D-Bus and logs use.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("unknown(%d)", uint8(p))
}

// MarshalText writes the word.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the word.
func (p *Phase) UnmarshalText(text []byte) error {
	i := slices.Index(phaseNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("parse phase %q: want one of %q", text, phaseNames)
	}
	*p = Phase(i)
	return nil
}

// Settled says whether nothing is under way that would change the phase by itself soon.
func (p Phase) Settled() bool {
	switch p {
	case Inactive, PresentingUI, Authenticated, LoggedOff, Failed, OnRequest:
		return true
	default:
		return false
	}
}

// state is all that the next transition of an association depends on.
type state struct {
	phase    Phase
	network  string   // key of the network joined now, or last
	helper   string   // chosen, or remembered of a network that is online; empty: none
	excluded []string // helpers that said this network is not theirs after all
	attempts int      // tries in a row that led nowhere, for the back-off
	checks   int      // probes since the login that still saw the portal
	off      bool     // the user logged off from network and did not log in again
	metered  bool     // nothing is to be asked over the link but on request
}

// eventKind is what can happen to an association.
type eventKind uint8

const (
	eventJoined    eventKind = iota + 1 // the interface has a network, an address and a route
	eventLost                           // it has not any more
	eventSuspected                      // something happened after which the verdict may differ
	eventProbed                         // a probe came back with a verdict
	eventFlowEnded                      // a helper's flow came to its end
	eventTimer                          // the time that effectArm asked for is over
	eventLogin                          // the user wants to be logged in
	eventLogoff                         // the user wants to be logged off
)

// event is one thing that happened, with what is needed to decide on it.
type event struct {
	kind    eventKind
	cause   Cause
	need    *Need         // eventProbed, eventFlowEnded: what the login waits for if it is presented to the user
	network string        // eventJoined: key of the network
	metered bool          // eventJoined, eventSuspected: nothing is to be asked but on request
	verdict probe.Verdict // eventProbed
	helper  string        // eventProbed: who would log in (portal), or who did last (full); empty: nobody
	waits   bool          // eventProbed, portal: the login before can only go on with the user's word
	refused bool          // eventProbed: the portal refused that helper's credentials before
	next    time.Duration // eventProbed, full: when to look after the session again
	outcome flow.Outcome  // eventFlowEnded; flow.OutcomeUnknown for a flow that broke off
}

// effectKind is what a transition wants done.
type effectKind uint8

const (
	effectCancel       effectKind = iota + 1 // stop the probe or flow under way
	effectProbe                              // probe, claim and pick; ends in eventProbed
	effectAuthenticate                       // run that flow of the chosen helper; ends in eventFlowEnded
	effectMaintain
	effectLogoff
	effectArm     // set the one timer; it is gone with the next transition that has effects
	effectForgive // forget that credentials were refused here: the user asks for another try
)

// effect is one thing to do, in order.
type effect struct {
	kind  effectKind
	after time.Duration // effectArm
}

// The pace of an association. Back-off doubles from the first to the last.
const (
	firstBackoff = time.Second
	lastBackoff  = 5 * time.Minute
	// verifyTries is how often the probe may still see the portal after a login
	// before the login counts as failed: gateways that are told by their
	// controller open some seconds late.
	verifyTries = 3
)

// backoff is how long to wait after so many tries that led nowhere.
func backoff(attempts int) time.Duration {
	delay := firstBackoff
	for range attempts {
		if delay *= 2; delay >= lastBackoff {
			return lastBackoff
		}
	}
	return delay
}
