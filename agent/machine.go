package agent

import (
	"fmt"
	"slices"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Phase is the state of one association as it is shown. The zero value is Inactive.
type Phase uint8

// The phases of an association.
const (
	Inactive       Phase = iota // no network is joined, or it has no address or route yet
	Evaluating                  // the probe looks for a portal, the helpers claim it
	Authenticating              // the chosen helper logs in
	Verifying                   // the probe checks whether that worked
	PresentingUI                // a portal that only the user can pass
	Authenticated               // the Internet answers
	Maintaining                 // the session is kept or checked
	LoggingOff                  // the chosen helper logs off
	LoggedOff                   // the user wants this network left alone
	Failed                      // the portal refused the credentials: they are not tried again without a request
	OnRequest                   // the link is metered: nothing is sent without a request
	Deferred                    // a login that is tried again by itself, at a time that [Need.Until] tells
)

var phaseNames = [...]string{
	"inactive", "evaluating", "authenticating", "verifying", "presenting-ui",
	"authenticated", "maintaining", "logging-off", "logged-off", "failed", "on-request", "deferred",
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

// Settled reports whether no work is under way that changes the phase soon.
func (p Phase) Settled() bool {
	switch p {
	case Inactive, PresentingUI, Authenticated, LoggedOff, Failed, OnRequest, Deferred:
		return true
	default:
		return false
	}
}

// state is what the next transition of an association depends on.
type state struct {
	phase    Phase
	network  string   // identity of the network joined now, or last
	helper   string   // chosen, or remembered of a network that is online; empty: none
	excluded []string // helpers that said this network is not theirs after all
	attempts int      // attempts in a row without success, for the back-off
	checks   int      // probes since the login that did not see the Internet
	off      bool     // the user logged off from network and did not log in again
	// requested says that the user asked for the login under way: then credentials are sent
	// although they were refused.
	requested bool
	// submissions counts the logins since the last other verdict that sent something and
	// after which the probe still saw the portal.
	submissions int
	// sender is the helper that submitted something, until it is known what that did; empty:
	// none. It outlives a short loss of the network: many gateways disconnect the station
	// when they let it in.
	sender string
	// stuck says that the last login broke off for a reason that no other try heals.
	stuck       bool
	earlyChecks int  // checks in a row that the network wanted sooner than shortestCheck
	metered     bool // the link is probed on request only
	// wanted is when the check that is armed or under way was wanted, before the back-off.
	wanted time.Duration
	// looks says that a logoff begins with a probe: it is not known whether there is a session.
	looks  bool
	logoff LogoffResult // of the last logoff
	// waited is how long the logoff under way has waited for a busy portal; isWaiting says that it does.
	waited    time.Duration
	isWaiting bool
	asleep    bool // the computer is being suspended: nothing is sent
	woke      bool // the timer is that of the probe after waking
	// elsewhere says that a page which is not the portal's stands in for the Internet: the
	// session is kept meanwhile.
	elsewhere bool
	// gentle says that the gateway accepts connections and does not answer in time: one thing is asked
	// at a time, until the probe says something else.
	gentle bool
}

// eventKind is what can happen to an association.
type eventKind uint8

const (
	eventJoined     eventKind = iota + 1 // the interface has a network, an address and a route
	eventIdentified                      // more is known now of the network that is joined
	eventLost                            // one of these is gone
	eventSuspected                       // something happened that may change the verdict
	eventProbed                          // a probe ended with a verdict
	eventFlowEnded                       // a flow of a helper ended
	eventAbandoned                       // a login was cancelled after it had submitted something
	eventTimer                           // the time of effectArm is over
	eventLogin                           // the user wants to be logged in
	eventLogoff                          // the user wants to be logged off
	eventAsleep                          // the computer is about to be suspended
	eventAwake                           // it may have been suspended until now, or its clock was set
)

// event is one thing that happened, with what the decision on it depends on.
type event struct {
	kind               eventKind
	cause              Cause
	need               *Need         // eventProbed, eventFlowEnded: what the login waits for if the phase is PresentingUI
	network            string        // eventJoined, eventIdentified: its identity
	off                bool          // eventJoined, eventIdentified: the user logged off from it, and wants it left alone
	metered            bool          // eventJoined, eventSuspected: the link is probed on request only
	again              bool          // eventJoined, eventIdentified: it was the network a short time ago
	asked              bool          // eventJoined: the user asks for a login
	fresh              bool          // eventSuspected: helpers or settings changed, so that a submission may have another result
	verdict            probe.Verdict // eventProbed
	silent             bool          // eventProbed: the gateway accepts connections and does not answer in time
	helper             string        // eventProbed: who would log in (portal), or who did last (full); eventAbandoned: who submitted; empty: none
	elsewhere          bool          // eventProbed, portal: the page is not that of the portal of the session, which may be alive
	waits              bool          // eventProbed, portal: the last login needs the user's consent to go on
	credentialsRefused bool          // eventProbed: the portal refused that helper's credentials before
	justRefused        bool          // eventProbed: that was a moment ago, so a request for a login has its answer
	later              time.Duration // eventProbed, eventFlowEnded: how long logins wait; 0: they need not
	busy               bool          // eventProbed, eventFlowEnded: they wait because the portal said that it is busy; eventTimer: the keepalive waits for that
	spent              bool          // eventProbed: a busy portal got so many logins that the next one is the user's
	stuck              bool          // eventFlowEnded: the flow broke off for a reason that no other try heals
	lostWay            bool          // eventSuspected: the address or the gateway of what is under way is gone
	window             bool          // eventSuspected: a person uses the portal
	claimed            bool          // eventLogoff: a helper may know how to end a session that it did not begin
	exit               bool          // eventLogoff: the agent ends; the network is not left alone after that
	next               time.Duration // eventProbed, full: delay until the session is checked again
	period             time.Duration // eventProbed, full: that delay without what the network says
	outcome            flow.Outcome  // eventFlowEnded; flow.OutcomeUnknown for a flow that broke off
	sent               bool          // eventFlowEnded: the flow submitted something
}

// effectKind is what a transition makes the loop do.
type effectKind uint8

const (
	effectCancel       effectKind = iota + 1 // stop the probe or flow under way
	effectProbe                              // probe, ask for claims, pick a helper; ends in eventProbed
	effectAuthenticate                       // run that flow of the chosen helper; ends in eventFlowEnded
	effectMaintain
	effectLogoff
	effectArm           // set the timer; the next transition that has effects disarms it
	effectClearLogoff   // remove the logoff: the user asks for a login
	effectClearRefusals // remove that the credentials of the chosen helper were refused
)

// effect is one thing to do, in order.
type effect struct {
	kind  effectKind
	after time.Duration // effectArm
	cause Cause         // effectArm: of the eventTimer; zero: it was time
	look  bool          // effectProbe: nothing speaks against what the last probe said
	// gentle says of effectProbe that one thing is asked at a time.
	gentle bool
}

// backoff is the pace of an association, and of watchers that break.
var backoff = wait.Backoff{First: time.Second, Last: 5 * time.Minute}

const (
	// verifyTries is how often the probe may still see the portal after a login that
	// submitted something: some gateways wait for their controller, and open up to 20 s
	// late. The probes take 31 s.
	verifyTries = 7
	// brokenTries is the same after a flow that broke off before it submitted anything.
	brokenTries = 3
	// limitedTries is how often the probe may see neither portal nor Internet after a login,
	// until the login counts as ended. The probes take 7 s, and the time until they give up.
	limitedTries = 4
	// longestVerify is the longest delay between two of these probes.
	longestVerify = 8 * time.Second
	// logoffTries is how often the probe may say after a logoff that the link is still
	// online. The probes take 7 s.
	logoffTries = 4
	// longestWait is how long a logoff waits for a busy portal in all: the one who asked wants an
	// answer soon.
	longestWait = 45 * time.Second
	// stuckTries is how often the probe sees the portal before a login is tried again that
	// no other try heals, as far as anyone knows. The probes take 8 min.
	stuckTries = 10
	// shortestCheck is the shortest delay that the network can ask for more than once.
	shortestCheck = time.Minute
	// shortestSession is how long a session lasts at least to be checked at its end each time.
	shortestSession = 10 * time.Second
	// maxSubmissions is how often something is submitted without a change of the verdict.
	// A helper that does not recognise a refusal would otherwise repeat the login forever.
	maxSubmissions = 2
)
