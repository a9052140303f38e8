package portaltest

import (
	"encoding/hex"
	"net/http"
	"strings"
)

// The kinds of a SonicWall firewall with local users, as login scripts and the script of
// its page describe it.
const (
	KindSonicWall      Kind = "sonicwall"       // the password hashed with a challenge
	KindSonicWallPlain Kind = "sonicwall-plain" // the password as it is: the page has no challenge
)

const sonicwallHost = "webauth.campus.test"

// sonicwall answers as the user login of SonicOS does. It identifies the client by its
// address; the script of the page sets cookies only for the window that stays open.
type sonicwall struct {
	base
	id        string // one byte, in hex
	challenge string // 16 bytes, in hex: of the page that was shown last
}

func newSonicWall(b base) site {
	origin := b.origin(sonicwallHost)
	return site{
		portal: &sonicwall{base: b},
		hosts:  []string{sonicwallHost},
		url:    origin + "/auth.html",
		login:  Login{Form: "form[name=standardPass]", User: "uName", PIN: "pass", Logoff: origin + "/dynLoggedOut.html?didLogout=yes"},
		traits: "as login scripts say of SonicOS",
	}
}

func (p *sonicwall) forget() { p.id, p.challenge = "", "" }

func (p *sonicwall) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(sonicwallHost)+"/auth.html", "to the login page")
}

func (p *sonicwall) answer(r *http.Request, _ status) reply {
	switch {
	case r.URL.Path == "/auth.html":
		return show("sonicwall-frames", "frames of the login page", nil)
	case r.URL.Path == "/auth1.html":
		return p.form()
	case r.URL.Path == "/auth.cgi" && r.Method == http.MethodPost:
		return p.login(r)
	case r.URL.Path == "/dynLoggedOut.html" && r.Form.Get("didLogout") == "yes":
		return show("sonicwall-out", "logout", nil).as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// form shows the login page, with a new challenge each time.
func (p *sonicwall) form() reply {
	p.id, p.challenge = digits(p.random, 2), strings.ToUpper(digits(p.random, 32))
	facts := map[string]string{
		"ID": p.id, "Challenge": p.challenge,
		"Seed": strings.ToUpper(digits(p.random, 32)), "Session": strings.ToUpper(digits(p.random, 32)),
	}
	if p.Kind == KindSonicWallPlain {
		facts["Challenge"] = ""
	}
	return show("sonicwall-login", "login page", facts)
}

// login checks a form. Its responses have status 200, and differ in the targets of their scripts.
func (p *sonicwall) login(r *http.Request) reply {
	if r.PostForm.Get("uName") != p.User || r.PostForm.Get("sessId") == "" || !p.right(r) {
		return show("sonicwall-refused", "wrong password", nil).as(DecisionDenied)
	}
	return show("sonicwall-in", "login", nil).as(DecisionGranted)
}

// right reports whether the form has the password, or the answer to the challenge of the last page.
func (p *sonicwall) right(r *http.Request) bool {
	digest := r.PostForm.Get("digest")
	if p.Kind == KindSonicWallPlain || digest == "" {
		return r.PostForm.Get("pass") == p.PIN
	}
	return p.challenge != "" && digest == sonicwallDigest(p.id, p.PIN, p.challenge)
}

// sonicwallDigest is the CHAP answer to a challenge; id and challenge are in hex.
func sonicwallDigest(id, password, challenge string) string {
	first, _ := hex.DecodeString(id) // cannot err: this package wrote both
	last, _ := hex.DecodeString(challenge)
	return md5Hex(string(first) + password + string(last))
}
