package portaltest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The kinds of an OPNsense firewall, as the source of its zones describes them.
const (
	KindOPNsense      Kind = "opnsense"       // user name and password
	KindOPNsenseClick Kind = "opnsense-click" // authentication "none": a click
)

const (
	opnsenseHost = "192.0.2.1:8000"
	opnsenseAPI  = "/api/captiveportal/access/"
)

// opnsense answers as a zone's own web server does: one static page, and JSON.
type opnsense struct {
	base
	session string // id
}

func newOPNsense(b base) site {
	return site{
		portal: &opnsense{base: b},
		hosts:  []string{opnsenseHost},
		url:    "http://" + opnsenseHost + "/index.html",
		api:    "http://" + opnsenseHost + opnsenseAPI + "api",
		login:  Login{Logoff: "http://" + opnsenseHost + opnsenseAPI + "logoff/"},
		traits: "as the source of OPNsense says",
	}
}

func (p *opnsense) forget() { p.session = "" }

func (p *opnsense) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+opnsenseHost+"/index.html?redirurl="+url.QueryEscape(r.Host+r.URL.RequestURI()), "to the login page")
}

func (p *opnsense) answer(r *http.Request, now status) reply {
	// A zone number may follow the name of the call.
	action, found := strings.CutPrefix(r.URL.Path, opnsenseAPI)
	action, _, _ = strings.Cut(action, "/")
	switch {
	case r.URL.Path == "/js/jquery.min.js":
		return script("opnsense")
	case !found:
		return show("opnsense", "login page", nil)
	}
	switch action {
	case "logon":
		return p.logon(r, now)
	case "status":
		return p.state(now, "status")
	case "logoff":
		p.session = ""
		return p.state(status{}, "logoff").as(DecisionLoggedOff)
	case "api":
		if wantsAPI(r) {
			return state("https://portal.site.test:8000/index.html", now)
		}
	}
	return page(http.StatusBadRequest, "", "no such call")
}

// logon returns the state of the client, to GET and after a wrong password too.
func (p *opnsense) logon(r *http.Request, now status) reply {
	right := p.Kind == KindOPNsenseClick || p.admits(r.PostForm, "user", "password")
	if r.Method != http.MethodPost || !right {
		return p.state(now, "logon").as(DecisionDenied)
	}
	p.session = digits(p.random, 16)
	now.online = true
	return p.state(now, "logon").as(DecisionGranted)
}

// state is the document that every call returns.
func (p *opnsense) state(now status, detail string) reply {
	doc := fields{"clientState": "NOT_AUTHORIZED", "ipAddress": "192.0.2.50", "authType": "normal"}
	if p.Kind == KindOPNsenseClick {
		doc["authType"] = "none"
	}
	if now.online {
		doc["clientState"], doc["sessionId"], doc["userName"] = "AUTHORIZED", p.session, p.User
		doc["startTime"] = fmt.Sprintf("%d.%06d", now.began.Unix(), now.began.Nanosecond()/1000)
		doc["macAddress"] = "02:00:00:00:01:10"
	}
	return object(doc, detail).with("Content-Type", "application/json; charset=UTF-8")
}

// script is a reply with a script that a page runs.
func script(name string) reply {
	text, err := files.ReadFile("pages/" + name + ".js")
	if err != nil {
		panic(err) // cannot happen: the name is a constant
	}
	return page(http.StatusOK, string(text), "script").with("Content-Type", "text/javascript; charset=utf-8")
}
