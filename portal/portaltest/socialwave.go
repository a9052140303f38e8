package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a hotspot of social-wave, as a login script describes it.
const (
	KindSocialWave      Kind = "social-wave"       // an e-mail address, and a MikroTik gateway
	KindSocialWaveClick Kind = "social-wave-click" // a click, and nodogsplash
)

const (
	socialWaveHost   = "go.social-wave.com"
	socialWaveAPI    = "splash-api.daisy.meinwlan.com"
	socialWaveRouter = "login.meinwlan.com"
	socialWaveSplash = "192.0.2.1:2050"
)

// socialWave answers as the operator's server and the gateway do.
type socialWave struct {
	base
	venue string // query of the API
	token string // password for the gateway
}

func newSocialWave(b base) site {
	return site{
		portal: &socialWave{base: b},
		hosts:  []string{socialWaveHost, socialWaveAPI, socialWaveRouter, socialWaveSplash},
		secure: []string{socialWaveHost, socialWaveAPI},
		url:    b.origin(socialWaveHost) + "/",
		traits: "as a login script says of social-wave",
	}
}

func (p *socialWave) forget() { p.venue, p.token = "v="+digits(p.random, 16)+"&m=02:00", "" }

func (p *socialWave) intercept(*http.Request) reply {
	query := url.Values{"res": {p.venue}}
	if p.Kind == KindSocialWaveClick {
		query.Set("auth", socialWaveSplash)
		query.Set("redir", "http://www.venue.test/")
	} else {
		query.Set("auth", "http://"+socialWaveRouter+"/login")
	}
	return redirect(http.StatusFound, p.origin(socialWaveHost)+"/?"+query.Encode(), "to the page")
}

func (p *socialWave) answer(r *http.Request, now status) reply {
	venue := r.Form.Get("query") == p.venue
	switch hostOf(r) + r.URL.Path {
	case socialWaveHost + "/":
		return show("social-wave", "page", nil)
	case socialWaveAPI + "/api/hello.json":
		methods := map[Kind][]string{KindSocialWave: {"facebook", "email"}, KindSocialWaveClick: {"anonymous", "email"}}[p.Kind]
		return object(fields{"Success": venue, "Reason": "", "Settings": fields{"AuthenticationMethods": methods, "IsCurrentlyOffBySchedule": false}}, "hello")
	case socialWaveAPI + "/api/anonymous/login.json":
		return p.account(venue && p.Kind == KindSocialWaveClick)
	case socialWaveAPI + "/api/email/register.json":
		return p.account(venue && r.Method == http.MethodPost && r.PostForm.Get("email") != "" && r.PostForm.Get("agree_terms") == "true" && r.PostForm.Get("agree_marketing") == "false")
	case socialWaveRouter + "/login", socialWaveSplash + "/nodogsplash_auth_tok/":
		key := map[Kind]string{KindSocialWave: "password", KindSocialWaveClick: "token"}[p.Kind]
		if !now.online && (p.token == "" || r.Form.Get(key) != p.token) {
			return p.intercept(r).as(DecisionDenied)
		}
		return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
	}
	return missing(notFound)
}

// account makes an account for the gateway.
func (p *socialWave) account(right bool) reply {
	if !right {
		return object(fields{"Success": false, "Reason": "InvalidRequest"}, "wrong request").as(DecisionDenied)
	}
	p.token = digits(p.random, 32)
	account := fields{"Success": true, "AuthenticationToken": p.token}
	if p.Kind == KindSocialWave {
		account["Username"] = "guest"
	}
	return object(account, "account")
}
