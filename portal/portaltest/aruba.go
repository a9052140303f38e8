package portaltest

import (
	"encoding/hex"
	"net/http"
	"net/url"
)

// The kinds of an Aruba network, as login scripts and operators' integrations describe
// them.
const (
	KindAruba             Kind = "aruba"               // a page of the venue: user name and password
	KindArubaController   Kind = "aruba-controller"    // a controller's own page: user name and password
	KindArubaInstant      Kind = "aruba-instant"       // an access point's own page: user name and password
	KindArubaInstantClick Kind = "aruba-instant-click" // an access point's own page: a click
)

const (
	arubaVenue = "guest.venue.test"
	arubaName  = "securelogin.arubanetworks.com" // a name that every access point and controller answers to
)

// aruba answers as access points and controllers do under the name that they share, and
// as the venue's own server with its page. It identifies the client by its address.
type aruba struct {
	base
	device string // origin
}

func newAruba(b base) site {
	p := &aruba{base: b, device: b.origin(arubaName)}
	s := site{
		portal: p,
		hosts:  []string{arubaVenue, arubaName},
		secure: []string{arubaName},
		login:  Login{User: "user", PIN: "password"},
		traits: "as login scripts say of Aruba",
	}
	switch p.Kind {
	case KindAruba:
		s.url = "http://" + arubaVenue + "/guest"
	case KindArubaController:
		s.url = p.device + "/auth/index.html"
	default:
		s.url = p.device + "/swarm.cgi?opcode=cp_generate&orig_url=" + hex.EncodeToString([]byte("http://www.venue.test/"))
	}
	return s
}

func (p *aruba) intercept(r *http.Request) reply {
	switch p.Kind {
	case KindAruba:
		p.sent = "http://" + arubaVenue + "/guest?cmd=login&mac=02:00:00:00:01:10&essid=Guest&ip=192.0.2.50&apname=Lobby" +
			"&apmac=02:00:00:00:01:01&vcname=Venue&switchip=" + arubaName + "&url=" + url.QueryEscape(urlOf(r))
	case KindArubaController:
		p.sent = p.device + "/auth/index.html"
	default:
		p.sent = p.device + "/swarm.cgi?opcode=cp_generate&orig_url=" + hex.EncodeToString([]byte(urlOf(r)))
	}
	return redirect(http.StatusFound, p.sent, "to the login page")
}

func (p *aruba) answer(r *http.Request, _ status) reply {
	post := r.Method == http.MethodPost
	switch {
	case hostOf(r) == arubaVenue:
		return show("aruba-venue", "venue's page", map[string]string{"Error": r.Form.Get("errmsg")})
	case r.URL.Path == "/swarm.cgi" && post:
		return p.swarm(r)
	case r.URL.Path == "/swarm.cgi":
		return p.instant(r, "")
	case r.URL.Path == "/auth/index.html":
		return show("aruba-controller", "controller's page", map[string]string{"Error": ""})
	case r.URL.Path == "/auth/index.html/u" && post:
		return p.controller(r)
	case r.URL.Path == "/cgi-bin/login" && post:
		return p.external(r)
	}
	return missing(notFound)
}

// instant shows an access point's own page.
func (p *aruba) instant(r *http.Request, mistake string) reply {
	return show("aruba-instant", "access point's page", map[string]string{
		"Target": r.Form.Get("orig_url"), "Click": flag(p.Kind == KindArubaInstantClick), "Error": mistake,
	})
}

// swarm checks the form of an access point's page. Its responses have status 200; after a
// login the page redirects.
func (p *aruba) swarm(r *http.Request) reply {
	operation := r.PostForm.Get("opcode")
	clicked := p.Kind == KindArubaInstantClick && operation == "cp_ack"
	named := p.Kind == KindArubaInstant && operation == "cp_auth" && p.admits(r.PostForm, "user", "password")
	target, err := hex.DecodeString(r.PostForm.Get("orig_url"))
	if err != nil || !clicked && !named {
		return p.instant(r, "Authentication failed").as(DecisionDenied)
	}
	return show("aruba-on", "login", map[string]string{"Target": string(target)}).as(DecisionGranted)
}

// controller checks the form of a controller's page.
func (p *aruba) controller(r *http.Request) reply {
	if p.Kind != KindArubaController || r.PostForm.Get("cmd") != "authenticate" || !p.admits(r.PostForm, "user", "password") {
		facts := map[string]string{"Error": "Authentication failed"}
		return show("aruba-controller", "wrong password", facts).as(DecisionDenied)
	}
	return show("aruba-on", "login", map[string]string{"Target": "http://www.venue.test/"}).as(DecisionGranted)
}

// external checks the form of a venue's page, and redirects back to it or on.
func (p *aruba) external(r *http.Request) reply {
	if p.Kind != KindAruba || r.PostForm.Get("cmd") != "authenticate" || !p.admits(r.PostForm, "user", "password") {
		return redirect(http.StatusFound, p.sent+"&errmsg="+url.QueryEscape("Authentication failed"), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, r.PostForm.Get("url"), "login").as(DecisionGranted)
}
