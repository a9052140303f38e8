package portaltest

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/netip"
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
	arubaName  = "securelogin.arubanetworks.com" // of every access point and controller
)

// aruba answers as access points and controllers do under the name that they share, and
// as the venue's own server with its page. It knows the client by its address.
type aruba struct {
	kind      Kind
	origin    string // of the device
	user, pin string
	sent      string // where the client was sent last
}

func newAruba(opts Options, _ *rand.Rand) site {
	p := &aruba{kind: opts.Kind, origin: "http://" + arubaName, user: opts.User, pin: opts.PIN}
	if opts.Authority != nil {
		p.origin = "https://" + arubaName
	}
	s := site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{arubaVenue, arubaName},
		secure:  []string{arubaName},
		login:   Login{User: "user", PIN: "password"},
		traits:  "as login scripts say of Aruba",
	}
	switch p.kind {
	case KindAruba:
		s.url = "http://" + arubaVenue + "/guest"
	case KindArubaController:
		s.url = p.origin + "/auth/index.html"
	default:
		s.url = p.origin + "/swarm.cgi?opcode=cp_generate&orig_url=" + hex.EncodeToString([]byte("http://www.venue.test/"))
	}
	return s
}

func (p *aruba) forget() { p.sent = "" }

func (p *aruba) intercept(r *http.Request) reply {
	switch p.kind {
	case KindAruba:
		p.sent = "http://" + arubaVenue + "/guest?cmd=login&mac=02:00:00:00:01:10&essid=Guest&ip=192.0.2.50&apname=Lobby" +
			"&apmac=02:00:00:00:01:01&vcname=Venue&switchip=" + arubaName + "&url=" + url.QueryEscape(urlOf(r))
	case KindArubaController:
		p.sent = p.origin + "/auth/index.html"
	default:
		p.sent = p.origin + "/swarm.cgi?opcode=cp_generate&orig_url=" + hex.EncodeToString([]byte(urlOf(r)))
	}
	return redirect(http.StatusFound, p.sent, "to the login page")
}

func (p *aruba) answer(r *http.Request, _ status) reply {
	post := r.Method == http.MethodPost
	switch {
	case hostOf(r) == arubaVenue:
		return page(http.StatusOK, render("aruba-venue", map[string]string{"Error": r.Form.Get("errmsg")}), "venue's page")
	case r.URL.Path == "/swarm.cgi" && post:
		return p.swarm(r)
	case r.URL.Path == "/swarm.cgi":
		return p.instant(r, "")
	case r.URL.Path == "/auth/index.html":
		return page(http.StatusOK, render("aruba-controller", map[string]string{"Error": ""}), "controller's page")
	case r.URL.Path == "/auth/index.html/u" && post:
		return p.controller(r)
	case r.URL.Path == "/cgi-bin/login" && post:
		return p.external(r)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

func (p *aruba) right(r *http.Request) bool {
	return r.PostForm.Get("user") == p.user && r.PostForm.Get("password") == p.pin
}

// instant shows an access point's own page.
func (p *aruba) instant(r *http.Request, mistake string) reply {
	return page(http.StatusOK, render("aruba-instant", map[string]string{
		"Target": r.Form.Get("orig_url"), "Click": flag(p.kind == KindArubaInstantClick), "Error": mistake,
	}), "access point's page")
}

// swarm judges what an access point's page sends. Its answers have status 200, and who is
// let in is led on by the page.
func (p *aruba) swarm(r *http.Request) reply {
	operation := r.PostForm.Get("opcode")
	clicked := p.kind == KindArubaInstantClick && operation == "cp_ack"
	named := p.kind == KindArubaInstant && operation == "cp_auth" && p.right(r)
	target, err := hex.DecodeString(r.PostForm.Get("orig_url"))
	if err != nil || !clicked && !named {
		return p.instant(r, "Authentication failed").as(DecisionDenied)
	}
	return page(http.StatusOK, render("aruba-on", map[string]string{"Target": string(target)}), "login").as(DecisionGranted)
}

// controller judges what a controller's page sends.
func (p *aruba) controller(r *http.Request) reply {
	if p.kind != KindArubaController || r.PostForm.Get("cmd") != "authenticate" || !p.right(r) {
		facts := map[string]string{"Error": "Authentication failed"}
		return page(http.StatusOK, render("aruba-controller", facts), "wrong password").as(DecisionDenied)
	}
	return page(http.StatusOK, render("aruba-on", map[string]string{"Target": "http://www.venue.test/"}), "login").as(DecisionGranted)
}

// external judges what a venue's page sends, and leads back to it, or on.
func (p *aruba) external(r *http.Request) reply {
	if p.kind != KindAruba || r.PostForm.Get("cmd") != "authenticate" || !p.right(r) {
		return redirect(http.StatusFound, p.sent+"&errmsg="+url.QueryEscape("Authentication failed"), "wrong password").as(DecisionDenied)
	}
	return redirect(http.StatusFound, r.PostForm.Get("url"), "login").as(DecisionGranted)
}
