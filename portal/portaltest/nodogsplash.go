package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of nodogsplash. The last two have BinAuth, a program of the operator that gets what the
// fields username and password of the splash page hold.
const (
	KindNodogsplash        Kind = "nodogsplash"         // a click
	KindNodogsplashAccount Kind = "nodogsplash-account" // asks for a user name and a password
	KindNodogsplashVoucher Kind = "nodogsplash-voucher" // asks for a voucher, in one of the two fields
)

// gatewayHost is the host of gateways with pages of their own.
const gatewayHost = "127.0.0.1:2050"

// nodogsplash answers as nodogsplash does, its splash page included.
type nodogsplash struct {
	base
	token string
	field string // for the voucher
}

func newNodogsplash(b base) site {
	return site{
		portal:  &nodogsplash{base: b, field: pick(b.random, "username", "password")},
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
			"Account": flag(p.Kind == KindNodogsplashAccount),
			"Voucher": flag(p.Kind == KindNodogsplashVoucher), "Field": p.field,
		})
	case "/nodogsplash_auth/":
		if r.Form.Get("tok") != p.token {
			return p.splash(target, "wrong token").as(DecisionDenied)
		}
		if !p.accepts(r.Form) {
			return p.splash(target, "BinAuth refuses").as(DecisionDenied)
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

// accepts is the program of the operator. A refusal says nothing, in no language.
func (p *nodogsplash) accepts(form url.Values) bool {
	switch p.Kind {
	case KindNodogsplashAccount:
		return p.admits(form, "username", "password")
	case KindNodogsplashVoucher:
		return form.Get(p.field) == p.Voucher
	}
	return true
}
