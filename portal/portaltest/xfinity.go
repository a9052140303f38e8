package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a hotspot of Comcast in the USA, as login scripts describe them.
const (
	KindXfinity       Kind = "xfinity"        // the facts are in a script
	KindXfinityHidden Kind = "xfinity-hidden" // only a hash, in a hidden control
)

const xfinityHost = "wifilogin.xfinity.com"

// xfinity answers as the central portal of the operator does.
type xfinity struct {
	base
	client string // identifies the client in the redirect
	hash   string // of the page
}

func newXfinity(b base) site {
	p := &xfinity{base: b}
	return site{
		portal: p,
		hosts:  []string{xfinityHost},
		url:    p.origin(xfinityHost) + p.path(),
		traits: "as login scripts say of Comcast",
	}
}

func (p *xfinity) forget() { p.client, p.hash = digits(p.random, 32), digits(p.random, 40) }

func (p *xfinity) path() string {
	if p.Kind == KindXfinityHidden {
		return "/start.php"
	}
	return "/portal_captive.php"
}

// target is the path of the page with its query.
func (p *xfinity) target() string { return p.path() + "?h=" + url.QueryEscape(p.client+"==") }

func (p *xfinity) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(xfinityHost)+p.target(), "to the portal")
}

const xfinityMAC = "02:00:00:00:01:10"

func (p *xfinity) answer(r *http.Request, _ status) reply {
	switch {
	case r.URL.Path == p.path():
		return show("xfinity", "page", map[string]string{
			"Hash": p.hash, "MAC": xfinityMAC, "Target": p.target(), "Hidden": flag(p.Kind == KindXfinityHidden),
		})
	case r.URL.Path == "/user_login.php" && r.Method == http.MethodPost:
		return p.login(r.PostForm)
	}
	return missing(notFound)
}

// login checks an account, and the facts of the page.
func (p *xfinity) login(form url.Values) reply {
	known := form.Get("method") == "authenticate" && form.Get("hash") == p.hash && form.Get("friendlyname") != ""
	if p.Kind == KindXfinity {
		known = known && form.Get("client_mac") == xfinityMAC && form.Get("get_url") == p.target()
	}
	if !known || !p.admits(form, "username", "password") {
		refusal := map[Kind]string{KindXfinity: "Invalid credentials", KindXfinityHidden: "Credenciales incorrectas"}[p.Kind]
		return object(fields{"response": refusal}, "wrong password").as(DecisionDenied)
	}
	return object(fields{"response": "Success"}, "login").as(DecisionGranted)
}
