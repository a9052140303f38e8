package portaltest

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// The kinds of a hotspot of Deutsche Telekom, as login scripts describe them.
const (
	KindTelekom        Kind = "telekom"         // shared with Fon: an account, by WISPr
	KindTelekomPending Kind = "telekom-pending" // the same, with a result that takes time
	KindTelekomAccount Kind = "telekom-account" // an account, as JSON
	KindTelekomFree    Kind = "telekom-free"    // free for all: JSON
)

const (
	telekomFon  = "telekom.portal.fon.com"
	telekomHost = "hotspot.t-mobile.net"
)

// telekom answers as the central portal of the operator does.
type telekom struct {
	base
	session string // identifies the client in the login URL
	polls   int    // left to answer with "pending"
	right   bool   // what the poll will return
}

func newTelekom(b base) site {
	p := &telekom{base: b}
	s := site{
		portal: p,
		hosts:  []string{telekomFon, telekomHost},
		url:    b.origin(telekomFon) + "/",
		traits: "as login scripts say of Deutsche Telekom",
	}
	if p.scripted() {
		s.url = b.origin(telekomHost) + "/wlan/redirect.do"
	}
	return s
}

func (p *telekom) forget() { p.session, p.polls = digits(p.random, 16), 0 }

// scripted reports whether the page is a script that sends JSON, rather than for programs.
func (p *telekom) scripted() bool { return p.Kind == KindTelekomFree || p.Kind == KindTelekomAccount }

func (p *telekom) intercept(r *http.Request) reply {
	if p.scripted() {
		return redirect(http.StatusFound, p.origin(telekomHost)+"/wlan/redirect.do?origurl="+url.QueryEscape(urlOf(r))+"&ts=1732212000000", "to the portal")
	}
	return redirect(http.StatusFound, p.origin(telekomFon)+"/", "to the portal")
}

func (p *telekom) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case telekomHost + "/wlan/redirect.do":
		return show("telekom", "page", map[string]string{"Message": ""})
	case telekomHost + "/wlan/rest/contentapi", telekomHost + "/wlan/rest/freeLogin",
		telekomHost + "/wlan/rest/login", telekomHost + "/wlan/rest/logout":
		return p.call(r, now)
	case telekomFon + "/":
		// The URL is escaped for XML.
		message := wisprMessage("Redirect", 100, 0, element{"LocationName", "Telekom_FON"},
			element{"LoginURL", p.origin(telekomFon) + "/login?nas=7&amp;session=" + p.session})
		return show("telekom", "page", map[string]string{"Message": message})
	case telekomFon + "/login":
		return p.login(r)
	case telekomFon + "/result":
		return p.result()
	case telekomFon + "/logoff":
		return page(http.StatusOK, wisprMessage("LogoffReply", 130, 150), "logoff").as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// call answers the script of the page, which sends JSON.
func (p *telekom) call(r *http.Request, now status) reply {
	var sent fields
	if err := json.NewDecoder(r.Body).Decode(&sent); r.Method != http.MethodPost || err != nil || !p.scripted() {
		return page(http.StatusBadRequest, "", "no such call")
	}
	switch r.URL.Path {
	case "/wlan/rest/logout":
		return p.state(false, "logout").as(DecisionLoggedOff)
	case "/wlan/rest/freeLogin":
		return p.enter(p.Kind == KindTelekomFree, now)
	case "/wlan/rest/login":
		return p.enter(sent["username"] == p.User && sent["password"] == p.PIN, now)
	}
	return p.state(now.online, "state")
}

// enter is the answer to a login.
func (p *telekom) enter(right bool, now status) reply {
	switch {
	case right && !now.online:
		return p.state(true, "login").as(DecisionGranted)
	case !right:
		return p.state(now.online, "refused").as(DecisionDenied)
	}
	return p.state(true, "online already")
}

// state tells the script whether the client is online.
func (p *telekom) state(online bool, detail string) reply {
	venue := map[bool]string{true: "ForFree", false: "Hotel"}[p.Kind == KindTelekomFree]
	login := map[bool]string{true: "online", false: "offline"}[online]
	return object(fields{"location": fields{"venueType": venue}, "user": fields{"wlanLoginStatus": login}}, detail)
}

// login checks an account, or says that it takes time.
func (p *telekom) login(r *http.Request) reply {
	form := r.PostForm
	if r.URL.Query().Get("session") != p.session || form.Get("button") != "Login" || form.Get("FNAME") != "0" {
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 254), "protocol error").as(DecisionDenied)
	}
	right := p.admits(form, "UserName", "Password")
	if p.Kind == KindTelekomPending {
		p.polls, p.right = 2, right
		return page(http.StatusOK, wisprMessage("AuthenticationReply", 120, 201, p.results()), "pending")
	}
	return p.outcome("AuthenticationReply", 120, right, "Login failed")
}

func (p *telekom) results() element {
	return element{"LoginResultsURL", p.origin(telekomFon) + "/result?session=" + p.session}
}

// result answers a poll. Its text is in another language.
func (p *telekom) result() reply {
	if p.polls--; p.polls > 0 {
		return page(http.StatusOK, wisprMessage("AuthenticationPollReply", 140, 201, p.results()), "still pending")
	}
	return p.outcome("AuthenticationPollReply", 140, p.right, "Anmeldung fehlgeschlagen")
}

// outcome is the message with the result of a login.
func (p *telekom) outcome(kind string, messageType int, right bool, refusal string) reply {
	if !right {
		return page(http.StatusOK, wisprMessage(kind, messageType, 100, element{"ReplyMessage", refusal}), "wrong password").as(DecisionDenied)
	}
	return page(http.StatusOK, wisprMessage(kind, messageType, 50,
		element{"LogoffURL", p.origin(telekomFon) + "/logoff?session=" + p.session}), "login").as(DecisionGranted)
}
