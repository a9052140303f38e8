package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a hotel of H Rewards, formerly Deutsche Hospitality, as a login script describes it.
const (
	KindHRewards      Kind = "hrewards"       // a member's account
	KindHRewardsClick Kind = "hrewards-click" // slower, for all
)

const (
	hrewardsHost    = "cp.deutschehospitality.com"
	hrewardsGateway = arubaName
	hrewardsEnd     = "https://hrewards.com/en"
)

// hrewards answers as the hotels' server and the Aruba gateway do.
type hrewards struct {
	base
	session string // session_key of the form
	ticket  string // password for the gateway
}

func newHRewards(b base) site {
	return site{
		portal: &hrewards{base: b},
		hosts:  []string{hrewardsHost, hrewardsGateway},
		url:    b.origin(hrewardsHost) + "/aruba/landing",
		traits: "as a login script says of H Rewards",
	}
}

func (p *hrewards) forget() { p.session, p.ticket = digits(p.random, 32), "" }

func (p *hrewards) intercept(r *http.Request) reply {
	query := url.Values{"mac": {"02:00:00:00:01:10"}, "ip": {"192.0.2.50"}, "url": {urlOf(r)}}
	return redirect(http.StatusFound, p.origin(hrewardsHost)+"/aruba/landing?"+query.Encode(), "to the page")
}

func (p *hrewards) answer(r *http.Request, now status) reply {
	form := r.PostForm
	right := form.Get("session_key") == p.session && form.Get("accept_terms") == "1"
	switch hostOf(r) + r.URL.Path {
	case hrewardsHost + "/aruba/landing":
		return p.page("")
	case hrewardsHost + "/aruba/login":
		if !right || !p.admits(form, "email", "password") || p.Kind != KindHRewards {
			return p.page("Diese Kombination aus E-Mail und Passwort ist unbekannt.").as(DecisionDenied)
		}
		return p.accepted()
	case hrewardsHost + "/aruba/skip-registration":
		if !right {
			return p.page("Bitte akzeptieren Sie die Nutzungsbedingungen.").as(DecisionDenied)
		}
		return p.accepted()
	case hrewardsGateway + "/cgi-bin/login":
		if now.online || (p.ticket != "" && r.Form.Get("password") == p.ticket) {
			return redirect(http.StatusFound, hrewardsEnd, "login").as(DecisionGranted)
		}
		return redirect(http.StatusFound, p.origin(hrewardsHost)+"/aruba/landing", "wrong ticket").as(DecisionDenied)
	}
	return missing(notFound)
}

// accepted sends the client to the gateway.
func (p *hrewards) accepted() reply {
	p.ticket = digits(p.random, 24)
	return redirect(http.StatusFound, p.origin(hrewardsGateway)+"/cgi-bin/login?cmd=authenticate&user=guest&password="+p.ticket, "to the gateway")
}

func (p *hrewards) page(mistake string) reply {
	return show("hrewards", "page", map[string]string{"Session": p.session, "Error": mistake})
}
