package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
)

// The kinds of a Cambium access point of cnMaestro that sends clients to a page of the
// venue's, as operators' integrations describe them.
const (
	KindCambium       Kind = "cambium"        // user name and password, over http
	KindCambiumSecure Kind = "cambium-secure" // the same over https
	KindCambiumClick  Kind = "cambium-click"  // a page that knows user name and password
)

const (
	cambiumVenue = "splash.venue.test"
	cambiumGuest = "eu-w1-guest.cloud.cambiumnetworks.com"
	cambiumPath  = "/cgi-bin/hotspot_login.cgi"
)

// cambium answers as the access point does, and as the venue's own server with its page.
type cambium struct {
	random    *rand.Rand
	user, pin string
	click     bool
	venue     string // origin
	guest     string // origin, with the port that goes with it
	token     string // that a login has to bring back
}

func newCambium(opts Options, random *rand.Rand) site {
	p := &cambium{random: random, user: opts.User, pin: opts.PIN, click: opts.Kind == KindCambiumClick}
	p.venue, p.guest = "http://"+cambiumVenue, cambiumGuest+":880"
	secure := []string{}
	if opts.Kind == KindCambiumSecure && opts.Authority != nil {
		p.venue, p.guest = "https://"+cambiumVenue, cambiumGuest+":444"
		secure = []string{cambiumVenue, p.guest}
	}
	p.forget()
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{cambiumVenue, p.guest},
		secure:  secure,
		url:     p.venue + "/",
		login:   Login{User: "ga_user", PIN: "ga_pass"},
		traits:  "as operators' integrations describe cnMaestro",
	}
}

func (p *cambium) forget() { p.token = digits(p.random, 32) }

// lead is the way to the venue's page.
func (p *cambium) lead(mistake string) string {
	query := url.Values{
		"ga_ssid":   {"Guest"},
		"ga_ap_mac": {"02-00-00-00-01-01"},
		"ga_nas_id": {"E410-000101"},
		"ga_srvr":   {cambiumGuest},
		"ga_cmac":   {"02-00-00-00-01-10"},
		"ga_Qv":     {p.token},
	}
	if mistake != "" {
		query.Set("ga_error_code", mistake)
	}
	return p.venue + "/?" + query.Encode()
}

func (p *cambium) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.lead(""), "to the venue's page")
}

func (p *cambium) answer(r *http.Request, _ status) reply {
	form := r.PostForm
	switch {
	case hostOf(r) == cambiumVenue:
		return page(http.StatusOK, render("cambium-venue", map[string]string{
			"Click": flag(p.click), "Action": "http://" + cambiumGuest + ":880" + cambiumPath + "?" + r.URL.RawQuery,
			"User": p.user, "PIN": p.pin, "Error": r.Form.Get("ga_error_code"),
		}), "venue's page")
	case r.URL.Path != cambiumPath || r.Method != http.MethodPost:
		return page(http.StatusNotFound, "", "no such page")
	case r.URL.Query().Get("ga_Qv") != p.token || form.Get("ga_user") != p.user || form.Get("ga_pass") != p.pin:
		return redirect(http.StatusFound, p.lead("reject"), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
