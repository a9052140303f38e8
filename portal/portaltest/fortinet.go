package portaltest

import (
	"net/http"
)

// The kinds of a FortiGate firewall, as login scripts describe it.
const (
	KindFortinet           Kind = "fortinet"            // user name and password
	KindFortinetDisclaimer Kind = "fortinet-disclaimer" // the same behind a page of terms
)

// fortinetHost has the port of plain http; a firewall with a certificate uses another one.
const fortinetHost = "192.0.2.1:1000"

// fortinet answers as the captive portal of FortiOS does. Only the magic number in
// its URLs identifies the client.
type fortinet struct {
	base
	origins map[string]string // requested URLs, by the magic that the interception issued
	armed   map[string]bool   // magics whose page was opened; true once the terms are accepted
	ticket  string            // of keepalive and logout
}

func newFortinet(b base) site {
	return site{
		portal: &fortinet{base: b},
		hosts:  []string{fortinetHost},
		url:    "http://" + fortinetHost + "/fgtauth",
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of FortiOS",
	}
}

func (p *fortinet) forget() {
	p.origins, p.armed, p.ticket = map[string]string{}, map[string]bool{}, ""
}

func (p *fortinet) intercept(r *http.Request) reply {
	magic := digits(p.random, 16)
	p.origins[magic] = urlOf(r)
	return redirect(http.StatusSeeOther, "http://"+fortinetHost+"/fgtauth?"+magic, "to the login page")
}

func (p *fortinet) answer(r *http.Request, now status) reply {
	query := r.URL.RawQuery
	switch r.URL.Path {
	case "/fgtauth":
		return p.arm(r, query)
	case "/":
		if r.Method == http.MethodPost {
			return p.login(r)
		}
	case "/keepalive":
		if now.online && query == p.ticket {
			return p.alive("keepalive").as(DecisionKept)
		}
	case "/logout":
		if now.online && query == p.ticket {
			return p.show("fortinet-out", "logout", nil).as(DecisionLoggedOff)
		}
	}
	return p.intercept(r)
}

// arm shows the page of a magic. A login with a magic whose page was not shown is refused.
func (p *fortinet) arm(r *http.Request, magic string) reply {
	if _, known := p.origins[magic]; !known {
		return p.intercept(r)
	}
	p.armed[magic] = p.armed[magic] || p.Kind != KindFortinetDisclaimer
	return p.ask(magic, "", "login page")
}

// ask shows the terms, or the form that logs in.
func (p *fortinet) ask(magic, mistake, detail string) reply {
	name := "fortinet-login"
	if !p.armed[magic] {
		name = "fortinet-terms"
	}
	return p.show(name, detail, map[string]string{"Magic": magic, "Target": p.origins[magic], "Error": mistake})
}

// login checks a form. All responses have status 200.
func (p *fortinet) login(r *http.Request) reply {
	magic := r.Form.Get("magic")
	accepted, armed := p.armed[magic]
	switch {
	case !armed || !r.Form.Has("4Tredir"):
		p.armed[magic] = true
		return p.ask(magic, "", "unknown magic").as(DecisionDenied)
	case !accepted && r.Form.Get("answer") != "1":
		return p.show("fortinet-declined", "terms declined", nil).as(DecisionDenied)
	case !accepted:
		p.armed[magic] = true
		return p.ask(magic, "", "terms accepted")
	case !p.admits(r.Form, "username", "password"):
		return p.ask(magic, p.say("Firewall authentication failed. Please try again.", "Anmeldung fehlgeschlagen."), "wrong password").as(DecisionDenied)
	}
	delete(p.armed, magic)
	delete(p.origins, magic)
	p.ticket = digits(p.random, 16)
	return p.alive("login").as(DecisionGranted)
}

// alive shows the page that a browser keeps open to stay logged in.
func (p *fortinet) alive(detail string) reply {
	return p.show("fortinet-alive", detail, map[string]string{"Ticket": p.ticket})
}

func (p *fortinet) show(name, detail string, data map[string]string) reply {
	if data == nil {
		data = map[string]string{}
	}
	data["Gateway"] = "http://" + fortinetHost
	return page(http.StatusOK, render(name, data), detail)
}
