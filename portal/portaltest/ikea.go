package portaltest

import (
	"net/http"
	"net/url"
)

// KindIKEA is the guest network of an IKEA store, as a login script describes it.
const KindIKEA Kind = "ikea"

const (
	ikeaGateway = "yo-wifi.net"
	ikeaServer  = "cp7-wifi.net"
)

// ikea answers as the gateway and the server do: the server makes an account for a click.
type ikea struct {
	base
	password string
}

func newIKEA(b base) site {
	return site{
		portal: &ikea{base: b},
		hosts:  []string{ikeaGateway, ikeaServer},
		url:    b.origin(ikeaServer) + "/",
		traits: "as a login script says of IKEA",
	}
}

func (p *ikea) forget() { p.password = "" }

func (p *ikea) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(ikeaGateway)+"/authen/", "to the gateway")
}

func (p *ikea) answer(r *http.Request, now status) reply {
	query := r.URL.Query()
	switch hostOf(r) + r.URL.Path {
	case ikeaGateway + "/authen/":
		return redirect(http.StatusFound, p.origin(ikeaServer)+"/?device_name=ide223&user_mac=02:00:00:00:01:10&device_hostname="+ikeaGateway+"&ssid=/#/login", "to the page")
	case ikeaServer + "/", ikeaServer + "/success":
		return show("ikea", "page", nil)
	case ikeaServer + "/login/tc":
		if r.Method != http.MethodPost || query.Get("nasid") != "ide223" || query.Get("user_mac") != "02-00-00-00-01-10" || query.Get("user_type") != "9" {
			return object(fields{"status": "error"}, "wrong query").as(DecisionDenied)
		}
		p.password = digits(p.random, 12)
		return object(fields{"status": "ok", "payload": fields{"realm": "ikea", "username": "tc-" + p.password[:6], "password": p.password}}, "account")
	case ikeaServer + "/authen/login/":
		known := p.password != "" && query.Get("password") == p.password && query.Get("userid") == `ikea1\tc-`+p.password[:min(6, len(p.password))]+`\9`
		if !known && !now.online {
			return redirect(http.StatusFound, "/?"+url.Values{"error": {"1"}}.Encode()+"#/login", "wrong account").as(DecisionDenied)
		}
		return redirect(http.StatusFound, "/success?", "login").as(DecisionGranted)
	}
	return missing(notFound)
}
