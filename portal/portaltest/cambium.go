package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a Cambium access point of cnMaestro that sends clients to a page of
// the venue, as operators' integrations describe them.
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
	base
	venue string // origin
	guest string // host and port
	token string // that a login must send back
}

func newCambium(b base) site {
	p := &cambium{base: b, venue: "http://" + cambiumVenue, guest: cambiumGuest + ":880"}
	var secure []string
	if b.Kind == KindCambiumSecure && b.Authority != nil {
		p.venue, p.guest = "https://"+cambiumVenue, cambiumGuest+":444"
		secure = []string{cambiumVenue, p.guest}
	}
	return site{
		portal: p,
		hosts:  []string{cambiumVenue, p.guest},
		secure: secure,
		url:    p.venue + "/",
		login:  Login{User: "ga_user", PIN: "ga_pass"},
		traits: "as operators' integrations describe cnMaestro",
	}
}

func (p *cambium) forget() { p.token = digits(p.random, 32) }

// lead is the URL of the venue's page.
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
	switch {
	case hostOf(r) == cambiumVenue:
		return show("cambium-venue", "venue's page", map[string]string{
			"Click": flag(p.Kind == KindCambiumClick), "Action": "http://" + cambiumGuest + ":880" + cambiumPath + "?" + r.URL.RawQuery,
			"User": p.User, "PIN": p.PIN, "Error": r.Form.Get("ga_error_code"),
		})
	case r.URL.Path != cambiumPath || r.Method != http.MethodPost:
		return missing("")
	case r.URL.Query().Get("ga_Qv") != p.token || !p.admits(r.PostForm, "ga_user", "ga_pass"):
		return redirect(http.StatusFound, p.lead("reject"), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
