package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a Zyxel access point of Nebula that sends clients to a page of the venue,
// as an operator's integration describes them.
const (
	KindZyxelNebula      Kind = "zyxel-nebula"       // user name and password
	KindZyxelNebulaClick Kind = "zyxel-nebula-click" // a click
)

const (
	zyxelVenue  = "splash.venue.test"
	zyxelNebula = "nap-slogin.nebula.zyxel.com" // a host that the access point answers for
)

// zyxel answers as the access point does, and as the venue's own server with its page.
type zyxel struct {
	base
	device string // origin
}

func newZyxelNebula(b base) site {
	p, secure := &zyxel{base: b, device: b.origin(zyxelNebula)}, []string{zyxelNebula}
	if b.Kind == KindZyxelNebulaClick {
		p.device, secure = "http://"+zyxelNebula, nil
	}
	return site{
		portal: p,
		hosts:  []string{zyxelVenue, zyxelNebula},
		secure: secure,
		url:    "http://" + zyxelVenue + "/",
		login:  Login{User: "username", PIN: "password"},
		traits: "as an operator's integration describes Nebula",
	}
}

// action is the path that a login goes to.
func (p *zyxel) action() string {
	if p.Kind == KindZyxelNebulaClick {
		return "/cgi-bin/Clicktocontinue.cgi"
	}
	return "/cgi-bin/login.cgi"
}

// lead is the URL of the venue's page. Its query has unescaped colons.
func (p *zyxel) lead(mistake string) string {
	query := "apmac=02:00:00:00:01:01&usermac=02:00:00:00:01:10&apip=192.0.2.2&userip=192.0.2.50" +
		"&ssid_name=Guest%201&apurl=" + url.QueryEscape(p.device+p.action())
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
		return show("zyxel-venue", "venue's page", map[string]string{
			"Click": flag(p.Kind == KindZyxelNebulaClick), "Action": p.device + p.action(), "Error": r.Form.Get("error_num"),
		})
	case r.URL.Path != p.action() || r.Method != http.MethodPost:
		return missing("")
	case p.Kind != KindZyxelNebulaClick && !p.admits(r.PostForm, "username", "password"):
		return redirect(http.StatusFound, p.lead("1"), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted).
		with("Set-Cookie", "authtok=0123456789abcdef; path=/")
}
