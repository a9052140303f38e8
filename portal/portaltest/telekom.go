package portaltest

import (
	"encoding/json"
	"net/http"
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

// telekom answers as the central portal of the operator does.
type telekom struct {
	base
	session string // identifies the client in the login URL
}

func newTelekom(b base) site {
	s := site{
		portal: &telekom{base: b},
		hosts:  []string{telekomFon, telekomHost},
		url:    b.origin(telekomFon) + "/",
		traits: "as login scripts say of Deutsche Telekom",
	}
	if b.Kind == KindTelekomFree {
		s.url = b.origin(telekomHost) + "/wlan/redirect.do"
	}
	return s
}

func (p *telekom) forget() { p.session = digits(p.random, 16) }

func (p *telekom) intercept(r *http.Request) reply {
	if p.Kind == KindTelekomFree {
		return redirect(http.StatusFound, p.origin(telekomHost)+"/wlan/redirect.do?origurl="+url.QueryEscape(urlOf(r))+"&ts=1732212000000", "to the portal")
	}
	return redirect(http.StatusFound, p.origin(telekomFon)+"/", "to the portal")
}

func (p *telekom) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case telekomHost + "/wlan/redirect.do":
		return show("telekom", "page", map[string]string{"Message": ""})
	case telekomHost + "/wlan/rest/contentapi", telekomHost + "/wlan/rest/freeLogin":
		return p.call(r, now)
	case telekomFon + "/":
		// The URL is escaped for XML.
		message := wisprMessage("Redirect", 100, 0, element{"LocationName", "Telekom_FON"},
			element{"LoginURL", p.origin(telekomFon) + "/login?nas=7&amp;session=" + p.session})
		return show("telekom", "page", map[string]string{"Message": message})
	case telekomFon + "/login":
		return p.login(r)
	case telekomFon + "/logoff":
		return page(http.StatusOK, wisprMessage("LogoffReply", 130, 150), "logoff").as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// call answers the script of the page, which sends JSON.
func (p *telekom) call(r *http.Request, now status) reply {
	var sent fields
	if err := json.NewDecoder(r.Body).Decode(&sent); r.Method != http.MethodPost || err != nil || p.Kind != KindTelekomFree {
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

// login checks an account.
func (p *telekom) login(r *http.Request) reply {
	form := r.PostForm
	if r.URL.Query().Get("session") != p.session || form.Get("button") != "Login" || form.Get("FNAME") != "0" {
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 254), "protocol error").as(DecisionDenied)
	}
	if !p.admits(form, "UserName", "Password") {
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 100, element{"ReplyMessage", "Login failed"}), "wrong password").as(DecisionDenied)
	}
	return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 50,
		element{"LogoffURL", p.origin(telekomFon) + "/logoff?session=" + p.session}), "login").as(DecisionGranted)
}
