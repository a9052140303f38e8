package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of the Wi-Fi of the Czech railways, as scripts that log in to it describe them.
const (
	KindCDWiFi     Kind = "cdwifi"      // a page that is a script, and an address that opens the Internet
	KindCDWiFiForm Kind = "cdwifi-form" // a page with a form, on suburban trains
)

const (
	cdwifiHost     = "cdwifi.cz"
	cdwifiFormHost = "virtual-gw.cdwifi.cz"
	cdwifiUser     = "/portal/api/vehicle/gateway/user"
)

// cdwifi answers as the server on a train does.
type cdwifi struct {
	base
	secret string // of the form
}

func newCDWiFi(b base) site {
	p := &cdwifi{base: b}
	return site{
		portal: p,
		hosts:  []string{p.host()},
		url:    p.page(),
		traits: "as login scripts say of trains of the Czech railways",
	}
}

func (p *cdwifi) forget() { p.secret = digits(p.random, 13) }

func (p *cdwifi) host() string {
	if p.Kind == KindCDWiFiForm {
		return cdwifiFormHost
	}
	return cdwifiHost
}

func (p *cdwifi) page() string {
	if p.Kind == KindCDWiFiForm {
		return "http://" + cdwifiFormHost + "/"
	}
	return "http://" + cdwifiHost + "/captive"
}

func (p *cdwifi) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.page(), "to the portal")
}

func (p *cdwifi) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case cdwifiFormHost + "/":
		return p.form(now, "page")
	case cdwifiFormHost + "/accept":
		return p.accept(r, now)
	case cdwifiHost + "/captive":
		return show("cdwifi", "page", nil)
	case cdwifiHost + cdwifiUser:
		return object(fields{"authenticated": map[bool]int{true: 1}[now.online], "ip": "192.0.2.50"}, "state")
	case cdwifiHost + cdwifiUser + "/authenticate":
		return p.authenticate(r.URL.Query(), now)
	case cdwifiHost + cdwifiUser + "/success", cdwifiHost + cdwifiUser + "/error":
		return object(fields{"status": "done"}, "result")
	}
	return missing(notFound)
}

// form shows the form, or to a client that is online a page without one.
func (p *cdwifi) form(now status, detail string) reply {
	return show("cdwifi-form", detail, map[string]string{"Secret": p.secret, "Online": flag(now.online)})
}

// accept checks the form: its secret, and the box that must be ticked.
func (p *cdwifi) accept(r *http.Request, now status) reply {
	if r.Method != http.MethodPost || r.PostForm.Get("secret") != p.secret || r.PostForm.Get("eula") != "on" {
		return p.form(now, "wrong form").as(DecisionDenied)
	}
	p.secret = digits(p.random, 13)
	return redirect(http.StatusFound, "http://"+cdwifiFormHost+"/", "accepted").as(DecisionGranted)
}

// authenticate opens the Internet, and redirects to one of two addresses that the request names.
func (p *cdwifi) authenticate(query url.Values, now status) reply {
	if query.Get("category") != "internet" || query.Get("url") == "" {
		return redirect(http.StatusTemporaryRedirect, query.Get("onerror"), "wrong request").as(DecisionDenied)
	}
	a := redirect(http.StatusTemporaryRedirect, query.Get("url"), "authenticated")
	if now.online {
		return a
	}
	return a.as(DecisionGranted)
}
