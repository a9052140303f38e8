package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a Ruckus network with a ZoneDirector or an Unleashed access point, as
// operators' integrations and login scripts describe them.
const (
	KindRuckus      Kind = "ruckus"       // a page of the venue: user name and password
	KindRuckusClick Kind = "ruckus-click" // the controller's own page with terms: a click
)

const (
	ruckusVenue      = "hotspot.venue.test"
	ruckusAddress    = "198.51.100.9" // of the controller, not the gateway of the link
	ruckusController = ruckusAddress + ":9997"
)

// ruckus answers as the controller does, and as the venue's own server with its page.
type ruckus struct{ base }

func newRuckus(b base) site {
	s := site{
		portal: &ruckus{b},
		hosts:  []string{ruckusVenue, ruckusController},
		url:    "http://" + ruckusVenue + "/guest",
		login:  Login{User: "username", PIN: "password"},
		traits: "as an operator's integration describes Ruckus",
	}
	if b.Kind == KindRuckusClick {
		s.url, s.login = "http://"+ruckusController+"/user/guest_tou.asp", Login{}
	}
	return s
}

func (p *ruckus) intercept(r *http.Request) reply {
	if p.Kind == KindRuckusClick {
		return p.intercepted("http://"+ruckusController+"/user/guest_tou.asp?origurl="+chilliEscape(urlOf(r))+"&langname=en_US&logo=%2fwritable%2fdata%2flogo", "to the login page")
	}
	return p.intercepted("http://"+ruckusVenue+"/guest?sip="+ruckusAddress+"&mac=020000000101&client_mac=020000000110&uip=192.0.2.50&lid=&dn="+
		"&url="+chilliEscape(urlOf(r))+"&ssid=Guest&loc=&vlan=1", "to the login page")
}

func (p *ruckus) answer(r *http.Request, _ status) reply {
	click, post := p.Kind == KindRuckusClick, r.Method == http.MethodPost
	switch {
	case hostOf(r) == ruckusVenue:
		return show("ruckus-venue", "venue's page", map[string]string{"Failed": flag(r.Form.Get("auth") == "failed")})
	case click && r.URL.Path == "/user/guest_tou.asp":
		return show("ruckus-terms", "page of terms", map[string]string{"Target": chilliEscape(r.Form.Get("origurl"))})
	case click && r.URL.Path == "/forms/guest_toued" && post:
		return p.accept(r)
	case !click && r.URL.Path == "/login":
		return p.login(r)
	case !click && r.URL.Path == "/logout":
		return redirect(http.StatusFound, p.sent, "logout").as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// accept logs in a client that pressed the button, and redirects to the URL, which the form escapes twice.
func (p *ruckus) accept(r *http.Request) reply {
	target, err := url.QueryUnescape(r.PostForm.Get("origurl"))
	if err != nil || target == "" || !r.PostForm.Has("ok") {
		return redirect(http.StatusFound, p.sent, "button not pressed").as(DecisionDenied)
	}
	return redirect(http.StatusFound, target, "terms accepted").as(DecisionGranted)
}

// login checks a user name and a password. GET works as well as POST.
func (p *ruckus) login(r *http.Request) reply {
	if !p.admits(r.Form, "username", "password") {
		return redirect(http.StatusFound, p.sent+"&auth=failed", "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
