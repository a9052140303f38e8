package portaltest

import (
	"net/http"
)

// The kinds of a Cisco wireless controller with its own page.
const (
	KindCiscoWebAuth      Kind = "cisco-webauth"       // user name and password
	KindCiscoWebAuthEmail Kind = "cisco-webauth-email" // an e-mail address
	KindCiscoWebAuthClick Kind = "cisco-webauth-click" // a click
)

const ciscoOwn = "wlc.campus.test"

// ciscoWebAuth answers as the internal web authentication of a controller does. It
// identifies the client by its address.
type ciscoWebAuth struct{ base }

func newCiscoWebAuth(b base) site {
	s := site{
		portal: &ciscoWebAuth{b},
		hosts:  []string{ciscoOwn},
		url:    b.origin(ciscoOwn) + "/login.html",
		login:  Login{},
		traits: "as login scripts say of a Cisco controller",
	}
	if b.Kind == KindCiscoWebAuth {
		s.login = Login{User: "username", PIN: "password"}
	}
	return s
}

// intercept is a page, not a redirect. It has the requested URL without its scheme.
func (p *ciscoWebAuth) intercept(r *http.Request) reply {
	return show("cisco-intercept", "meta refresh to the login page", map[string]string{
		"URL": p.origin(ciscoOwn) + "/login.html?redirect=" + r.Host + r.URL.RequestURI(),
	})
}

func (p *ciscoWebAuth) answer(r *http.Request, now status) reply {
	post := r.Method == http.MethodPost
	switch {
	case r.URL.Path == "/logout.html" && post && r.PostForm.Get("userStatus") == "1":
		return show("cisco-out", "logout", nil).as(DecisionLoggedOff)
	case r.URL.Path != "/login.html":
		return missing(notFound)
	case now.online:
		return show("cisco-out", "already logged in", nil)
	case !post:
		return p.page("", "login page")
	case r.PostForm.Get("buttonClicked") != "4":
		return p.page("", "button not pressed").as(DecisionDenied)
	case !p.right(r):
		return p.page(p.say("The User Name and Password combination you have entered is invalid.", "Benutzername oder Kennwort ungültig."), "wrong password").as(DecisionDenied)
	}
	return show("cisco-out", "login", nil).as(DecisionGranted)
}

// right reports whether a form has what the page asks for.
func (p *ciscoWebAuth) right(r *http.Request) bool {
	switch p.Kind {
	case KindCiscoWebAuth:
		return p.admits(r.PostForm, "username", "password")
	case KindCiscoWebAuthEmail:
		return r.PostForm.Get("email") != ""
	default:
		return true
	}
}

func (p *ciscoWebAuth) page(mistake, detail string) reply {
	return show("cisco-webauth", detail, map[string]string{
		"Account": flag(p.Kind == KindCiscoWebAuth), "Email": flag(p.Kind == KindCiscoWebAuthEmail), "Error": mistake,
	})
}
