package portaltest

import (
	"net/http"
	"slices"
)

// The kinds of a hotspot of Vodafone Germany, as login scripts describe them.
const (
	KindVodafone        Kind = "vodafone-de"         // a click
	KindVodafoneAccount Kind = "vodafone-de-account" // a customer's account
)

const (
	vodafoneHost    = "hotspot.vodafone.de"
	vodafoneTerms   = "6" // numbers of login profiles
	vodafoneAccount = "4"
)

// vodafone answers as the central portal of the operator does: with a page that is a script, and with JSON.
type vodafone struct {
	base
	profile  string   // that the portal offers
	sid      string   // of the redirect
	sessions []string // issued
}

func newVodafone(b base) site {
	p := &vodafone{base: b, profile: vodafoneTerms}
	if b.Kind == KindVodafoneAccount {
		p.profile = vodafoneAccount
	}
	return site{
		portal: p,
		hosts:  []string{vodafoneHost},
		url:    b.origin(vodafoneHost) + "/portal/",
		traits: "as login scripts say of Vodafone Germany",
	}
}

func (p *vodafone) forget() { p.sid, p.sessions = digits(p.random, 16), nil }

func (p *vodafone) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(vodafoneHost)+"/portal/?sid="+p.sid, "to the portal")
}

func (p *vodafone) answer(r *http.Request, now status) reply {
	known := r.URL.Query().Get("sid") == p.sid
	switch {
	case r.URL.Path == "/portal/":
		return show("vodafone", "page", nil)
	case r.URL.Path == "/api/v4/session" && known:
		return p.session(now)
	case r.URL.Path == "/api/v4/login" && known && r.Method == http.MethodPost:
		return p.login(r)
	}
	return missing(notFound)
}

// session is the data that the page asks for.
func (p *vodafone) session(now status) reply {
	session := digits(p.random, 32)
	p.sessions = append(p.sessions, session)
	current := "1"
	if now.online {
		current = p.profile
	}
	access := "termsOnly"
	if p.profile == vodafoneAccount {
		access = "csc-community"
	}
	return object(fields{
		"session":             session,
		"currentLoginProfile": current,
		"loginProfiles":       fields{p.profile: fields{"id": p.profile, "accessType": access}},
		"landingPageElements": []fields{{"type": "text", "value": "Welcome"}, {"type": "loginProfile", "value": p.profile}},
	}, "session")
}

// login checks a login. It must use the offered profile and a session that was not used.
func (p *vodafone) login(r *http.Request) reply {
	i := slices.Index(p.sessions, r.PostForm.Get("session"))
	if i < 0 || r.PostForm.Get("loginProfile") != p.profile {
		return object(fields{"success": false, "message": "Session invalid"}, "no such session").as(DecisionDenied)
	}
	right := r.PostForm.Get("accessType") == "termsOnly"
	if p.profile == vodafoneAccount {
		right = r.PostForm.Get("accessType") == "csc-community" && r.PostForm.Get("accountType") == "csc" &&
			p.admits(r.PostForm, "username", "password")
	}
	if !right {
		return object(fields{"success": false, "message": "Login failed"}, "wrong password").as(DecisionDenied)
	}
	p.sessions = slices.Delete(p.sessions, i, i+1)
	return object(fields{"success": true, "message": "OK"}, "login").as(DecisionGranted)
}
