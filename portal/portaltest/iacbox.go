package portaltest

import (
	"net/http"
)

// The kinds of an IAC-BOX, as login scripts describe it.
const (
	KindIACBox      Kind = "iacbox"       // a ticket: user name and password
	KindIACBoxClick Kind = "iacbox-click" // free for a while: a click
)

const (
	iacboxPath   = "/logon/cgi/index.cgi"
	iacboxLogoff = "logoff.now"
)

// iacbox answers as the login page of the box does.
type iacbox struct {
	base
	host    string
	session string // cookie LGNSID
	visit   string // ta_id of the page that was shown last; each is good for one login
}

func newIACBox(b base) site {
	p := &iacbox{base: b, host: "wlan-login.venue.test"}
	if b.Kind == KindIACBoxClick {
		p.host = "hotspot.internet-for-guests.com"
	}
	return site{
		portal: p,
		hosts:  []string{p.host, iacboxLogoff},
		secure: []string{p.host},
		url:    b.origin(p.host) + iacboxPath,
		traits: "as login scripts say of the IAC-BOX",
	}
}

func (p *iacbox) forget() { p.session, p.visit = digits(p.random, 32), "" }

func (p *iacbox) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(p.host)+iacboxPath, "to the login page")
}

func (p *iacbox) answer(r *http.Request, now status) reply {
	switch {
	case hostOf(r) == iacboxLogoff && now.online:
		return p.intercept(r).as(DecisionLoggedOff)
	case hostOf(r) == iacboxLogoff:
		return p.intercept(r)
	case r.URL.Path != iacboxPath:
		return missing(notFound)
	case now.online:
		return show("iacbox-in", "logged in", nil)
	case r.Method == http.MethodPost:
		return p.login(r)
	}
	return p.page("")
}

// page shows the form with a new visit.
func (p *iacbox) page(mistake string) reply {
	p.visit = digits(p.random, 32) + " " + digits(p.random, 32)
	a := show("iacbox", "login page", map[string]string{
		"Action": iacboxPath, "Visit": p.visit, "Error": mistake,
		"Ticket": flag(p.Kind == KindIACBox), "Free": flag(p.Kind == KindIACBoxClick),
	})
	a.header["Set-Cookie"] = []string{"LGNSID=" + p.session + "; path=/logon", "cl_id=" + digits(p.random, 32) + "; path=/logon"}
	return a
}

func (p *iacbox) login(r *http.Request) reply {
	cookie, err := r.Cookie("LGNSID")
	known, form := err == nil && cookie.Value == p.session && p.visit != "", r.PostForm
	if p.Kind == KindIACBoxClick {
		if !known || !form.Has("accept_termsofuse") || form.Get("freeperperiod") != "1" {
			return p.page("Bitte akzeptieren Sie die Nutzungsbedingungen.").as(DecisionDenied)
		}
		return show("iacbox-in", "login", nil).as(DecisionGranted)
	}
	switch {
	case !known || form.Get("ta_id") != p.visit || !form.Has("voucher_logon_btn"):
		return p.page("Sitzung abgelaufen.").as(DecisionDenied)
	case !p.admits(form, "uid", "pwd"):
		return p.page("Benutzername oder Passwort falsch.").as(DecisionDenied)
	}
	return show("iacbox-in", "login", nil).as(DecisionGranted)
}
