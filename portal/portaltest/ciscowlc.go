package portaltest

import (
	"fmt"
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
	ciscoVirtual = "192.0.2.1" // the same address on every controller, routed nowhere else
)

// ciscoWLC answers as the web authentication of a controller does, and as the venue's
// own server with its page.
type ciscoWLC struct{ base }

func newCiscoWLC(b base) site {
	return site{
		portal:  &ciscoWLC{b},
		gateway: netip.MustParseAddr("198.51.100.1"),
		hosts:   []string{ciscoVenue, ciscoVirtual},
		url:     "http://" + ciscoVenue + "/guest",
		login:   Login{Logoff: "http://" + ciscoVirtual + "/logout.html"},
		traits:  "as an operator's integration describes a Cisco controller",
	}
}

// intercept is a page, not a redirect. It has the requested URL without its scheme.
func (p *ciscoWLC) intercept(r *http.Request) reply {
	query := "switch_url=http://" + ciscoVirtual + "/login.html&ap_mac=02:00:00:00:01:01&client_mac=02:00:00:00:01:10&wlan=Guest" +
		"&redirect=" + r.Host + r.URL.RequestURI()
	p.sent = "http://" + ciscoVenue + "/guest?" + query
	return show("cisco-intercept", "meta refresh to the venue's page", map[string]string{"URL": p.sent})
}

func (p *ciscoWLC) answer(r *http.Request, now status) reply {
	switch {
	case hostOf(r) == ciscoVenue:
		return show("cisco-venue", "venue's page", map[string]string{"Click": flag(p.Kind == KindCiscoWLCClick), "Status": r.Form.Get("statusCode")})
	case r.URL.Path == "/login.html" && r.Method == http.MethodPost:
		return p.login(r, now)
	case r.URL.Path == "/logout.html" && r.PostForm.Get("userStatus") == "1":
		return show("cisco-out", "logout", nil).as(DecisionLoggedOff)
	}
	return show("cisco-out", "controller's own page", nil)
}

// login checks a form. A code in the URL of the venue's page says what is wrong.
func (p *ciscoWLC) login(r *http.Request, now status) reply {
	right := p.Kind == KindCiscoWLCClick || p.admits(r.PostForm, "username", "password")
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
		return show("cisco-out", "login, and nowhere to go", nil).as(DecisionGranted)
	}
	return redirect(http.StatusFound, target, "login").as(DecisionGranted)
}

// back redirects to the venue's page with an error code.
func (p *ciscoWLC) back(code int, detail string) reply {
	return redirect(http.StatusFound, fmt.Sprintf("%s&statusCode=%d", p.sent, code), detail)
}
