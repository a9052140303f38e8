package agent

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/ondemand"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Status is the state of all associations: what `helper status` shows.
type Status struct {
	Started      time.Time     `json:"started"`
	Associations []Association `json:"associations"` // by interface name
	// OnDemand are the tunnels of the rules for VPNs, filled in by what drives them.
	OnDemand []ondemand.Report `json:"on_demand,omitempty"`
}

// Association is one join of one interface to one network.
type Association struct {
	Interface string        `json:"interface"`
	SSID      wifi.SSID     `json:"ssid"`                     // empty: a wire, or not joined
	Identity  wifi.Identity `json:"identity,omitzero"`        // what the network is recognised by, as far as it is known
	Metered   bool          `json:"metered,omitempty"`        // traffic is known to cost
	Type      LinkKind      `json:"type,omitempty"`           // of the interface
	BSSID     wifi.BSSID    `json:"bssid,omitzero"`           // of the access point; zeros: a wire, or not known
	DNS       []netip.Addr  `json:"dns,omitempty"`            // name servers of the link
	Domains   []string      `json:"search_domains,omitempty"` // masked; see [Association.LinkDomains]
	Phase     Phase         `json:"phase"`
	Since     time.Time     `json:"since"` // of the phase
	Verdict   probe.Verdict `json:"verdict"`
	Reason    string        `json:"reason,omitempty"`    // for the verdict
	Silent    bool          `json:"silent,omitempty"`    // of limited: connections are accepted and nothing comes back; the gateway may only be busy
	Obstacle  string        `json:"obstacle,omitempty"`  // what keeps the portal's page from being read, or this computer from the network: see [probe.Evidence.Obstacle]
	Helper    string        `json:"helper,omitempty"`    // chosen, or remembered to have logged in
	Why       string        `json:"why,omitempty"`       // why that helper, or why none
	LoginOff  bool          `json:"login_off,omitempty"` // the configuration turns logins off for this network
	Need      *Need         `json:"need,omitempty"`      // what the login waits for
	// HeldBack is the stored secret that cannot be read: until it can, what the network says is held back, since
	// it may repeat that secret; nil: nothing is, or all are still being looked up.
	HeldBack  *Need      `json:"held_back,omitempty"`
	Step      string     `json:"step,omitempty"` // of the flow under way
	PortalURL string     `json:"portal_url,omitempty"`
	CheckURL  string     `json:"check_url,omitempty"` // of a check that the portal intercepts: opened anew, it leads to the portal
	Expires   *time.Time `json:"expires,omitempty"`   // of the session, while it lasts, if known
	// ExpiresLearned says that nobody told Expires: sessions on this network ended at that age before.
	ExpiresLearned bool           `json:"expires_learned,omitempty"`
	NextCheck      *time.Time     `json:"next_look,omitempty"`  // when the agent probes again by itself
	API            *probe.CAPPORT `json:"api,omitempty"`        // RFC 8908 document
	APISource      string         `json:"api_source,omitempty"` // how the link knows its API; empty: it does not, and API was received on the way
	Claims         []claims.Claim `json:"claims,omitempty"`     // of the last evaluation, best first
	Journal        []Transition   `json:"journal"`              // oldest first, the last ones only
	// Remembered are the logins that the user had remembered here, filled in by what keeps them.
	Remembered []Remembered `json:"remembered,omitempty"`

	portal  *probe.Evidence // of the last probe that saw one
	domains []string        // as the network gives them
}

// Remembered is a login that the user did once on this network and had remembered.
type Remembered struct {
	Helper string `json:"helper"`
	// FirstUse says that the session is the first that it began by itself.
	FirstUse bool       `json:"first_use,omitempty"`
	SetAside *time.Time `json:"set_aside,omitempty"` // it claims nothing since then: its logins failed
	Why      string     `json:"why,omitempty"`       // of SetAside
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
	LogoffBusy        LogoffResult = "busy"         // the portal was busy (429, 503) for longer than a logoff waits
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
	CauseConsent  CauseKind = "consent"  // the user agreed to what a login waited for
	CauseInput    CauseKind = "input"    // the user gave what a login waited for
	CauseLogoff   CauseKind = "logoff"   // the user asked to log off
	CauseSettings CauseKind = "settings" // the configuration was read again
	CauseHelpers  CauseKind = "helpers"  // the helpers changed
	CauseSleep    CauseKind = "sleep"    // the computer goes to sleep, woke up, or its clock was set
	CauseSeat     CauseKind = "seat"     // another user's agent does not log in any more

	CauseConnectivity CauseKind = "connectivity" // NetworkManager's check sees something else
	CauseWindow       CauseKind = "window"       // a person uses the portal in the sign-in window
	CauseProbe        CauseKind = "probe"        // the user asked to look again
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
		Type:      as.link.Kind,
		DNS:       as.link.DNS,
		Domains:   as.domains.list,
		Phase:     as.state.phase,
		Since:     as.since.UTC(),
		Helper:    as.state.helper,
		Why:       as.findings.why,
		LoginOff:  as.findings.isOff,
		Need:      as.need,
		Step:      as.task.step,
		NextCheck: known(as.timer.due),
		Claims:    as.findings.claims,
		Journal:   as.journal,
		portal:    as.findings.portal,
		domains:   as.link.SearchDomains,
	}
	if len(as.network.BSSs) > 0 {
		s.BSSID = as.network.BSSs[0].BSSID
	}
	if e := cmp.Or(as.task.early, as.findings.evidence); e != nil {
		shown := e.Shown()
		if as.isHeld() {
			shown = heldEvidence(shown)
		}
		s.Verdict, s.Reason, s.PortalURL, s.API = shown.Verdict, shown.Reason, shown.PortalURL, shown.CAPPORT
		s.CheckURL = e.CheckURL()
		s.Obstacle, s.Silent = string(shown.Obstacle()), shown.Silent
	}
	if as.state.phase == Authenticated || as.state.phase == Maintaining {
		s.Expires = known(as.session.expires)
		if end := as.session.expected(); !end.IsZero() {
			s.Expires, s.ExpiresLearned = known(end), true
		}
	}
	if as.state.phase == Maintaining && as.state.elsewhere {
		s.Why = strings.TrimPrefix(s.Why+"; "+notTheSessions, "; ")
	}
	if as.isHeld() {
		s.HeldBack = as.heldFor
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
