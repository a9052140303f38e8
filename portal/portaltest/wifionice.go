package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// The kinds of Deutsche Bahn's Wi-Fi, as scripts that log in to it describe them.
const (
	KindWifionice     Kind = "wifionice"      // a page that is a script, and JSON
	KindWifioniceForm Kind = "wifionice-form" // the page of before, with a form
)

// Each kind is met on one of the two hosts.
const (
	wifioniceHost     = "login.wifionice.de"
	wifioniceFormHost = "wifi.bahn.de"
)

// wifionice answers as the server on a train does.
type wifionice struct {
	random *rand.Rand
	host   string
	form   bool
	secure bool
	csrf   map[string]bool // given out as cookies
}

func newWifionice(opts Options, random *rand.Rand) site {
	p := &wifionice{random: random, host: wifioniceHost, form: opts.Kind == KindWifioniceForm, secure: opts.Authority != nil}
	if p.form {
		p.host = wifioniceFormHost
	}
	p.forget()
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{p.host},
		url:     p.origin() + p.start(),
		traits:  "as login scripts say of trains",
	}
}

func (p *wifionice) forget() { p.csrf = map[string]bool{} }

func (p *wifionice) origin() string {
	if p.secure {
		return "https://" + p.host
	}
	return "http://" + p.host
}

// start is the path of the page.
func (p *wifionice) start() string {
	if p.form {
		return "/en/"
	}
	return "/cna/"
}

func (p *wifionice) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+p.host+"/?url="+url.QueryEscape(urlOf(r)), "to the portal")
}

func (p *wifionice) answer(r *http.Request, now status) reply {
	switch {
	case p.secure && r.TLS == nil:
		return redirect(http.StatusMovedPermanently, p.origin()+r.URL.RequestURI(), "to https")
	case r.URL.Path == "/":
		return redirect(http.StatusFound, p.start()+"?"+r.URL.RawQuery, "to the page")
	case p.form && strings.HasPrefix(r.URL.Path, p.start()):
		return p.page(r, now)
	case !p.form:
		return p.call(r, now)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

// call answers the script of the page.
func (p *wifionice) call(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == p.start():
		return page(http.StatusOK, render("wifionice-cna", nil), "page")
	case r.URL.Path == "/cna/wifi/user_info" && now.online:
		return object(fields{"result": fields{"authenticated": "1"}}, "online")
	case r.URL.Path == "/cna/wifi/user_info":
		return object(fields{"result": fields{"authenticated": "0"}}, "not online")
	case r.Method != http.MethodPost:
	case r.URL.Path == "/cna/logon":
		return object(fields{"result": "success"}, "logon").as(DecisionGranted)
	case r.URL.Path == "/cna/logoff":
		return object(fields{"result": "success"}, "logoff").as(DecisionLoggedOff)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such call")
}

// page shows the form, with the same number in it and in a cookie, and judges it.
func (p *wifionice) page(r *http.Request, now status) reply {
	cookie, err := r.Cookie("csrf")
	known := err == nil && p.csrf[cookie.Value] && r.PostForm.Get("CSRFToken") == cookie.Value
	back := redirect(http.StatusFound, p.start(), "to the page")
	switch {
	case r.Method == http.MethodPost && r.PostForm.Get("logout") == "true":
		return back.as(DecisionLoggedOff)
	case r.Method == http.MethodPost && known && r.PostForm.Get("login") == "true":
		delete(p.csrf, cookie.Value)
		return back.as(DecisionGranted)
	case r.Method == http.MethodPost:
		return back.as(DecisionDenied)
	}
	number := digits(p.random, 32)
	p.csrf[number] = true
	a := page(http.StatusOK, render("wifionice-form", map[string]string{"CSRF": number, "Online": flag(now.online)}), "page")
	a.header.Add("Set-Cookie", (&http.Cookie{Name: "csrf", Value: number, Path: "/"}).String())
	return a
}
