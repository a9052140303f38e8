package portaltest

import "net/http"

// KindOEBB is a train of ÖBB, as a login script describes it.
const KindOEBB Kind = "oebb"

const oebbHost = "railnet.oebb.at"

// oebb answers as the server on a train does.
type oebb struct {
	base
	token string // of the page, for its cookie
}

func newOEBB(b base) site {
	return site{
		portal: &oebb{base: b},
		hosts:  []string{oebbHost},
		url:    b.origin(oebbHost) + "/de/connecttoweb",
		traits: "as a login script says of ÖBB",
	}
}

func (p *oebb) forget() { p.token = digits(p.random, 40) }

func (p *oebb) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(oebbHost)+"/de/connecttoweb", "to the page")
}

func (p *oebb) answer(r *http.Request, _ status) reply {
	cookie, err := r.Cookie("laravel_session")
	form := r.PostForm
	switch {
	case r.URL.Path == "/de/connecttoweb":
		return show("oebb", "page", map[string]string{"Token": p.token}).with("Set-Cookie", "laravel_session="+p.token[:20]+"; path=/; httponly")
	case r.URL.Path != "/connecttoweb" || r.Method != http.MethodPost:
		return missing(notFound)
	case err != nil || cookie.Value != p.token[:20] || form.Get("_token") != p.token:
		return page(419, "<h1>Page Expired</h1>", "wrong token").as(DecisionDenied)
	case form.Get("checkit") != "on" || form.Get("form_type") != "registration" || form.Get("_ceid") != "21":
		return redirect(http.StatusFound, "/de/connecttoweb", "terms not accepted").as(DecisionDenied)
	}
	return page(http.StatusOK, "<h1>Sie sind online</h1>", "login").as(DecisionGranted)
}
