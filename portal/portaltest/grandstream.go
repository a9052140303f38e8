package portaltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// The kinds of a Grandstream access point of GWN.Cloud.
const (
	KindGrandstream        Kind = "grandstream"          // a page of the venue: user name and password
	KindGrandstreamClick   Kind = "grandstream-click"    // a page of the venue that has both
	KindGrandstreamBuiltIn Kind = "grandstream-built-in" // Grandstream's own page, free for all
)

const (
	grandstreamVenue  = "splash.venue.test"
	grandstreamPortal = "cwp.gwnportal.cloud:8080" // a host that the access point answers for
)

// grandstream answers as the access point does, as an operator's integration and a login
// script describe it, and as the venue's own server with its page.
type grandstream struct{ base }

func newGrandstream(b base) site {
	p := &grandstream{base: b}
	s := site{
		portal: p,
		hosts:  []string{grandstreamVenue, grandstreamPortal},
		url:    "http://" + grandstreamVenue + "/",
		login:  Login{User: "username", PIN: "password"},
		traits: "as an operator's integration describes GWN.Cloud",
	}
	if p.Kind == KindGrandstreamBuiltIn {
		s.url = "http://" + grandstreamPortal + "/portal/"
	}
	return s
}

// intercept redirects with unescaped URLs in the query.
func (p *grandstream) intercept(r *http.Request) reply {
	if p.Kind == KindGrandstreamBuiltIn {
		return redirect(http.StatusFound, "http://"+grandstreamPortal+"/portal/", "to the built-in page")
	}
	return p.intercepted("http://"+grandstreamVenue+"/?login_url=http://"+grandstreamPortal+"/gwn_login"+
		"&ap_mac=02-00-00-00-01-01&client_mac=02-00-00-00-01-10&ssid=Guest&orig_url="+urlOf(r), "to the venue's page")
}

func (p *grandstream) answer(r *http.Request, _ status) reply {
	switch {
	case hostOf(r) == grandstreamVenue:
		return show("grandstream-venue", "venue's page", map[string]string{
			"Click": flag(p.Kind == KindGrandstreamClick), "Action": r.Form.Get("login_url"), "User": p.User, "PIN": p.PIN,
		})
	case r.URL.Path == "/gwn_login":
		if !p.admits(r.Form, "username", "password") {
			return redirect(http.StatusFound, p.sent, "wrong password").as(DecisionDenied)
		}
		return redirect(http.StatusFound, r.Form.Get("redirect"), "login").as(DecisionGranted)
	case p.Kind == KindGrandstreamBuiltIn:
		return p.builtIn(r)
	}
	return missing("")
}

// builtIn answers Grandstream's own page and its script.
func (p *grandstream) builtIn(r *http.Request) reply {
	switch r.URL.Path {
	case "/portal/":
		return show("grandstream-built-in", "built-in page", nil)
	case "/portal/style.json":
		return object(fields{"login": fields{"free": fields{"enable": 1}}}, "what the page asks for")
	case "/GsUserAuth.cgi":
		var sent map[string]string
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent["GsUserAuthMethod"] != "0" || !strings.HasPrefix(sent["GsUserRealReqUrl"], "http") {
			return object(fields{"result": 0}, "not what the script sends").as(DecisionDenied)
		}
		return object(fields{"result": 1}, "login").as(DecisionGranted)
	}
	return missing("")
}
