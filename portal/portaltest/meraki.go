package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
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
	merakiCloud = "n42.network-auth.com" // the number is another one for each network
	merakiToken = "/Venue-Guest/hi/Xy7kQ2abc"
	merakiAuth  = "Zm9vYmFyMTIz" // names the client in the sign-on URL
)

// meraki answers as the cloud of a Meraki network does, and as the venue's own server
// with its page.
type meraki struct {
	random    *rand.Rand
	kind      Kind
	cloud     string // scheme and host
	user, pin string
	cookie    string // of the built-in page
	sent      string // where the client was sent last
}

func newMeraki(opts Options, random *rand.Rand) site {
	p := &meraki{random: random, kind: opts.Kind, cloud: "http://" + merakiCloud, user: opts.User, pin: opts.PIN}
	if opts.Authority != nil {
		p.cloud = "https://" + merakiCloud
	}
	p.forget()
	s := site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{merakiVenue, merakiCloud},
		secure:  []string{merakiCloud},
		url:     "http://" + merakiVenue + "/guest",
		traits:  "as an operator's integration describes Meraki",
	}
	if p.kind == KindMerakiBuiltIn {
		s.url = p.cloud + merakiToken + "/"
	}
	return s
}

func (p *meraki) forget() { p.cookie = digits(p.random, 32) }

// intercept leads to the page, with all that it has to know in the query.
func (p *meraki) intercept(r *http.Request) reply {
	if p.kind == KindMerakiBuiltIn {
		return redirect(http.StatusFound, p.cloud+merakiToken+"/", "to the built-in page")
	}
	query := url.Values{}
	switch p.kind {
	case KindMerakiSignOn:
		query.Set("login_url", p.cloud+"/splash/login?mauth="+merakiAuth+"&continue_url="+url.QueryEscape(urlOf(r)))
		query.Set("continue_url", urlOf(r))
	default:
		query.Set("base_grant_url", p.cloud+"/splash/grant")
		query.Set("user_continue_url", urlOf(r))
		query.Set("node_id", "149624922840090")
		query.Set("gateway_id", "149624922840090")
	}
	query.Set("ap_name", "Lobby")
	query.Set("node_mac", "02:00:00:00:01:01")
	query.Set("client_ip", "192.0.2.50")
	query.Set("client_mac", "02:00:00:00:01:10")
	p.sent = "http://" + merakiVenue + "/guest?" + query.Encode()
	return redirect(http.StatusFound, p.sent, "to the venue's page")
}

func (p *meraki) answer(r *http.Request, _ status) reply {
	if hostOf(r) == merakiVenue {
		return page(http.StatusOK, render("meraki-venue", map[string]string{
			"SignOn": flag(p.kind == KindMerakiSignOn), "Error": r.Form.Get("error_message"),
		}), "venue's page")
	}
	switch r.URL.Path {
	case merakiToken + "/":
		a := page(http.StatusOK, render("meraki-built-in", nil), "built-in page")
		a.header.Add("Set-Cookie", "p_splash_session="+p.cookie+"; path=/; HttpOnly")
		return a
	case merakiToken + "/grant":
		cookie, err := r.Cookie("p_splash_session")
		if err != nil || cookie.Value != p.cookie {
			return redirect(http.StatusFound, p.cloud+merakiToken+"/", "no cookie").as(DecisionDenied)
		}
		return redirect(http.StatusFound, "http://www.venue.test/", "built-in grant").as(DecisionGranted)
	case "/splash/grant":
		return redirect(http.StatusFound, r.Form.Get("continue_url"), "grant").as(DecisionGranted)
	case "/splash/login":
		return p.signOn(r)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

// signOn judges a user name and a password.
func (p *meraki) signOn(r *http.Request) reply {
	right := r.PostForm.Get("username") == p.user && r.PostForm.Get("password") == p.pin
	if r.Method != http.MethodPost || r.URL.Query().Get("mauth") != merakiAuth || !right {
		back := p.sent + "&error_message=" + url.QueryEscape("Access denied. Please check your user name and password.")
		return redirect(http.StatusFound, back, "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, r.PostForm.Get("success_url"), "sign-on").as(DecisionGranted)
}
