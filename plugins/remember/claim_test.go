package remember_test

import (
	"net/http"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// A remembered login claims the page that it saw, and none that has other fields, or has those hidden that a person filled in.
func TestClaimsTheShapeThatItSaw(t *testing.T) {
	const start = "https://login.cafe.test/login"
	_, p := remembered(t, store(t), accountAt(t, "login.cafe.test"))
	for page, want := range map[string]claims.Confidence{
		accountPage: claims.High,
		`<h1>New</h1><form method=post action=/go><input name=user type=text><p><input type=password name=password></form>`:    claims.High,
		`<form method=post action=/go><input name=user><input type=password name=password><input name=room></form>`:            claims.Medium,
		`<form method=post action=/go><input name=user type=hidden><input type=password name=password></form>`:                 claims.Medium,
		`<form method=post action=/go><input name=user type="hidden" value=a><input type=hidden name=password value=b></form>`: claims.Medium,
	} {
		e := probe.Evidence{
			Verdict: probe.VerdictPortal, PortalURL: start,
			Hops: []probe.Hop{{URL: start, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: page}},
		}
		if got := p.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: guest.SSID}, &e)); got.Confidence != want {
			t.Errorf("claims %v by %s, want %v: %s", got.Confidence, got.Rule, want, page)
		}
	}
}
