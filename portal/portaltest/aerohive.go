package portaltest

import (
	"net/http"
	"strings"
)

// KindAerohive answers as an Aerohive access point does (Extreme Networks since), with a
// page of the venue, as integrations describe it.
const KindAerohive Kind = "aerohive"

const (
	aerohiveVenue = "portal.venue.test"
	aerohivePoint = "1.1.1.1" // the same address in every access point
)

// aerohive answers as the access point does, and as the venue's own server with its page.
type aerohive struct{ base }

func newAerohive(b base) site {
	return site{
		portal: &aerohive{b},
		hosts:  []string{aerohiveVenue, aerohivePoint},
		url:    "http://" + aerohiveVenue + "/guest",
		login:  Login{User: "username", PIN: "password"},
		traits: "as operators' integrations describe Aerohive",
	}
}

func (p *aerohive) intercept(*http.Request) reply {
	token := strings.ToUpper(digits(p.random, 96)) // derived from the requested URL
	return p.intercepted("http://"+aerohiveVenue+"/guest?url="+token+"&ssid=Guest&mac=020000000110&autherr=0&challenge="+
		strings.ToUpper(digits(p.random, 32))+"&Called-Station-Id=020000000101&NAS-IP-Address=198.51.100.1"+
		"&RADIUS-NAS-IP=192.0.2.2&Calling-Station-Id=020000000110&STA-IP=192.0.2.50&NAS-ID=AH-000101", "to the venue's page")
}

func (p *aerohive) answer(r *http.Request, _ status) reply {
	switch {
	case hostOf(r) == aerohiveVenue:
		return show("aerohive-venue", "venue's page", map[string]string{"Failed": flag(r.Form.Get("autherr") == "1")})
	case r.URL.Path != "/reg.php" || r.Method != http.MethodPost:
		return missing("")
	case !p.admits(r.PostForm, "username", "password") || r.PostForm.Get("url") == "":
		return redirect(http.StatusFound, strings.Replace(p.sent, "&autherr=0", "&autherr=1", 1), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
