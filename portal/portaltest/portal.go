package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
)

// site is a portal with its fixed properties.
type site struct {
	portal  portal
	gateway netip.Addr // of the link; zero: 192.0.2.1
	hosts   []string   // of the portal, with the port unless it is the default of the scheme
	secure  []string   // the hosts that speak https if the options have an authority; nil: all, if url is https
	url     string     // of the login page
	api     string     // of the RFC 8908 document, or ""
	login   Login
	traits  string // what the seed drew
}

// portal is the web server of one kind of hotspot. The gateway calls it for one
// request at a time, with the form parsed.
type portal interface {
	// intercept answers a request for a host beyond the gateway.
	intercept(r *http.Request) reply
	// answer answers a request for a host of the portal.
	answer(r *http.Request, now status) reply
	// forget drops all cookies and tokens. New calls it before the first request.
	forget()
}

// base is what portals embed: the options of the hotspot, and its random numbers.
type base struct {
	Options
	random *rand.Rand
	sent   string // URL of the last interception, for portals that need it
}

// forget drops the URL of the last interception.
func (b *base) forget() { b.sent = "" }

// origin returns the origin of a host, on https if the options have an authority.
func (b *base) origin(host string) string {
	if b.Authority != nil {
		return "https://" + host
	}
	return "http://" + host
}

// admits reports whether a form holds the right user name and PIN in the controls of these names.
func (b *base) admits(form url.Values, user, pin string) bool {
	return form.Get(user) == b.User && form.Get(pin) == b.PIN
}

// say returns what the portal says in the language of the hotspot.
func (b *base) say(english, german string) string {
	if b.Language == "de" {
		return german
	}
	return english
}

// intercepted redirects to the login page, and remembers its URL for a failed login.
func (b *base) intercepted(location, detail string) reply {
	b.sent = location
	return redirect(http.StatusFound, location, detail)
}
