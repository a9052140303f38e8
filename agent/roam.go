package agent

import (
	"cmp"
	"context"
	"time"

	"hotspot-helper/wifi"
)

// roamTime is how long a radio may be without a carrier while it stays associated, or between two access
// points. A supplicant that roams takes the carrier away until its handshake with the other access point is over.
const roamTime = 2 * time.Second

// roam is what is known of an association whose radio is between two access points.
type roam struct {
	timer   timer
	cause   Cause // what was suspected meanwhile
	movesOn bool  // the radio left one, and has not joined another yet
	isOver  bool  // it took too long: the network is lost
}

// reasonUnspecified is a reason code of IEEE 802.11. mac80211 gives it for the access point that it leaves
// to authenticate with another (ieee80211_mgd_auth); a supplicant that ends an association gives others.
const reasonUnspecified = 1

// noteRadio remembers whether the radio is on its way to another access point.
func (as *association) noteRadio(e wifi.Event) {
	as.roam.movesOn = e.Kind == wifi.EventDisconnected && !e.ByAP && e.Reason == reasonUnspecified
}

// isRoaming reports whether a link is likely to be associated, and to have its carrier, at once: its radio does
// not say that it was disconnected, or it did so to join another access point. The network is not lost meanwhile,
// but at once if the radio joins another one: what is under way was agreed to for the network before.
func (a *Agent) isRoaming(ctx context.Context, as *association, link Link, suspicion Cause) bool {
	joined, isAssociated := a.joined[link.Interface]
	isBetween := as.roam.movesOn || isAssociated && !link.Carrier
	hasLeft := isAssociated && isOther(as.identity, a.identify(as, joined, link))
	if !isBetween || hasLeft || as.state.phase == Inactive || a.isAsleep || !a.isRadio(link) || as.roam.isOver {
		return false
	}
	if suspicion.Text != "" {
		as.roam.cause = suspicion
	}
	if as.roam.timer.due.IsZero() {
		as.roam.timer.arm(roamTime, func(number int) {
			a.post(ctx, func(ctx context.Context) {
				if as.roam.timer.number == number {
					as.roam.isOver = true
					a.join(ctx, a.links[link.Interface], Cause{})
				}
			})
		})
	}
	return true
}

// endRoam returns what is suspected of a link that has its carrier again, or was lost.
func (as *association) endRoam(suspicion Cause) Cause {
	if !as.roam.timer.due.IsZero() && suspicion.Text == "" {
		suspicion = cmp.Or(as.roam.cause, Cause{CauseLink, "the carrier was lost for a moment"})
	}
	as.roam.timer.disarm()
	as.roam.cause, as.roam.movesOn, as.roam.isOver = Cause{}, false, false
	return suspicion
}
