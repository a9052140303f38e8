package portaltest

import (
	"net/http"
	"net/url"
	"slices"
)

// The kinds of a WatchGuard Firebox, as login scripts describe it.
const (
	KindWatchGuard      Kind = "watchguard"       // user name and password, and a list of domains
	KindWatchGuardClick Kind = "watchguard-click" // the page of a hotspot, whose form is multipart
)

const (
	watchguardHost   = "firebox.venue.test:4100"
	watchguardPath   = "/wgcgi.cgi"
	watchguardDomain = "campus.test" // the second of the page
)

// watchguard answers as the authentication portal does: it redirects with the number of an error.
type watchguard struct{ base }

func newWatchGuard(b base) site {
	p := &watchguard{base: b}
	return site{
		portal: p,
		hosts:  []string{watchguardHost},
		url:    b.origin(watchguardHost) + p.start(),
		login:  Login{User: "fw_username", PIN: "fw_password"},
		traits: "as login scripts say of the Firebox",
	}
}

// start is the path of the page.
func (p *watchguard) start() string {
	if p.Kind == KindWatchGuardClick {
		return "/index.shtml"
	}
	return "/logon.shtml"
}

func (p *watchguard) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, p.origin(watchguardHost)+p.start()+"?redirect="+url.QueryEscape(urlOf(r)), "to the page")
}

func (p *watchguard) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == p.start():
		return show("watchguard", "page", map[string]string{
			"Action": watchguardPath, "Target": r.Form.Get("redirect"), "Error": r.Form.Get("errcode"), "Domain": watchguardDomain,
			"Account": flag(p.Kind == KindWatchGuard), "Click": flag(p.Kind == KindWatchGuardClick),
		})
	case r.URL.Path == "/success.shtml":
		return page(http.StatusOK, "<h1>Authentifizierung erfolgreich</h1>", "online")
	case r.URL.Path == watchguardPath && r.Method == http.MethodPost:
		_ = r.ParseMultipartForm(maxForm) // keeps what it could read of a malformed form
		return p.call(r.Form, now)
	}
	return missing(notFound)
}

func (p *watchguard) call(form url.Values, now status) reply {
	click := p.Kind == KindWatchGuardClick
	switch kind := form.Get("fw_logon_type"); {
	case click && form.Get("action") == "hotspot_accept" && form.Get("hsAcceptCkbName") == "on" && form.Get("style") != "":
		return p.granted(form)
	case kind == "logout" && now.online:
		return p.failed("502", form).as(DecisionLoggedOff)
	case kind == "logout":
		return p.failed("503", form)
	case click || form.Get("action") != "fw_logon":
		return p.failed("507", form).as(DecisionDenied)
	case kind != "logon":
		return p.failed("506", form).as(DecisionDenied)
	case !p.admits(form, "fw_username", "fw_password") || !slices.Contains([]string{"Firebox-DB", watchguardDomain}, form.Get("fw_domain")):
		return p.failed("501", form).as(DecisionDenied)
	}
	return p.granted(form)
}

// granted redirects to where the client wanted to go.
func (p *watchguard) granted(form url.Values) reply {
	target := form.Get("redirect")
	if target == "" {
		target = "/success.shtml"
	}
	return redirect(http.StatusFound, target, "login").as(DecisionGranted)
}

func (p *watchguard) failed(code string, form url.Values) reply {
	return redirect(http.StatusFound, p.start()+"?errcode="+code+"&redirect="+url.QueryEscape(form.Get("redirect")), "error "+code)
}
