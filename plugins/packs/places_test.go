package packs_test

import (
	"time"

	"hotspot-helper/portal/portaltest"
)

// placeStandins are the rows of the table standins for what hotels, shops, trains, houses and
// small sites have.
func placeStandins() []standin {
	return []standin{
		{pack: "aruba-central", kind: portaltest.KindArubaCentral, terms: true, stays: true},
		{pack: "conn4", kind: portaltest.KindConn4, terms: true, stays: true},
		{pack: "conn4", kind: portaltest.KindConn4Tariffs, terms: true, stays: true},
		{pack: "fritzbox", kind: portaltest.KindFritzBox, terms: true, stays: true},
		{pack: "hotsplots", kind: portaltest.KindHotsplots, terms: true, stays: true},
		{pack: "hotsplots", kind: portaltest.KindHotsplotsToken, terms: true, stays: true},
		{pack: "hotsplots", kind: portaltest.KindHotsplotsTrain, terms: true, stays: true},
		{pack: "hrewards", kind: portaltest.KindHRewards, inputs: user, wrong: wrongPassword, terms: true, stays: true},
		{pack: "hrewards", kind: portaltest.KindHRewardsClick, terms: true, stays: true},
		{pack: "iacbox", kind: portaltest.KindIACBox, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "iacbox", kind: portaltest.KindIACBoxClick, terms: true},
		{pack: "icomera", kind: portaltest.KindIcomera, terms: true, stays: true},
		{pack: "ikea", kind: portaltest.KindIKEA, terms: true, stays: true},
		{pack: "ipfire", kind: portaltest.KindIPFire, inputs: voucher, wrong: wrongVoucher, clear: true, stays: true},
		{pack: "ipfire", kind: portaltest.KindIPFireClick, terms: true, stays: true},
		{pack: "kerio-control", kind: portaltest.KindKerio, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "oebb", kind: portaltest.KindOEBB, terms: true, stays: true},
		{pack: "social-wave", kind: portaltest.KindSocialWave, inputs: mail, terms: true, stays: true},
		{pack: "social-wave", kind: portaltest.KindSocialWaveClick, terms: true, stays: true},
		{pack: "ucopia", kind: portaltest.KindUcopia, inputs: user, wrong: wrongPassword, clear: true, idle: 2 * time.Minute},
		{pack: "ucopia", kind: portaltest.KindUcopiaClick, terms: true, idle: 2 * time.Minute},
		{pack: "untangle", kind: portaltest.KindUntangle, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "untangle", kind: portaltest.KindUntangleClick, terms: true},
		{pack: "watchguard", kind: portaltest.KindWatchGuard, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "watchguard", kind: portaltest.KindWatchGuard, way: "domain", inputs: member, wrong: wrongMember, clear: true},
		{pack: "watchguard", kind: portaltest.KindWatchGuardClick, terms: true},
		{pack: "zeroshell", kind: portaltest.KindZeroshell, inputs: user, wrong: wrongPassword, clear: true, idle: 90 * time.Second},
	}
}

// More inputs that the stand-ins accept and refuse.
var (
	mail        = map[string]string{"email": "ada@example.test"}
	member      = map[string]string{"user": "ada", "pass": "2718", "domain": "campus.test"}
	wrongMember = map[string]string{"user": "ada", "pass": "1828", "domain": "campus.test"}
)
