package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a Cisco Meraki network.
const (
	KindMeraki        Kind = "meraki"          // an external page, and a grant URL
	KindMerakiSignOn  Kind = "meraki-sign-on"  // an external page, and a URL to post a password to
	KindMerakiBuiltIn Kind = "meraki-built-in" // the operator's own page in Meraki's cloud
)

const (
	merakiVenue = "splash.venue.test"
	merakiCloud = "n42.network-auth.com" // each network has another number
	merakiToken = "/Venue-Guest/hi/Xy7kQ2abc"
	merakiAuth  = "Zm9vYmFyMTIz" // identifies the client in the sign-on URL
)

// meraki answers as the cloud of a Meraki network does, and as the venue's own server
// with its page.
type meraki struct {
	base
	cookie string // of the built-in page
}

func newMeraki(b base) site {
	p := &meraki{base: b}
	s := site{
		portal: p,
		hosts:  []string{merakiVenue, merakiCloud},
		secure: []string{merakiCloud},
		url:    "http://" + merakiVenue + "/guest",
		traits: "as an operator's integration describes Meraki",
	}
	if p.Kind == KindMerakiBuiltIn {
		s.url = p.origin(merakiCloud) + merakiToken + "/"
	}
	return s
}

func (p *meraki) forget() { p.cookie = digits(p.random, 32) }

// intercept redirects to the page, with its parameters in the query.
func (p *meraki) intercept(r *http.Request) reply {
	if p.Kind == KindMerakiBuiltIn {
		return redirect(http.StatusFound, p.origin(merakiCloud)+merakiToken+"/", "to the built-in page")
	}
	query := url.Values{}
	switch p.Kind {
	case KindMerakiSignOn:
		query.Set("login_url", p.origin(merakiCloud)+"/splash/login?mauth="+merakiAuth+"&continue_url="+url.QueryEscape(urlOf(r)))
		query.Set("continue_url", urlOf(r))
	default:
		query.Set("base_grant_url", p.origin(merakiCloud)+"/splash/grant")
		query.Set("user_continue_url", urlOf(r))
		query.Set("node_id", "149624922840090")
		query.Set("gateway_id", "149624922840090")
	}
	query.Set("ap_name", "Lobby")
	query.Set("node_mac", "02:00:00:00:01:01")
	query.Set("client_ip", "192.0.2.50")
	query.Set("client_mac", "02:00:00:00:01:10")
	return p.intercepted("http://"+merakiVenue+"/guest?"+query.Encode(), "to the venue's page")
}

func (p *meraki) answer(r *http.Request, _ status) reply {
	if hostOf(r) == merakiVenue {
		return show("meraki-venue", "venue's page", map[string]string{
			"SignOn": flag(p.Kind == KindMerakiSignOn), "Error": r.Form.Get("error_message"),
		})
	}
	switch r.URL.Path {
	case merakiToken + "/":
		return show("meraki-built-in", "built-in page", nil).
			with("Set-Cookie", "p_splash_session="+p.cookie+"; path=/; HttpOnly")
	case merakiToken + "/grant":
		cookie, err := r.Cookie("p_splash_session")
		if err != nil || cookie.Value != p.cookie {
			return redirect(http.StatusFound, p.origin(merakiCloud)+merakiToken+"/", "no cookie").as(DecisionDenied)
		}
		return redirect(http.StatusFound, "http://www.venue.test/", "built-in grant").as(DecisionGranted)
	case "/splash/grant":
		return redirect(http.StatusFound, r.Form.Get("continue_url"), "grant").as(DecisionGranted)
	case "/splash/login":
		return p.signOn(r)
	}
	return missing(notFound)
}

// signOn checks a user name and a password.
func (p *meraki) signOn(r *http.Request) reply {
	right := p.admits(r.PostForm, "username", "password")
	if r.Method != http.MethodPost || r.URL.Query().Get("mauth") != merakiAuth || !right {
		back := p.sent + "&error_message=" + url.QueryEscape("Access denied. Please check your user name and password.")
		return redirect(http.StatusFound, back, "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, r.PostForm.Get("success_url"), "sign-on").as(DecisionGranted)
}
