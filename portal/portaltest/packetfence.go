package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of PacketFence's portal, by the modules that the operator put together.
const (
	KindPacketFence      Kind = "packetfence"       // user name and password, with terms on the same page
	KindPacketFenceClick Kind = "packetfence-click" // terms
	KindPacketFenceTerms Kind = "packetfence-terms" // user name and password, then terms
)

// packetfenceHost is the portal.
const packetfenceHost = "pf.campus.test"

// packetfence answers as the source of PacketFence says.
type packetfence struct {
	base
	origin string
	known  bool   // the password was right, the terms are next
	wrong  string // what it says of a wrong password, in the language of the client
}

func newPacketFence(b base) site {
	p := &packetfence{base: b, origin: b.origin(packetfenceHost), wrong: pick(b.random, "Invalid login or password", "Usager ou mot de passe invalide")}
	return site{
		portal: p,
		hosts:  []string{packetfenceHost},
		url:    p.origin + "/captive-portal",
		login:  Login{Form: "form[action='/signup']", User: "fields[username]", PIN: "fields[password]", Terms: "fields[aup]"},
		traits: "as the source of PacketFence says",
	}
}

func (p *packetfence) forget() { p.known = false }

func (p *packetfence) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, p.origin+"/captive-portal?destination_url="+url.QueryEscape(urlOf(r)), "to the portal")
}

func (p *packetfence) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/networklogoff":
		return p.logoff(r, now)
	case r.URL.Path == "/access", now.online:
		return show("packetfence-release", "access is being enabled", nil)
	case r.URL.Path == "/signup" && r.Method == http.MethodPost:
		return p.signup(r)
	case r.URL.Path == "/captive-portal", r.URL.Path == "/signup":
		return p.form("", "form")
	}
	return missing(notFound)
}

// signup checks what the module of the moment asks for.
func (p *packetfence) signup(r *http.Request) reply {
	account := p.Kind != KindPacketFenceClick && !p.known
	terms := p.Kind != KindPacketFenceTerms || p.known
	switch {
	case terms && r.PostForm.Get("fields[aup]") == "":
		return p.form("You must accept the terms and conditions", "no terms").as(DecisionDenied)
	case account && !p.admits(r.PostForm, "fields[username]", "fields[password]"):
		return p.form(p.wrong, "refused").as(DecisionDenied)
	case account && !terms:
		p.known = true
		return p.form("", "terms")
	}
	p.known = false
	return redirect(http.StatusFound, p.origin+"/access?lang=", "access").as(DecisionGranted)
}

// form is the page of the module of the moment.
func (p *packetfence) form(text, detail string) reply {
	return show("packetfence", detail, map[string]string{
		"Error": text, "Account": flag(p.Kind != KindPacketFenceClick && !p.known), "Terms": flag(p.Kind != KindPacketFenceTerms || p.known),
	})
}

func (p *packetfence) logoff(r *http.Request, now status) reply {
	if !now.online || r.Method == http.MethodPost {
		return page(http.StatusOK, "<h4>Your network session has been terminated.</h4>", "logged off").as(DecisionLoggedOff)
	}
	return page(http.StatusOK, `<form method="POST"><button type="submit" name="submit">Logoff</button></form>`, "network logoff")
}
