package portaltest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
)

// The kinds of a hotspot of Deutsche Telekom, as login scripts describe them.
const (
	KindTelekom     Kind = "telekom"      // shared with Fon: an account, by WISPr
	KindTelekomFree Kind = "telekom-free" // free for all: JSON
)

const (
	telekomFon  = "telekom.portal.fon.com"
	telekomHost = "hotspot.t-mobile.net"
)

// telekom answers as the operator's central portal does.
type telekom struct {
	random    *rand.Rand
	user, pin string
	free      bool
	scheme    string
	session   string // names the client in the login's address
}

func newTelekom(opts Options, random *rand.Rand) site {
	p := &telekom{random: random, user: opts.User, pin: opts.PIN, free: opts.Kind == KindTelekomFree, scheme: "http://"}
	if opts.Authority != nil {
		p.scheme = "https://"
	}
	p.forget()
	s := site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{telekomFon, telekomHost},
		url:     p.scheme + telekomFon + "/",
		traits:  "as login scripts say of Deutsche Telekom",
	}
	if p.free {
		s.url = p.scheme + telekomHost + "/wlan/redirect.do"
	}
	return s
}

func (p *telekom) forget() { p.session = digits(p.random, 16) }

func (p *telekom) intercept(r *http.Request) reply {
	if p.free {
		return redirect(http.StatusFound, p.scheme+telekomHost+"/wlan/redirect.do?origurl="+url.QueryEscape(urlOf(r))+"&ts=1732212000000", "to the portal")
	}
	return redirect(http.StatusFound, p.scheme+telekomFon+"/", "to the portal")
}

func (p *telekom) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case telekomHost + "/wlan/redirect.do":
		return page(http.StatusOK, render("telekom", map[string]string{"Message": ""}), "page")
	case telekomHost + "/wlan/rest/contentapi", telekomHost + "/wlan/rest/freeLogin":
		return p.call(r, now)
	case telekomFon + "/":
		// The address is as it has to be in XML.
		message := wisprMessage("Redirect", 100, 0, element{"LocationName", "Telekom_FON"},
			element{"LoginURL", p.scheme + telekomFon + "/login?nas=7&amp;session=" + p.session})
		return page(http.StatusOK, render("telekom", map[string]string{"Message": message}), "page")
	case telekomFon + "/login":
		return p.login(r)
	case telekomFon + "/logoff":
		return page(http.StatusOK, wisprMessage("LogoffReply", 130, 150), "logoff").as(DecisionLoggedOff)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

// call answers the script of the page, which sends JSON.
func (p *telekom) call(r *http.Request, now status) reply {
	var sent map[string]any
	if err := json.NewDecoder(r.Body).Decode(&sent); r.Method != http.MethodPost || err != nil || !p.free {
		return page(http.StatusBadRequest, "", "no such call")
	}
	online := now.online || r.URL.Path == "/wlan/rest/freeLogin"
	state := map[bool]string{true: "online", false: "offline"}[online]
	a := object(fields{"location": fields{"venueType": "ForFree"}, "user": fields{"wlanLoginStatus": state}}, state)
	if online && !now.online {
		return a.as(DecisionGranted)
	}
	return a
}

// login judges an account.
func (p *telekom) login(r *http.Request) reply {
	form := r.PostForm
	if r.URL.Query().Get("session") != p.session || form.Get("button") != "Login" || form.Get("FNAME") != "0" {
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 254), "protocol error").as(DecisionDenied)
	}
	if form.Get("UserName") != p.user || form.Get("Password") != p.pin {
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 100, element{"ReplyMessage", "Login failed"}), "wrong password").as(DecisionDenied)
	}
	return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 50,
		element{"LogoffURL", p.scheme + telekomFon + "/logoff?session=" + p.session}), "login").as(DecisionGranted)
}
