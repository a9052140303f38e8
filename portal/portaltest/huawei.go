package portaltest

import (
	"net/http"
	"strings"
)

// KindHuawei answers as a Huawei access controller does that a page of the venue logs in
// to, as an operator's integration describes it.
const KindHuawei Kind = "huawei"

const (
	huaweiVenue      = "wifi.venue.test"
	huaweiController = "198.51.100.8:8000" // not the gateway of the link
)

// huawei answers as the controller does, and as the venue's own server with its page.
type huawei struct{ base }

func newHuawei(b base) site {
	return site{
		portal: &huawei{b},
		hosts:  []string{huaweiVenue, huaweiController},
		url:    "http://" + huaweiVenue + "/guest",
		login:  Login{User: "username", PIN: "password"},
		traits: "as an operator's integration describes Huawei",
	}
}

// intercept redirects with escaped dots in the query.
func (p *huawei) intercept(*http.Request) reply {
	escape := strings.NewReplacer(".", "%2E", ":", "%3A", "/", "%2F").Replace
	return p.intercepted("http://"+huaweiVenue+"/guest?userip="+escape("192.0.2.50")+"&usermac=020000000110&url="+
		escape("http://"+huaweiController), "to the venue's page")
}

func (p *huawei) answer(r *http.Request, _ status) reply {
	switch {
	case hostOf(r) == huaweiVenue:
		return show("huawei-venue", "venue's page", nil)
	case r.Method != http.MethodPost:
		return missing("")
	case !p.admits(r.PostForm, "username", "password"):
		return redirect(http.StatusFound, p.sent, "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
