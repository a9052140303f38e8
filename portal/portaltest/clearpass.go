package portaltest

import (
	"net/http"
)

// The kinds of a guest portal of Aruba ClearPass, as login scripts describe it.
const (
	KindClearPass      Kind = "aruba-clearpass"       // user name, password and a box about terms
	KindClearPassClick Kind = "aruba-clearpass-click" // a box about terms
)

const clearPassHost = "clearpass.venue.test"

// clearPass answers as the server with the guest page, and as the controller that lets clients in.
type clearPass struct {
	base
	id      string // in the names of the form
	session string // cookie of the page
	guest   string // password of the account that the page has for a click
}

func newClearPass(b base) site {
	return site{
		portal: &clearPass{base: b, id: digits(b.random, 8)},
		hosts:  []string{clearPassHost, arubaName},
		url:    b.origin(clearPassHost) + "/guest/welcome.php",
		login:  Login{User: "user", PIN: "password", Terms: "visitor_accept_terms"},
		traits: "as login scripts say of ClearPass",
	}
}

func (p *clearPass) forget() { p.session, p.guest = digits(p.random, 32), digits(p.random, 6) }

func (p *clearPass) intercept(r *http.Request) reply {
	return p.intercepted(p.origin(clearPassHost)+"/guest/welcome.php?cmd=login&mac=02:00:00:00:01:10&essid=Guest&ip=192.0.2.50"+
		"&apname=lobby&vcname=venue&switchip="+arubaName+"&url="+chilliEscape(urlOf(r)), "to the guest page")
}

func (p *clearPass) answer(r *http.Request, _ status) reply {
	post := r.Method == http.MethodPost
	switch {
	case hostOf(r) == arubaName && r.URL.Path == "/cgi-bin/login" && post:
		return p.controller(r)
	case hostOf(r) != clearPassHost || r.URL.Path != "/guest/welcome.php":
		return missing(notFound)
	case !post:
		return p.page("", "guest page")
	}
	return p.send(r)
}

// send answers the form of the guest page with one for the controller, which a script sends.
func (p *clearPass) send(r *http.Request) reply {
	cookie, err := r.Cookie("PHPSESSID")
	user, password := r.PostForm.Get("user"), r.PostForm.Get("password")
	switch {
	case err != nil || cookie.Value != p.session:
		return p.page("Required parameter unavailable", "no cookie").as(DecisionDenied)
	case r.PostForm.Get("visitor_accept_terms") != "1":
		return p.page("Accept the terms", "terms not accepted").as(DecisionDenied)
	case p.Kind == KindClearPassClick:
		user, password = "guest", p.guest
	case !p.admits(r.PostForm, "user", "password"):
		return p.page(p.say("Invalid username or password", "Ungültiger Benutzername oder Kennwort"), "wrong password").as(DecisionDenied)
	}
	return show("clearpass-send", "form for the controller", map[string]string{
		"Controller": p.origin(arubaName), "User": user, "Password": password,
	})
}

func (p *clearPass) controller(r *http.Request) reply {
	guest := p.Kind == KindClearPassClick && r.PostForm.Get("user") == "guest" && r.PostForm.Get("password") == p.guest
	if r.PostForm.Get("cmd") != "authenticate" || !guest && !p.admits(r.PostForm, "user", "password") {
		return redirect(http.StatusFound, p.sent+"&errmsg=Authentication%20failed", "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, r.PostForm.Get("url"), "login").as(DecisionGranted)
}

func (p *clearPass) page(mistake, detail string) reply {
	click := p.Kind == KindClearPassClick
	one := map[bool]string{true: "1"}[click]
	return show("clearpass", detail, map[string]string{
		"ID": p.id, "Action": "/guest/welcome.php?_browser=1", "Click": flag(click), "NoUser": one, "NoPassword": one, "Error": mistake,
	}).with("Set-Cookie", "PHPSESSID="+p.session+"; path=/; HttpOnly")
}
