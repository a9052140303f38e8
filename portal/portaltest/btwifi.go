package portaltest

import "net/http"

// The kinds of a hotspot of BT and EE in Britain, as login scripts describe them.
const (
	KindBTWiFi Kind = "bt-wifi" // an account
	KindEEWiFi Kind = "ee-wifi" // a click, or an account
)

const (
	btWiFiHost = "www.btwifi.com:8443"
	eeWiFiHost = "ee-wifi.ee.co.uk"
)

// btWiFi answers as the central portal of the operator does.
type btWiFi struct {
	base
	host  string
	token string // of the form for a click
}

func newBTWiFi(b base) site {
	p := &btWiFi{base: b, host: btWiFiHost}
	if p.Kind == KindEEWiFi {
		p.host = eeWiFiHost
	}
	return site{
		portal: p,
		hosts:  []string{p.host},
		url:    p.origin(p.host) + "/home",
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of BT and EE",
	}
}

func (p *btWiFi) forget() { p.token = digits(p.random, 16) }

func (p *btWiFi) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(p.host)+"/home", "to the portal")
}

func (p *btWiFi) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/home":
		return p.home(now.online, "", "page")
	case r.URL.Path == "/accountLogoff/home" && r.URL.Query().Get("confirmed") == "true":
		return p.home(false, "", "logoff").as(DecisionLoggedOff)
	case r.Method != http.MethodPost:
	case r.URL.Path == "/tbbLogon", r.URL.Path == "/ante":
		if p.admits(r.PostForm, "username", "password") {
			return p.home(true, "", "login").as(DecisionGranted)
		}
		return p.home(false, p.refusal(), "wrong password").as(DecisionDenied)
	case r.URL.Path == "/eebLogon" && p.Kind == KindEEWiFi && r.PostForm.Get("token") == p.token:
		return p.home(true, "", "click").as(DecisionGranted)
	}
	return missing(notFound)
}

// refusal is a text in one of two languages of the country.
func (p *btWiFi) refusal() string {
	if p.Kind == KindEEWiFi {
		return "Nid yw'r manylion yn gywir."
	}
	return "Sorry, we don't recognise those details."
}

// home is the page for a client that is online, or with the forms to log in.
func (p *btWiFi) home(online bool, mistake, detail string) reply {
	return show("bt-wifi", detail, map[string]string{
		"Online": flag(online), "Error": mistake, "Click": flag(!online && p.Kind == KindEEWiFi), "Token": p.token,
	})
}
