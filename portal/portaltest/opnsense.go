package portaltest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// The kinds of an OPNsense firewall: what its source says of a zone.
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
	random    *rand.Rand
	user, pin string
	open      bool   // asks for nobody's name
	session   string // id
}

func newOPNsense(opts Options, random *rand.Rand) site {
	p := &opnsense{random: random, user: opts.User, pin: opts.PIN, open: opts.Kind == KindOPNsenseClick}
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{opnsenseHost},
		url:     "http://" + opnsenseHost + "/index.html",
		api:     "http://" + opnsenseHost + opnsenseAPI + "api",
		login:   Login{Logoff: "http://" + opnsenseHost + opnsenseAPI + "logoff/"},
		traits:  "as the source of OPNsense says",
	}
}

func (p *opnsense) forget() { p.session = "" }

func (p *opnsense) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+opnsenseHost+"/index.html?redirurl="+url.QueryEscape(r.Host+r.URL.RequestURI()), "to the login page")
}

func (p *opnsense) answer(r *http.Request, now status) reply {
	// A zone's number may stand behind each name.
	action, found := strings.CutPrefix(r.URL.Path, opnsenseAPI)
	action, _, _ = strings.Cut(action, "/")
	switch {
	case r.URL.Path == "/js/jquery.min.js":
		return script("opnsense")
	case !found:
		return page(http.StatusOK, render("opnsense", nil), "login page")
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

// logon answers to GET and to a wrong password alike: with the state of the client.
func (p *opnsense) logon(r *http.Request, now status) reply {
	right := p.open || r.PostForm.Get("user") == p.user && r.PostForm.Get("password") == p.pin
	if r.Method != http.MethodPost || !right {
		return p.state(now, "logon").as(DecisionDenied)
	}
	p.session = digits(p.random, 16)
	now.online = true
	return p.state(now, "logon").as(DecisionGranted)
}

// state is the document that all calls answer with.
func (p *opnsense) state(now status, detail string) reply {
	doc := map[string]any{"clientState": "NOT_AUTHORIZED", "ipAddress": "192.0.2.50", "authType": "normal"}
	if p.open {
		doc["authType"] = "none"
	}
	if now.online {
		doc["clientState"], doc["sessionId"], doc["userName"] = "AUTHORIZED", p.session, p.user
		doc["startTime"] = fmt.Sprintf("%d.%06d", now.began.Unix(), now.began.Nanosecond()/1000)
		doc["macAddress"] = "02:00:00:00:01:10"
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return page(http.StatusInternalServerError, err.Error(), detail)
	}
	a := page(http.StatusOK, string(body), detail)
	a.header.Set("Content-Type", "application/json; charset=UTF-8")
	return a
}

// script is what a page has a browser run.
func script(name string) reply {
	text, err := files.ReadFile("pages/" + name + ".js")
	if err != nil {
		return page(http.StatusNotFound, err.Error(), "no such script")
	}
	a := page(http.StatusOK, string(text), "script")
	a.header.Set("Content-Type", "text/javascript; charset=utf-8")
	return a
}
