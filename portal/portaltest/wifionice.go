package portaltest

import (
	"net/http"
	"net/url"
	"strings"
)

// The kinds of Deutsche Bahn's Wi-Fi, as scripts that log in to it describe them.
const (
	KindWifionice       Kind = "wifionice"        // a page that is a script, and JSON
	KindWifioniceTitled Kind = "wifionice-titled" // the same with another title
	KindWifioniceForm   Kind = "wifionice-form"   // the older page, with a form
)

// The hosts of the two kinds.
const (
	wifioniceHost     = "login.wifionice.de"
	wifioniceFormHost = "wifi.bahn.de"
)

// wifionice answers as the server on a train does.
type wifionice struct {
	base
	host string
	csrf map[string]bool // issued as cookies
}

func newWifionice(b base) site {
	p := &wifionice{base: b, host: wifioniceHost}
	if p.Kind == KindWifioniceForm {
		p.host = wifioniceFormHost
	}
	return site{
		portal: p,
		hosts:  []string{p.host},
		url:    p.origin(p.host) + p.start(),
		traits: "as login scripts say of trains",
	}
}

func (p *wifionice) forget() { p.csrf = map[string]bool{} }

// start is the path of the page.
func (p *wifionice) start() string {
	if p.Kind == KindWifioniceForm {
		return "/en/"
	}
	return "/cna/"
}

func (p *wifionice) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+p.host+"/?url="+url.QueryEscape(urlOf(r)), "to the portal")
}

func (p *wifionice) answer(r *http.Request, now status) reply {
	switch {
	case p.Authority != nil && r.TLS == nil:
		return redirect(http.StatusMovedPermanently, p.origin(p.host)+r.URL.RequestURI(), "to https")
	case r.URL.Path == "/":
		return redirect(http.StatusFound, p.start()+"?"+r.URL.RawQuery, "to the page")
	case p.Kind == KindWifioniceForm && strings.HasPrefix(r.URL.Path, p.start()):
		return p.page(r, now)
	case p.Kind != KindWifioniceForm:
		return p.call(r, now)
	}
	return missing(notFound)
}

// call answers the script of the page.
func (p *wifionice) call(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == p.start():
		title := map[Kind]string{KindWifionice: "CNA", KindWifioniceTitled: "WLAN im Zug"}[p.Kind]
		return show("wifionice-cna", "page", map[string]string{"Title": title})
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

// page shows the form, with the same number in it and in a cookie, or checks it.
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
	return show("wifionice-form", "page", map[string]string{"CSRF": number, "Online": flag(now.online)}).
		with("Set-Cookie", "csrf="+number+"; Path=/")
}
