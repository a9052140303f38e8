package portaltest

import (
	"net/http"
)

// KindPicopoint answers as networks by Picopoint do, as a login program describes them.
const KindPicopoint Kind = "picopoint"

const (
	picopointHost = "gatekeeper2.picopoint.com"
	picopointMAC  = "02:00:00:00:01:10"
)

// picopoint answers as the portal in the cloud does. Its cookie identifies the client.
type picopoint struct {
	base
	cookie string
	fid    string // number of the form that was shown last
}

func newPicopoint(b base) site {
	return site{
		portal: &picopoint{base: b},
		hosts:  []string{picopointHost},
		url:    b.origin(picopointHost) + "/gk/options",
		traits: "as a login program says of Picopoint",
	}
}

func (p *picopoint) forget() { p.cookie, p.fid = digits(p.random, 32), "" }

func (p *picopoint) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(picopointHost)+"/gk/start?network="+digits(p.random, 8), "to the first page")
}

func (p *picopoint) answer(r *http.Request, _ status) reply {
	switch r.URL.Path {
	case "/gk/start":
		return show("picopoint-start", "script to the page of options", map[string]string{"URL": p.origin(picopointHost) + "/gk/options"}).
			with("Set-Cookie", "gk="+p.cookie+"; Path=/; HttpOnly")
	case "/gk/rest/session":
		return object(fields{"network": fields{"client_mac": picopointMAC}}, "session")
	case "/gk/options":
		if r.Method == http.MethodPost {
			return p.accept(r)
		}
		return p.options("page of options")
	}
	return missing(notFound)
}

// options shows the form, with a new number.
func (p *picopoint) options(detail string) reply {
	p.fid = "f" + digits(p.random, 6)
	return show("picopoint", detail, map[string]string{"FID": p.fid}).with("Set-Cookie", "gk="+p.cookie+"; Path=/; HttpOnly")
}

func (p *picopoint) accept(r *http.Request) reply {
	cookie, err := r.Cookie("gk")
	if err != nil || cookie.Value != p.cookie || r.PostForm.Get("__fid") != p.fid || r.PostForm.Get(p.fid+":_c") != "continue" ||
		r.PostForm.Get("custom_data_1") != picopointMAC {
		return p.options("form not from this page").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "http://www.venue.test/", "terms accepted").as(DecisionGranted)
}
