package agent

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Status is the state of all associations: what `helper status` shows.
type Status struct {
	Started      time.Time     `json:"started"`
	Associations []Association `json:"associations"` // by interface name
}

// Association is one join of one interface to one network.
type Association struct {
	Interface string         `json:"interface"`
	SSID      wifi.SSID      `json:"ssid"`              // empty: a wire, or not joined
	Identity  wifi.Identity  `json:"identity,omitzero"` // what the network is recognised by, as far as it is known
	Metered   bool           `json:"metered,omitempty"` // traffic is known to cost
	Phase     Phase          `json:"phase"`
	Since     time.Time      `json:"since"` // of the phase
	Verdict   probe.Verdict  `json:"verdict"`
	Reason    string         `json:"reason,omitempty"`   // for the verdict
	Obstacle  string         `json:"obstacle,omitempty"` // what keeps the portal's page from being read, see [probe.Hop]
	Helper    string         `json:"helper,omitempty"`   // chosen, or remembered to have logged in
	Why       string         `json:"why,omitempty"`      // why that helper, or why none
	Need      *Need          `json:"need,omitempty"`     // what the login waits for
	Step      string         `json:"step,omitempty"`     // of the flow under way
	PortalURL string         `json:"portal_url,omitempty"`
	Expires   *time.Time     `json:"expires,omitempty"`    // of the session, if known
	NextCheck *time.Time     `json:"next_look,omitempty"`  // when the agent probes again by itself
	API       *probe.CAPPORT `json:"api,omitempty"`        // RFC 8908 document
	APISource string         `json:"api_source,omitempty"` // how the link knows its API; empty: it does not, and API was received on the way
	Claims    []claims.Claim `json:"claims,omitempty"`     // of the last evaluation, best first
	Journal   []Transition   `json:"journal"`              // oldest first, the last ones only

	portal *probe.Evidence // of the last probe that saw one
}

// Transition is one change of phase with its cause.
type Transition struct {
	Time      time.Time     `json:"time"`
	Interface string        `json:"interface"`
	SSID      wifi.SSID     `json:"ssid"`
	From      Phase         `json:"from"`
	To        Phase         `json:"to"`
	Verdict   probe.Verdict `json:"verdict"`
	Helper    string        `json:"helper,omitempty"`
	CauseKind CauseKind     `json:"cause_kind"`
	Cause     string        `json:"cause"`            // in a sentence
	Need      *Need         `json:"need,omitempty"`   // what the login waits for now
	Logoff    LogoffResult  `json:"logoff,omitempty"` // of a logoff that ended; empty: none did
}

// LogoffResult says what came of a logoff. In each case the agent leaves the network alone.
type LogoffResult string

// What comes of a logoff.
const (
	LogoffDone        LogoffResult = "done"         // the probe sees the portal
	LogoffNoFlow      LogoffResult = "no-flow"      // the helper cannot log off
	LogoffNoHelper    LogoffResult = "no-helper"    // the link is online, and no helper is known to have logged in
	LogoffFailed      LogoffResult = "failed"       // the flow broke off, or the portal refused
	LogoffStillOnline LogoffResult = "still-online" // the flow went well, and the link is still online
	LogoffUnverified  LogoffResult = "not-verified" // the probe reaches neither portal nor Internet
)

// CauseKind says what brought a transition about.
type CauseKind string

// What brings transitions about. A caller of [Agent.Suspect] may have others.
const (
	CauseJoined   CauseKind = "joined"   // the interface joined a network
	CauseLost     CauseKind = "lost"     // the interface lost its network
	CauseLink     CauseKind = "link"     // addresses, routes, name servers or whether it is metered changed
	CauseRadio    CauseKind = "radio"    // the radio reconnected or roamed
	CauseVerdict  CauseKind = "verdict"  // a probe ended
	CauseFlow     CauseKind = "flow"     // a flow of a helper ended
	CauseTimer    CauseKind = "timer"    // it was time to probe again
	CauseLogin    CauseKind = "login"    // the user asked to log in
	CauseLogoff   CauseKind = "logoff"   // the user asked to log off
	CauseSettings CauseKind = "settings" // the configuration was read again
	CauseHelpers  CauseKind = "helpers"  // the helpers changed
)

// Cause says why something happened: a kind for programs, a sentence for people.
type Cause struct {
	Kind CauseKind
	Text string
}

// maxJournal is how many transitions an association keeps for its status.
const maxJournal = 32

// publish copies the present state for readers outside the loop.
func (a *Agent) publish() {
	status := Status{Started: a.started.UTC(), Associations: []Association{}}
	for _, name := range slices.Sorted(maps.Keys(a.associations)) {
		status.Associations = append(status.Associations, a.associations[name].snapshot())
	}
	networks, settings := a.shownScans(), a.settings
	a.status.Store(&status)
	a.networks.Store(&networks)
	a.live.Store(&settings)
}

// snapshot copies what others may see. They share slices and evidence, which are
// replaced and never changed.
func (as *association) snapshot() Association {
	s := Association{
		Interface: as.link.Interface,
		SSID:      as.network.SSID,
		Identity:  as.identity,
		Metered:   as.link.Metered,
		Phase:     as.state.phase,
		Since:     as.since.UTC(),
		Helper:    as.state.helper,
		Why:       as.findings.why,
		Need:      as.need,
		Step:      as.task.step,
		Expires:   known(as.session.expires),
		NextCheck: known(as.timer.due),
		Claims:    as.findings.claims,
		Journal:   as.journal,
		portal:    as.findings.portal,
	}
	if e := cmp.Or(as.task.early, as.findings.evidence); e != nil {
		shown := e.Shown()
		if as.isHeld() {
			shown = heldEvidence(shown)
		}
		s.Verdict, s.Reason, s.PortalURL, s.API = shown.Verdict, shown.Reason, shown.PortalURL, shown.CAPPORT
		s.Obstacle = string(shown.Obstacle())
	}
	if as.isHeld() {
		s.holdBack()
	}
	if s.API != nil {
		s.APISource = as.link.APISource
	}
	return s
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
