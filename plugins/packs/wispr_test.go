package packs_test

import (
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// An account that the user set up for WISPr wins where it fits the login, also over packs that
// name the portal's host. Without one the operator's pack wins.
func TestAccountsWin(t *testing.T) {
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	const fon, page = "telekom.portal.fon.com", "https://hotspot.t-mobile.net/wlan/redirect.do"
	for _, row := range []struct {
		name, page, login string
		hosts             []string
		want              string
	}{
		{"its login", "https://" + fon + "/", "https://" + fon + "/login", []string{fon}, "wispr"},
		{"its suffix", "https://" + fon + "/", "https://" + fon + "/login", []string{"*.fon.com"}, "wispr"},
		{"the host of a page", "https://kpn.portal.fon.com/", "https://kpn.portal.fon.com/login", []string{"kpn.portal.fon.com"}, "wispr"},
		{"a login elsewhere", page, "https://login.roaming.test/", []string{"login.roaming.test"}, "wispr"},
		{"a login in clear", page, "http://hotspot.t-mobile.net/login", []string{"hotspot.t-mobile.net"}, "wispr"},
		{"another login", "https://" + fon + "/", "https://" + fon + "/login", []string{"login.roaming.test"}, "telekom"},
		{"no account", "https://" + fon + "/", "https://" + fon + "/login", nil, "telekom"},
	} {
		t.Run(row.name, func(t *testing.T) {
			message := "<!-- <WISPAccessGatewayParam><Redirect><MessageType>100</MessageType><ResponseCode>0</ResponseCode><LoginURL>" +
				row.login + "</LoginURL></Redirect></WISPAccessGatewayParam> -->"
			facts := claims.NewFacts(wifi.Network{SSID: "Guest"}, &probe.Evidence{
				Verdict: probe.VerdictPortal, PortalURL: row.page, WISPr: message,
				Hops: []probe.Hop{{URL: row.page, Status: 200, Body: message}},
			})
			made := []claims.Claim{builtin.NewWISPr("wispr", row.hosts).Claim(t.Context(), facts)}
			for _, p := range all {
				made = append(made, p.Claim(t.Context(), facts))
			}
			if winner, why, _ := claims.Pick(made, claims.Preference{}); winner.Helper != row.want {
				t.Errorf("%s wins: %s", winner.Helper, why)
			}
		})
	}
}
