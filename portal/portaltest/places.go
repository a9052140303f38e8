package portaltest

// places are the rows of the table products for what hotels, shops, trains, houses and small
// sites have.
func places() []product {
	return []product{
		{KindArubaCentral, "a click", newArubaCentral},
		{KindConn4, "a click, as JSON", newConn4},
		{KindConn4Tariffs, "a click, as JSON", newConn4},
		{KindFritzBox, "a click", newFritzBox},
		{KindHotsplots, "a click", newHotsplots},
		{KindHotsplotsToken, "a click", newHotsplots},
		{KindHotsplotsTrain, "a click", newHotsplots},
		{KindHRewards, "user name and password, or a click", newHRewards},
		{KindHRewardsClick, "a click", newHRewards},
		{KindIACBox, "user name and password", newIACBox},
		{KindIACBoxClick, "a click", newIACBox},
		{KindIcomera, "a click", newIcomera},
		{KindIKEA, "a click, as JSON", newIKEA},
		{KindIPFire, "a voucher", newIPFire},
		{KindIPFireClick, "a click", newIPFire},
		{KindKerio, "user name and password", newKerio},
		{KindOEBB, "a click", newOEBB},
		{KindSocialWave, "an e-mail address, as JSON", newSocialWave},
		{KindSocialWaveClick, "a click, as JSON", newSocialWave},
		{KindUcopia, "user name and password, as JSON, and a keepalive", newUcopia},
		{KindUcopiaClick, "a click, as JSON, and a keepalive", newUcopia},
		{KindUntangle, "user name and password", newUntangle},
		{KindUntangleClick, "a click", newUntangle},
		{KindWatchGuard, "user name, password and domain", newWatchGuard},
		{KindWatchGuardClick, "a click", newWatchGuard},
		{KindZeroshell, "user name and password, and a keepalive", newZeroshell},
	}
}

// scriptedPlaces are the kinds of places that are not whole: see [Kind.Whole].
func scriptedPlaces() []Kind {
	return []Kind{
		KindArubaCentral, KindConn4, KindConn4Tariffs, KindIKEA, KindSocialWave, KindSocialWaveClick, KindUcopia, KindUcopiaClick, KindZeroshell,
	}
}
