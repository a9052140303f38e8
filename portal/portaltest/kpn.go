package portaltest

import "net/http"

// KindKPN is a hotspot of KPN in the Netherlands, as a login script describes it.
const KindKPN Kind = "kpn"

const kpnHost = "login.wifi.kpn.com"

// kpn answers as the central portal of the operator does.
type kpn struct {
	base
	token string // of the form
}

func newKPN(b base) site {
	p := &kpn{base: b}
	return site{
		portal: p,
		hosts:  []string{kpnHost},
		url:    p.origin(kpnHost) + "/",
		traits: "as a login script says of KPN",
	}
}

func (p *kpn) forget() { p.token = digits(p.random, 24) }

func (p *kpn) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(kpnHost)+"/", "to the portal")
}

func (p *kpn) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/":
		return p.show(now.online, "page")
	case r.URL.Path != "/Home/StartSessionForFree" || r.Method != http.MethodPost:
		return missing(notFound)
	case r.PostForm.Get("token") != p.token:
		return p.show(now.online, "wrong token").as(DecisionDenied)
	}
	return p.show(true, "click").as(DecisionGranted)
}

// show is the page with the form, or for a client that is online.
func (p *kpn) show(online bool, detail string) reply {
	return show("kpn", detail, map[string]string{"Online": flag(online), "Token": p.token})
}
