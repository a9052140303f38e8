package portaltest

import (
	"crypto/md5"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
)

// The kinds of a SonicWall firewall with users of its own, as login scripts and the
// script of its page describe it.
const (
	KindSonicWall      Kind = "sonicwall"       // the password hashed with a challenge
	KindSonicWallPlain Kind = "sonicwall-plain" // the password as it is: the page has no challenge
)

const sonicwallHost = "webauth.campus.test"

// sonicwall answers as the user login of SonicOS does. It knows the client by its
// address; the cookies that its page sets by script are for the window that stays open.
type sonicwall struct {
	random    *rand.Rand
	user, pin string
	plain     bool
	origin    string
	id        string // one byte, in hex
	challenge string // 16 bytes, in hex: of the page that was shown last
}

func newSonicWall(opts Options, random *rand.Rand) site {
	p := &sonicwall{random: random, user: opts.User, pin: opts.PIN, plain: opts.Kind == KindSonicWallPlain, origin: "http://" + sonicwallHost}
	if opts.Authority != nil {
		p.origin = "https://" + sonicwallHost
	}
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{sonicwallHost},
		url:     p.origin + "/auth.html",
		login:   Login{Form: "form[name=standardPass]", User: "uName", PIN: "pass", Logoff: p.origin + "/dynLoggedOut.html?didLogout=yes"},
		traits:  "as login scripts say of SonicOS",
	}
}

func (p *sonicwall) forget() { p.id, p.challenge = "", "" }

func (p *sonicwall) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin+"/auth.html", "to the login page")
}

func (p *sonicwall) answer(r *http.Request, _ status) reply {
	switch {
	case r.URL.Path == "/auth.html":
		return page(http.StatusOK, render("sonicwall-frames", nil), "frames of the login page")
	case r.URL.Path == "/auth1.html":
		return p.form()
	case r.URL.Path == "/auth.cgi" && r.Method == http.MethodPost:
		return p.login(r)
	case r.URL.Path == "/dynLoggedOut.html" && r.Form.Get("didLogout") == "yes":
		return page(http.StatusOK, render("sonicwall-out", nil), "logout").as(DecisionLoggedOff)
	}
	return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
}

// form shows the login page, with a new challenge each time.
func (p *sonicwall) form() reply {
	p.id, p.challenge = digits(p.random, 2), strings.ToUpper(digits(p.random, 32))
	facts := map[string]string{
		"ID": p.id, "Challenge": p.challenge,
		"Seed": strings.ToUpper(digits(p.random, 32)), "Session": strings.ToUpper(digits(p.random, 32)),
	}
	if p.plain {
		facts["Challenge"] = ""
	}
	return page(http.StatusOK, render("sonicwall-login", facts), "login page")
}

// login judges a form. Its answers have status 200, and differ in where their scripts lead.
func (p *sonicwall) login(r *http.Request) reply {
	if r.PostForm.Get("uName") != p.user || r.PostForm.Get("sessId") == "" || !p.right(r) {
		return page(http.StatusOK, render("sonicwall-refused", nil), "wrong password").as(DecisionDenied)
	}
	return page(http.StatusOK, render("sonicwall-in", nil), "login").as(DecisionGranted)
}

// right tells whether the password is, or answers the challenge of the last page.
func (p *sonicwall) right(r *http.Request) bool {
	digest := r.PostForm.Get("digest")
	if p.plain || digest == "" {
		return r.PostForm.Get("pass") == p.pin
	}
	return p.challenge != "" && digest == sonicwallDigest(p.id, p.pin, p.challenge)
}

// sonicwallDigest is the answer to a challenge: CHAP, of which id and challenge are in hex.
func sonicwallDigest(id, password, challenge string) string {
	first, _ := hex.DecodeString(id) // we wrote both
	last, _ := hex.DecodeString(challenge)
	sum := md5.Sum([]byte(string(first) + password + string(last)))
	return hex.EncodeToString(sum[:])
}
