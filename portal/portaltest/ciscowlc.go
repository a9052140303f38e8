package portaltest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// The kinds of a Cisco wireless controller with an external page.
const (
	KindCiscoWLC      Kind = "cisco-wlc"       // user name and password
	KindCiscoWLCClick Kind = "cisco-wlc-click" // consent: a click
)

const (
	ciscoVenue   = "welcome.venue.test"
	ciscoVirtual = "192.0.2.1" // of the controller, the same on each, routed nowhere else
)

// ciscoWLC answers as the web authentication of a controller does, and as the venue's
// own server with its page.
type ciscoWLC struct {
	user, pin string
	click     bool
	sent      string // where the client was sent last
}

func newCiscoWLC(opts Options, _ *rand.Rand) site {
	return site{
		portal:  &ciscoWLC{user: opts.User, pin: opts.PIN, click: opts.Kind == KindCiscoWLCClick},
		gateway: netip.MustParseAddr("198.51.100.1"),
		hosts:   []string{ciscoVenue, ciscoVirtual},
		url:     "http://" + ciscoVenue + "/guest",
		login:   Login{Logoff: "http://" + ciscoVirtual + "/logout.html"},
		traits:  "as an operator's integration describes a Cisco controller",
	}
}

func (p *ciscoWLC) forget() { p.sent = "" }

// intercept is a page, not a redirect, and names the address asked for without its scheme.
func (p *ciscoWLC) intercept(r *http.Request) reply {
	query := "switch_url=http://" + ciscoVirtual + "/login.html&ap_mac=02:00:00:00:01:01&client_mac=02:00:00:00:01:10&wlan=Guest" +
		"&redirect=" + r.Host + r.URL.RequestURI()
	p.sent = "http://" + ciscoVenue + "/guest?" + query
	return page(http.StatusOK, render("cisco-intercept", map[string]string{"URL": p.sent}), "meta refresh to the venue's page")
}

func (p *ciscoWLC) answer(r *http.Request, now status) reply {
	switch {
	case hostOf(r) == ciscoVenue:
		return page(http.StatusOK, render("cisco-venue", map[string]string{"Click": flag(p.click), "Status": r.Form.Get("statusCode")}), "venue's page")
	case r.URL.Path == "/login.html" && r.Method == http.MethodPost:
		return p.login(r, now)
	case r.URL.Path == "/logout.html" && r.PostForm.Get("userStatus") == "1":
		return page(http.StatusOK, render("cisco-out", nil), "logout").as(DecisionLoggedOff)
	}
	return page(http.StatusOK, render("cisco-out", nil), "controller's own page")
}

// login judges a form. What is wrong with it is a number in the venue's URL.
func (p *ciscoWLC) login(r *http.Request, now status) reply {
	right := p.click || r.PostForm.Get("username") == p.user && r.PostForm.Get("password") == p.pin
	switch {
	case now.online:
		return p.back(1, "already logged in")
	case r.PostForm.Get("buttonClicked") != "4":
		return p.back(2, "button not pressed").as(DecisionDenied)
	case !right:
		return p.back(5, "wrong password").as(DecisionDenied)
	}
	target := r.PostForm.Get("redirect_url")
	if u, err := url.Parse(target); err != nil || !strings.HasPrefix(u.Scheme, "http") {
		return page(http.StatusOK, render("cisco-out", nil), "login, and nowhere to go").as(DecisionGranted)
	}
	return redirect(http.StatusFound, target, "login").as(DecisionGranted)
}

// back leads to the venue's page with the reason.
func (p *ciscoWLC) back(code int, detail string) reply {
	return redirect(http.StatusFound, fmt.Sprintf("%s&statusCode=%d", p.sent, code), detail)
}
