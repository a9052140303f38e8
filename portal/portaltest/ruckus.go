package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
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
	ruckusAddress    = "198.51.100.9" // of the controller, which is not the link's gateway
	ruckusController = ruckusAddress + ":9997"
)

// ruckus answers as the controller does, and as the venue's own server with its page.
type ruckus struct {
	user, pin string
	click     bool
	sent      string // where the client was sent last
}

func newRuckus(opts Options, _ *rand.Rand) site {
	p := &ruckus{user: opts.User, pin: opts.PIN, click: opts.Kind == KindRuckusClick}
	s := site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{ruckusVenue, ruckusController},
		url:     "http://" + ruckusVenue + "/guest",
		login:   Login{User: "username", PIN: "password"},
		traits:  "as an operator's integration describes Ruckus",
	}
	if p.click {
		s.url, s.login = "http://"+ruckusController+"/user/guest_tou.asp", Login{}
	}
	return s
}

func (p *ruckus) forget() { p.sent = "" }

func (p *ruckus) intercept(r *http.Request) reply {
	p.sent = "http://" + ruckusVenue + "/guest?sip=" + ruckusAddress + "&mac=020000000101&client_mac=020000000110&uip=192.0.2.50&lid=&dn=" +
		"&url=" + chilliEscape(urlOf(r)) + "&ssid=Guest&loc=&vlan=1"
	if p.click {
		p.sent = "http://" + ruckusController + "/user/guest_tou.asp?origurl=" + chilliEscape(urlOf(r)) + "&langname=en_US&logo=%2fwritable%2fdata%2flogo"
	}
	return redirect(http.StatusFound, p.sent, "to the login page")
}

func (p *ruckus) answer(r *http.Request, _ status) reply {
	post := r.Method == http.MethodPost
	switch {
	case hostOf(r) == ruckusVenue:
		return page(http.StatusOK, render("ruckus-venue", map[string]string{"Failed": flag(r.Form.Get("auth") == "failed")}), "venue's page")
	case p.click && r.URL.Path == "/user/guest_tou.asp":
		return page(http.StatusOK, render("ruckus-terms", map[string]string{"Target": chilliEscape(r.Form.Get("origurl"))}), "page of terms")
	case p.click && r.URL.Path == "/forms/guest_toued" && post:
		return p.accept(r)
	case !p.click && r.URL.Path == "/login":
		return p.login(r)
	case !p.click && r.URL.Path == "/logout":
		return redirect(http.StatusFound, p.sent, "logout").as(DecisionLoggedOff)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

// accept lets in whoever presses the button, and leads to the URL that the form has escaped once more.
func (p *ruckus) accept(r *http.Request) reply {
	target, err := url.QueryUnescape(r.PostForm.Get("origurl"))
	if err != nil || target == "" || !r.PostForm.Has("ok") {
		return redirect(http.StatusFound, p.sent, "button not pressed").as(DecisionDenied)
	}
	return redirect(http.StatusFound, target, "terms accepted").as(DecisionGranted)
}

// login judges a user name and a password. GET does as well as POST.
func (p *ruckus) login(r *http.Request) reply {
	if r.Form.Get("username") != p.user || r.Form.Get("password") != p.pin {
		return redirect(http.StatusFound, p.sent+"&auth=failed", "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
}
