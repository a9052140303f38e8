package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a UCOPIA controller, as login scripts describe it.
const (
	KindUcopia      Kind = "ucopia"       // user name and password
	KindUcopiaClick Kind = "ucopia-click" // the controller makes an account for a click
)

const ucopiaHost = "controller.access.network"

// ucopia answers as the controller does: with a page that is a script, and with JSON.
type ucopia struct {
	base
	session string // cookie
	guest   string // password of the account that a click made
	digest  string // of the session
}

func newUcopia(b base) site {
	return site{
		portal: &ucopia{base: b},
		hosts:  []string{ucopiaHost},
		url:    b.origin(ucopiaHost) + "/101/portal/",
		traits: "as login scripts say of UCOPIA",
	}
}

func (p *ucopia) forget() { p.session, p.guest, p.digest = digits(p.random, 26), "", "" }

func (p *ucopia) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, p.origin(ucopiaHost)+"/?dst="+url.QueryEscape(urlOf(r)), "to the portal")
}

func (p *ucopia) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/":
		return redirect(http.StatusFound, "/101/portal/", "to the page").with("Set-Cookie", "PHPSESSID="+p.session+"; path=/")
	case r.URL.Path == "/101/portal/":
		return show("ucopia", "page", nil)
	case r.URL.Path == "/portal_api.php" && r.Method == http.MethodPost:
		return p.call(r.PostForm, now)
	}
	return missing(notFound)
}

// call answers the script of the page.
func (p *ucopia) call(form url.Values, now status) reply {
	own := form.Get("password_digest") == p.digest && p.digest != "" && now.online
	switch action := form.Get("action"); {
	case action == "init" && now.online:
		return object(fields{"step": "FEEDBACK"}, "online")
	case action == "init":
		return object(fields{"step": "LOGON"}, "not online")
	case action == "subscribe" && form.Get("type") == "one" && p.Kind == KindUcopiaClick:
		p.guest = digits(p.random, 8)
		return object(fields{"step": "LOGON", "info": fields{"subscribe": fields{"login": "guest-" + p.guest[:4], "password": p.guest}}}, "account")
	case action == "subscribe":
		return object(fields{"step": "LOGON", "error": fields{"code": "subscribe_not_allowed"}}, "no accounts")
	case action == "authenticate":
		return p.authenticate(form)
	case action == "refresh" && own:
		return object(fields{"step": "FEEDBACK", "type": "REFRESH"}, "kept").as(DecisionKept)
	case action == "disconnect" && own:
		p.digest = ""
		return object(fields{"step": "LOGON", "info": fields{"code": "disconnect_success"}}, "logoff").as(DecisionLoggedOff)
	}
	return object(fields{"step": "LOGON", "error": fields{"code": "disconnect_failed"}}, "no such session")
}

func (p *ucopia) authenticate(form url.Values) reply {
	guest := p.guest != "" && form.Get("login") == "guest-"+p.guest[:4] && form.Get("password") == p.guest
	if !guest && (p.Kind != KindUcopia || !p.admits(form, "login", "password")) {
		return object(fields{"step": "LOGON", "error": fields{"code": "auth_failed"}}, "wrong password").as(DecisionDenied)
	}
	p.digest = digits(p.random, 40)
	return object(fields{"step": "FEEDBACK", "type": "CONNECT", "user": fields{
		"login": fields{"value": form.Get("login")}, "passwordDigest": fields{"value": p.digest}, "validity": fields{"value": "86400"},
	}}, "login").as(DecisionGranted)
}
