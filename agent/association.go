package agent

import (
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// association is one interface with the network it has joined. It belongs to the
// agent's loop; work outside the loop gets copies.
type association struct {
	link     Link
	network  wifi.Network  // joined now
	identity wifi.Identity // of the network joined now, or last
	dataOf   wifi.Identity // of the network that session, secrets and seen.portal are of
	path     Path          // nil: no network was joined yet
	open     *openPage     // of path

	state   state
	since   time.Time // of the phase
	need    *Need     // while the user has to act
	journal []Transition

	isRequested bool // its first join was the user's request, see [Config]

	findings   findings
	session    session
	login      lastLogin
	secrets    redactors      // of flows: a portal may repeat to the probe what they sent
	stored     *storedSecrets // looked up last; nil: never
	heldFor    *Need          // the stored secret that could not be read then or before; nil: none
	late       lateMasks
	domains    shownDomains
	task       task
	timer      timer
	roam       roam
	suspicions suspicions

	windowUntil time.Time // a person uses the portal until then
}

// findings are what probes and helpers found out about a network.
type findings struct {
	evidence *probe.Evidence // of the last probe
	portal   *probe.Evidence // of the last probe that saw the portal
	online   *probe.Evidence // of the last probe with all checks that said full
	api      portalPause
	looks    int            // since the start, each at one operator
	claims   []claims.Claim // of the last evaluation, best first
	why      string         // the pick fell as it did
	isOff    bool           // the configuration turns logins off for the network
}

// attach takes the network that the interface has now.
func (as *association) attach(network wifi.Network, identity wifi.Identity, dial Dialer) {
	as.closeIdle()
	as.network, as.identity = network, identity
	if identity.Complete() {
		as.dropOthers()
	}
	as.path, as.open = dial(as.link, probe.FamilyAny), &openPage{}
}

// dropOthers drops what is known of another network than the one joined now. What is known
// of a network outlives a short loss of it, so that the agent can still log off from it.
func (as *association) dropOthers() {
	if as.dataOf != as.identity {
		as.forgetHeld()
		as.secrets, as.findings.portal, as.session = nil, nil, session{}
		as.login = lastLogin{attempt: as.login.attempt}
		as.findings.api = portalPause{}
	}
	as.dataOf = as.identity
}

// detach drops what holds for a network only while it is joined. What the interface
// misses for another one is a verdict that needs no probe.
func (as *association) detach(missing string) {
	as.closeIdle()
	as.network = wifi.Network{}
	as.findings.evidence = &probe.Evidence{Verdict: probe.VerdictNone, Reason: missing, Time: time.Now(), Link: as.link.Link}
	as.findings.claims, as.findings.why, as.findings.isOff = nil, "", false
}

// closeIdle closes the connections that no request uses.
func (as *association) closeIdle() {
	if as.path != nil {
		as.path.CloseIdleConnections()
	}
}

// halt stops all that the association has under way.
func (as *association) halt() {
	as.task.cancel()
	as.timer.disarm()
	as.roam.timer.disarm()
	as.suspicions.drop()
	as.closeIdle()
}
