package portaltest

import (
	"net/http"
	"net/url"
)

// KindNodogsplash answers as nodogsplash does.
const KindNodogsplash Kind = "nodogsplash"

// gatewayHost is the host of gateways with pages of their own.
const gatewayHost = "127.0.0.1:2050"

// nodogsplash answers as nodogsplash does, its click-through splash page included.
type nodogsplash struct {
	base
	token string
}

func newNodogsplash(b base) site {
	return site{
		portal:  &nodogsplash{base: b},
		gateway: localhost(),
		hosts:   []string{gatewayHost},
		url:     "http://" + gatewayHost + "/splash.html",
		traits:  "as nodogsplash answers",
	}
}

func (p *nodogsplash) forget() { p.token = digits(p.random, 8) }

// splash redirects to the splash page, which later redirects to target: on interception and
// after a wrong token.
func (p *nodogsplash) splash(target, detail string) reply {
	return redirect(http.StatusTemporaryRedirect, "http://"+gatewayHost+"/splash.html?redir="+url.QueryEscape(target), detail)
}

func (p *nodogsplash) intercept(r *http.Request) reply {
	return p.splash(urlOf(r), "to the splash page")
}

func (p *nodogsplash) answer(r *http.Request, now status) reply {
	target := r.Form.Get("redir")
	switch r.URL.Path {
	case "/splash.html":
		return show("nodogsplash", "splash page", map[string]string{
			"Gateway": "http://" + gatewayHost, "Token": p.token, "Target": target,
		})
	case "/nodogsplash_auth/":
		if r.Form.Get("tok") != p.token {
			return p.splash(target, "wrong token").as(DecisionDenied)
		}
		return redirect(http.StatusTemporaryRedirect, target, "token").as(DecisionGranted)
	case "/nodogsplash_deny/":
		a := redirect(http.StatusTemporaryRedirect, "http://"+gatewayHost+"/", "token")
		if r.Form.Get("tok") == p.token {
			return a.as(DecisionLoggedOff)
		}
		return a
	}
	if !now.online {
		return p.splash(urlOf(r), "to the splash page")
	}
	return missing(notFound)
}
