package portaltest

import (
	"net/http"
	"slices"
	"strings"
)

// splash is a portal with random names: hops with a cookie, a landing page with a form, and
// a result that only a person understands.
type splash struct {
	base
	look    look
	root    string            // origin
	cookies map[string]bool   // issued
	tokens  map[string]string // issued and unused: the cookie of each
}

func newSplash(b base) site {
	l := drawLook(b.random, b.Kind)
	p := &splash{base: b, look: l, root: b.origin(l.Host)}
	return site{
		portal:  p,
		gateway: localhost(),
		hosts:   []string{l.Host},
		url:     p.root + l.Landing,
		api:     p.root + l.API,
		login:   Login{Form: "form#" + l.Form, User: l.User, PIN: l.PIN, Terms: l.Terms, Logoff: p.root + l.Logoff},
		traits:  l.traits(),
	}
}

func (p *splash) forget() { p.cookies, p.tokens = map[string]bool{}, map[string]string{} }

// intercept redirects to the first hop, or answers with a page that does, as some gateways do.
func (p *splash) intercept(*http.Request) reply {
	first := p.root + p.look.Hops[0]
	if p.look.Interception == http.StatusOK {
		return p.show("refresh", "meta refresh to the portal", map[string]string{"URL": first})
	}
	return redirect(p.look.Interception, first, "to the portal")
}

func (p *splash) answer(r *http.Request, now status) reply {
	if strings.HasPrefix(p.root, "https:") && r.TLS == nil {
		return redirect(http.StatusMovedPermanently, p.root+r.URL.RequestURI(), "to https")
	}
	if i := slices.Index(p.look.Hops, r.URL.Path); i >= 0 {
		return p.hop(r, i)
	}
	switch r.URL.Path {
	case p.look.API:
		return p.document(r, now)
	case p.look.Action:
		return p.login(r)
	case p.look.Logoff:
		return p.show("plain", "logoff", map[string]string{"Text": "Goodbye."}).as(DecisionLoggedOff)
	default:
		return p.land(r, now)
	}
}

// document answers 400 unless the Accept header is exact, as some products do.
func (p *splash) document(r *http.Request, now status) reply {
	if !wantsAPI(r) {
		return page(http.StatusBadRequest, "<h1>Bad Request</h1>", "captive portal API without its Accept header")
	}
	return state(p.root+p.look.Landing, now)
}

// hop redirects from hop i to the next, every other time by meta refresh. The first hop sets
// the cookie that the others require.
func (p *splash) hop(r *http.Request, i int) reply {
	next := p.look.Landing
	if i+1 < len(p.look.Hops) {
		next = p.look.Hops[i+1]
	}
	a := redirect(http.StatusFound, next, "on to the landing page")
	if i%2 == 1 {
		a = p.show("refresh", "meta refresh to the landing page", map[string]string{"URL": next})
	}
	if _, known := p.visitor(r); i == 0 && !known {
		value := digits(p.random, 16)
		p.cookies[value] = true
		cookie := &http.Cookie{Name: p.look.Cookie, Value: value, Path: "/", HttpOnly: true}
		a.header.Add("Set-Cookie", cookie.String())
	}
	return a
}

// visitor returns the cookie of the client, and whether this portal issued it.
func (p *splash) visitor(r *http.Request) (string, bool) {
	cookie, err := r.Cookie(p.look.Cookie)
	if err != nil {
		return "", false
	}
	return cookie.Value, p.cookies[cookie.Value]
}

// land shows the landing page to clients that came through the hops.
func (p *splash) land(r *http.Request, now status) reply {
	visitor, known := p.visitor(r)
	switch {
	case now.online:
		return p.show("online", "session", map[string]string{"Logoff": p.look.Logoff})
	case !known:
		return redirect(http.StatusFound, p.look.Hops[0], "no cookie")
	}
	return p.form(visitor, "landing page", "")
}
