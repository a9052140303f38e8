package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
)

// The kinds of a Zyxel access point of Nebula that sends clients to a page of the venue's,
// as an operator's integration describes them.
const (
	KindZyxelNebula      Kind = "zyxel-nebula"       // user name and password
	KindZyxelNebulaClick Kind = "zyxel-nebula-click" // a click
)

const (
	zyxelVenue  = "splash.venue.test"
	zyxelNebula = "nap-slogin.nebula.zyxel.com" // which the access point answers for
)

// zyxel answers as the access point does, and as the venue's own server with its page.
type zyxel struct {
	user, pin string
	click     bool
	origin    string
}

func newZyxelNebula(opts Options, _ *rand.Rand) site {
	p := &zyxel{user: opts.User, pin: opts.PIN, click: opts.Kind == KindZyxelNebulaClick, origin: "http://" + zyxelNebula}
	secure := []string{}
	if opts.Authority != nil && !p.click {
		p.origin, secure = "https://"+zyxelNebula, []string{zyxelNebula}
	}
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{zyxelVenue, zyxelNebula},
		secure:  secure,
		url:     "http://" + zyxelVenue + "/",
		login:   Login{User: "username", PIN: "password"},
		traits:  "as an operator's integration describes Nebula",
	}
}

func (p *zyxel) forget() {} // there is nothing that it gives out

// action is the path that a login goes to.
func (p *zyxel) action() string {
	if p.click {
		return "/cgi-bin/Clicktocontinue.cgi"
	}
	return "/cgi-bin/login.cgi"
}

// lead is the way to the venue's page, with the colons as they are.
func (p *zyxel) lead(mistake string) string {
	query := "apmac=02:00:00:00:01:01&usermac=02:00:00:00:01:10&apip=192.0.2.2&userip=192.0.2.50" +
		"&ssid_name=Guest%201&apurl=" + url.QueryEscape(p.origin+p.action())
	if mistake != "" {
		query += "&error_num=" + mistake
	}
	return "http://" + zyxelVenue + "/?" + query
}

func (p *zyxel) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.lead(""), "to the venue's page")
}

func (p *zyxel) answer(r *http.Request, _ status) reply {
	switch {
	case hostOf(r) == zyxelVenue:
		return page(http.StatusOK, render("zyxel-venue", map[string]string{
			"Click": flag(p.click), "Action": p.origin + p.action(), "Error": r.Form.Get("error_num"),
		}), "venue's page")
	case r.URL.Path != p.action() || r.Method != http.MethodPost:
		return page(http.StatusNotFound, "", "no such page")
	case !p.click && (r.PostForm.Get("username") != p.user || r.PostForm.Get("password") != p.pin):
		return redirect(http.StatusFound, p.lead("1"), "wrong password").as(DecisionDenied)
	}
	a := redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
	a.header.Add("Set-Cookie", "authtok=0123456789abcdef; path=/")
	return a
}
