package portaltest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The kinds of uspot, the captive portal of OpenWrt, with a page of the gateway.
const (
	KindUspot        Kind = "uspot"         // a click
	KindUspotAccount Kind = "uspot-account" // asks for a user name and a password
)

// uspot answers as the source of uspot says.
type uspot struct {
	base
	action string // of the form
	error  string // in the language of the operator
}

func newUspot(b base) site {
	p := &uspot{base: b, action: "click", error: pick(b.random, "Please accept the terms of use", "Akceptujte podmínky")}
	if b.Kind == KindUspotAccount {
		p.action = pick(b.random, "credentials", "radius")
		p.error = pick(b.random, "Invalid credentials", "Neplatné přihlašovací údaje")
	}
	return site{
		portal: p,
		hosts:  []string{gatewayAddress},
		url:    "http://" + gatewayAddress + "/hotspot/",
		api:    "http://" + gatewayAddress + "/api",
		login:  Login{Form: "form[action='/hotspot']", User: "username", PIN: "password"},
		traits: "as the source of uspot says, action " + p.action,
	}
}

func (p *uspot) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+gatewayAddress+"/hotspot/?redir="+url.QueryEscape(urlOf(r)), "to the gateway's page")
}

func (p *uspot) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/api":
		return state("https://"+gatewayAddress+"/hotspot", now)
	case strings.TrimSuffix(r.URL.Path, "/") != "/hotspot":
		return missing(notFound)
	case now.online:
		return p.connected(now, "already logged in")
	case r.PostForm.Get("action") == "":
		return p.form(r, "", "login page")
	case r.PostForm.Get("action") != p.action:
		return page(http.StatusInternalServerError, "<h1> Error </h1>", "another action")
	case !p.accepts(r.PostForm):
		return p.form(r, p.error, "refused").as(DecisionDenied)
	}
	return p.connected(status{remaining: p.Session}, "login").as(DecisionGranted)
}

// accepts compares the fields without decoding them.
func (p *uspot) accepts(form url.Values) bool {
	if p.action == "click" {
		return form.Get("accept_terms") == "clicked"
	}
	sent := func(name string) string { return url.QueryEscape(form.Get(name)) }
	return sent("username") == p.User && sent("password") == p.PIN
}

// form is the page with the form.
func (p *uspot) form(r *http.Request, text, detail string) reply {
	return show("uspot", detail, map[string]string{
		"Error": text, "Action": p.action, "Click": flag(p.action == "click"), "Target": r.Form.Get("redir"),
	})
}

// connected is the page of a client that is logged in.
func (p *uspot) connected(now status, detail string) reply {
	seconds := ""
	if now.remaining > 0 {
		seconds = strconv.Itoa(int(now.remaining.Seconds()))
	}
	return show("uspot-in", detail, map[string]string{"Seconds": seconds})
}
