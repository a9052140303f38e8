package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
)

// KindHuawei answers as a Huawei access controller that listens to a page of the venue's
// does, as an operator's integration describes it.
const KindHuawei Kind = "huawei"

const (
	huaweiVenue      = "wifi.venue.test"
	huaweiController = "198.51.100.8:8000" // which is not the link's gateway
)

// huawei answers as the controller does, and as the venue's own server with its page.
type huawei struct {
	user, pin string
	sent      string // where the client was sent last
}

func newHuawei(opts Options, _ *rand.Rand) site {
	return site{
		portal:  &huawei{user: opts.User, pin: opts.PIN},
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{huaweiVenue, huaweiController},
		url:     "http://" + huaweiVenue + "/guest",
		login:   Login{User: "username", PIN: "password"},
		traits:  "as an operator's integration describes Huawei",
	}
}

func (p *huawei) forget() { p.sent = "" }

// intercept escapes the dots, too.
func (p *huawei) intercept(*http.Request) reply {
	escape := strings.NewReplacer(".", "%2E", ":", "%3A", "/", "%2F").Replace
	p.sent = "http://" + huaweiVenue + "/guest?userip=" + escape("192.0.2.50") + "&usermac=020000000110&url=" + escape("http://"+huaweiController)
	return redirect(http.StatusFound, p.sent, "to the venue's page")
}

func (p *huawei) answer(r *http.Request, _ status) reply {
	switch {
	case hostOf(r) == huaweiVenue:
		return page(http.StatusOK, render("huawei-venue", nil), "venue's page")
	case r.Method != http.MethodPost:
		return page(http.StatusNotFound, "", "no such page")
	case r.PostForm.Get("username") != p.user || r.PostForm.Get("password") != p.pin:
		return redirect(http.StatusFound, p.sent, "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
