package portaltest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// KindZeroshell is the captive portal of Zeroshell, as login scripts describe it.
const KindZeroshell Kind = "zeroshell"

const (
	zeroshellHost = "192.0.2.1:12080"
	zeroshellPath = "/cgi-bin/zscp"
)

// zeroshell answers as the CGI program of the gateway does. An authenticator has several lines,
// which have to come back with CRLF.
type zeroshell struct {
	base
	authenticator string
	connected     bool // the first of the two steps after the password was taken
}

func newZeroshell(b base) site {
	return site{
		portal: &zeroshell{base: b},
		hosts:  []string{zeroshellHost},
		url:    "http://" + zeroshellHost + zeroshellPath,
		traits: "as login scripts say of Zeroshell",
	}
}

func (p *zeroshell) forget() { p.authenticator, p.connected = "", false }

func (p *zeroshell) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+zeroshellHost+zeroshellPath+"?Section=CPAuth&Action=Show&ZSCPRedirect="+hostOf(r)+":::"+url.QueryEscape(urlOf(r)), "to the page")
}

func (p *zeroshell) answer(r *http.Request, now status) reply {
	form := r.Form
	if r.URL.Path != zeroshellPath {
		return missing(notFound)
	}
	step := form.Get("Section") + " " + form.Get("Action")
	switch {
	case step == "CPAuth Authenticate":
		return p.authenticate(form)
	case step == "CPAuth Show":
		return p.page("Login", "login page")
	case p.authenticator != "" && form.Get("Authenticator") == p.authenticator:
		return p.proceed(step, now)
	}
	return p.page("Denied", "no such session")
}

// proceed answers a client with the authenticator.
func (p *zeroshell) proceed(step string, now status) reply {
	switch {
	case step == "CPGW Connect":
		p.connected = true
		return p.page("Popup", "connected")
	case step == "ClientCTRL Connect" && p.connected:
		return p.page("Popup", "login").as(DecisionGranted)
	case step == "CPGW Renew" && now.online:
		return p.page("Popup", "kept").as(DecisionKept)
	case step == "CPGW Disconnect" && now.online:
		p.forget()
		return p.page("Denied", "logoff").as(DecisionLoggedOff)
	}
	return p.page("Denied", "no such session")
}

// authenticate makes an authenticator for the right password.
func (p *zeroshell) authenticate(form url.Values) reply {
	if !p.admits(form, "U", "P") || form.Get("Realm") != "campus.test" || !form.Has("ZSCPRedirect") {
		return p.page("Denied", "wrong password").as(DecisionDenied)
	}
	text := base64.StdEncoding.EncodeToString(randomBytes(p.random, 96))
	p.authenticator, p.connected = text[:64]+"\r\n"+text[64:], false
	return p.page("Connecting", "password taken")
}

// page shows the part of the page for a state.
func (p *zeroshell) page(state, detail string) reply {
	facts := map[string]string{"Login": "", "Denied": "", "Connecting": "", "Popup": "", "Authenticator": strings.ReplaceAll(p.authenticator, "\r", ""), "Action": zeroshellPath}
	facts[state] = "yes"
	return show("zeroshell", detail, facts)
}
