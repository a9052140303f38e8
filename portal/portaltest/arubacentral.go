package portaltest

import (
	"net/http"
	"net/url"
	"strings"
)

// KindArubaCentral is the guest page of Aruba Central, as a login script describes it.
const KindArubaCentral Kind = "aruba-central"

const (
	arubaCentralHost = "euw1.cloudguest.central.arubanetworks.com"
	arubaCentralPath = "/portal/scope.cust-0c1d/Guests/capture/login"
)

// arubaCentral answers as the cloud and the access point do.
type arubaCentral struct {
	base
	capture, token string
	password       string // of the account for the access point
}

func newArubaCentral(b base) site {
	return site{
		portal: &arubaCentral{base: b},
		hosts:  []string{arubaCentralHost, arubaName},
		url:    b.origin(arubaCentralHost) + arubaCentralPath,
		traits: "as a login script says of Aruba Central",
	}
}

func (p *arubaCentral) forget() {
	p.capture, p.token, p.password = digits(p.random, 24), digits(p.random, 40), ""
}

func (p *arubaCentral) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(arubaCentralHost)+arubaCentralPath+"?capture="+p.capture, "to the page")
}

func (p *arubaCentral) answer(r *http.Request, _ status) reply {
	form := r.PostForm
	switch hostOf(r) + r.URL.Path {
	case arubaCentralHost + arubaCentralPath:
		if r.Method != http.MethodPost {
			return p.show("")
		}
		if form.Get("accept_terms") != "on" || form.Get("csrf_token") != p.token || form.Get("capture") != p.capture {
			return p.show("").as(DecisionDenied)
		}
		p.password = digits(p.random, 20)
		return redirect(http.StatusFound, strings.Replace(arubaCentralPath, "/login", "/network", 1)+"?"+url.Values{"capture": {p.capture}}.Encode(), "terms accepted")
	case arubaCentralHost + strings.Replace(arubaCentralPath, "/login", "/network", 1):
		return p.show(p.password)
	case arubaName + "/cgi-bin/login":
		if p.password == "" || form.Get("password") != p.password || form.Get("user") != "anonymous" || form.Get("cmd") != "authenticate" {
			return redirect(http.StatusFound, p.origin(arubaCentralHost)+arubaCentralPath+"?capture="+p.capture, "wrong account").as(DecisionDenied)
		}
		return redirect(http.StatusFound, "http://www.venue.test/", "login").as(DecisionGranted)
	}
	return missing(notFound)
}

// show shows the page with what its script needs: the account for the access point if there is one.
func (p *arubaCentral) show(password string) reply {
	action := strings.ReplaceAll(p.origin(arubaName)+"/cgi-bin/login", "/", `\/`)
	return show("aruba-central", "page", map[string]string{"Capture": p.capture, "Token": p.token, "Password": password, "Action": action})
}
