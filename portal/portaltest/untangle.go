package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of the captive portal of Untangle NG Firewall, now Arista's, as its source
// describes it.
const (
	KindUntangle      Kind = "untangle"       // user name and password
	KindUntangleClick Kind = "untangle-click" // a message, and a box to tick
)

const (
	untangleHost = "192.0.2.1"
	untanglePath = "/capture/handler.py/"
)

// untangle answers as the firewall's handler does.
type untangle struct {
	base
	app string // number of the portal among the firewall's
}

func newUntangle(b base) site {
	return site{
		portal: &untangle{base: b, app: "7"},
		hosts:  []string{untangleHost},
		url:    "http://" + untangleHost + untanglePath + "index",
		login:  Login{User: "username", PIN: "password"},
		traits: "as the source of Untangle says",
	}
}

func (p *untangle) intercept(r *http.Request) reply {
	query := "?nonce=9abd7f2eb5ecd82b&method=GET&appid=" + p.app + "&host=" + hostOf(r) + "&uri=" + url.QueryEscape(r.URL.RequestURI())
	return redirect(http.StatusTemporaryRedirect, "http://"+untangleHost+untanglePath+"index"+query, "to the page")
}

func (p *untangle) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == untanglePath+"index":
		return p.page(r.URL.Query(), "")
	case r.URL.Path == "/capture/logout" && now.online:
		return page(http.StatusOK, "<h1>You have successfully logged out</h1>", "logoff").as(DecisionLoggedOff)
	case r.URL.Path == "/capture/logout":
		return page(http.StatusOK, "<h1>You were already logged out</h1>", "no session")
	case p.isForm(r.PostForm):
		return p.login(r.URL.Path, r.PostForm)
	}
	return missing(notFound)
}

// isForm reports whether a form has what the page put into it.
func (p *untangle) isForm(form url.Values) bool {
	return form.Get("appid") == p.app && form.Has("nonce") && form.Has("method") && form.Has("host") && form.Has("uri")
}

func (p *untangle) login(path string, form url.Values) reply {
	switch {
	case path == untanglePath+"authpost" && p.Kind == KindUntangle:
		if !p.admits(form, "username", "password") {
			return p.page(form, "Ungültiger Benutzername oder ungültiges Passwort.").as(DecisionDenied)
		}
		return p.granted(form)
	case path == untanglePath+"infopost" && p.Kind == KindUntangleClick:
		if form.Get("agree") != "agree" {
			return p.page(form, "You must enable the checkbox above to continue.").as(DecisionDenied)
		}
		return p.granted(form)
	}
	return missing(notFound)
}

// granted redirects to the page that the client asked for first.
func (p *untangle) granted(form url.Values) reply {
	return redirect(http.StatusFound, "http://"+form.Get("host")+form.Get("uri"), "login").as(DecisionGranted)
}

func (p *untangle) page(query url.Values, mistake string) reply {
	facts := map[string]string{"Error": mistake, "Account": flag(p.Kind == KindUntangle), "Click": flag(p.Kind == KindUntangleClick)}
	for name, key := range map[string]string{"Method": "method", "Nonce": "nonce", "App": "appid", "Host": "host", "URI": "uri"} {
		facts[name] = query.Get(key)
	}
	return show("untangle", "page", facts)
}
