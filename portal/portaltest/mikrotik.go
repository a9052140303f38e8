package portaltest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The kinds of a MikroTik router. Their pages are what the manual describes; what is
// only believed of them is said in the README of the pack.
const (
	KindMikrotik      Kind = "mikrotik"       // HTTP-CHAP: the password hashed with a challenge
	KindMikrotikPAP   Kind = "mikrotik-pap"   // HTTP-PAP: the password as it is
	KindMikrotikTrial Kind = "mikrotik-trial" // HTTP-CHAP, and a link to try it for free
)

const (
	mikrotikHost = "192.0.2.1"
	mikrotikMAC  = "02:00:00:00:01:10"
)

// mikrotik answers as the HotSpot of RouterOS does.
type mikrotik struct {
	random    *rand.Rand
	user, pin string
	pap       bool
	trial     bool
	name      string // who is logged in
	id        string // one byte
	challenge string // 16 bytes: good for one answer to the last page
}

func newMikrotik(opts Options, random *rand.Rand) site {
	p := &mikrotik{
		random: random, user: opts.User, pin: opts.PIN,
		pap: opts.Kind == KindMikrotikPAP, trial: opts.Kind == KindMikrotikTrial,
	}
	return site{
		portal:  p,
		gateway: netip.MustParseAddr(mikrotikHost),
		hosts:   []string{mikrotikHost},
		url:     "http://" + mikrotikHost + "/login",
		login:   Login{Form: "form[name=login]", User: "username", PIN: "password", Logoff: "http://" + mikrotikHost + "/logout"},
		traits:  "as the manual of RouterOS says",
	}
}

func (p *mikrotik) forget() { p.id, p.challenge, p.name = "", "", "" }

func (p *mikrotik) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+mikrotikHost+"/login?dst="+url.QueryEscape(urlOf(r)), "to the login page")
}

func (p *mikrotik) answer(r *http.Request, now status) reply {
	switch r.URL.Path {
	case "/login":
		return p.login(r, now)
	case "/status":
		if !now.online {
			return redirect(http.StatusFound, "http://"+mikrotikHost+"/login", "not logged in")
		}
		return p.show("mikrotik-status", "session", map[string]string{"Name": p.name, "Left": mikrotikTime(now.remaining)})
	case "/logout":
		return p.show("mikrotik-logout", "logout", map[string]string{"Name": p.name}).as(DecisionLoggedOff)
	}
	return redirect(http.StatusFound, "http://"+mikrotikHost+"/login", "no such page")
}

// login shows the login page, or judges what it sent. GET does as well as POST.
func (p *mikrotik) login(r *http.Request, now status) reply {
	user := r.Form.Get("username")
	switch {
	case now.online:
		return redirect(http.StatusFound, "http://"+mikrotikHost+"/status", "already logged in")
	case !r.Form.Has("username"):
		return p.form(r, "")
	case p.trial && user == "T-"+mikrotikMAC, user == p.user && p.right(r.Form.Get("password")):
		p.name = user
		return p.show("mikrotik-in", "login", map[string]string{"Target": r.Form.Get("dst")}).as(DecisionGranted)
	}
	return p.form(r, "invalid username or password").as(DecisionDenied)
}

// right tells whether the password belongs to the page that was shown last. A page is
// good for one answer.
func (p *mikrotik) right(password string) bool {
	if p.pap {
		return password == p.pin
	}
	sum := md5.Sum([]byte(p.id + p.pin + p.challenge))
	known := p.challenge != ""
	p.challenge = ""
	return known && password == hex.EncodeToString(sum[:])
}

// form shows the login page with a new challenge.
func (p *mikrotik) form(r *http.Request, mistake string) reply {
	p.id, p.challenge = octets(p.random, 1), octets(p.random, 16)
	data := map[string]string{"Target": r.Form.Get("dst"), "Error": mistake, "ID": "", "Challenge": "", "Trial": ""}
	if !p.pap {
		data["ID"], data["Challenge"] = octal(p.id), octal(p.challenge)
	}
	if p.trial {
		data["Trial"] = "http://" + mikrotikHost + "/login?dst=" + url.QueryEscape(r.Form.Get("dst")) + "&username=T-" + url.QueryEscape(mikrotikMAC)
	}
	return p.show("mikrotik-login", "login page", data)
}

func (p *mikrotik) show(name, detail string, data map[string]string) reply {
	data["Router"] = "http://" + mikrotikHost
	return page(http.StatusOK, render(name, data), detail)
}

// octets returns n random bytes, of which most are no text.
func octets(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.IntN(256))
	}
	return string(b)
}

// octal writes bytes as escapes of a JavaScript string.
func octal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\%03o`, text[i])
	}
	return b.String()
}

// mikrotikTime writes a time as RouterOS does: 1h30m, or nothing where there is no end.
func mikrotikTime(left time.Duration) string {
	if left == 0 {
		return ""
	}
	text := left.Truncate(time.Second).String()
	text = strings.TrimSuffix(strings.Replace(text, "m0s", "m", 1), "h0m")
	if !strings.ContainsAny(text[len(text)-1:], "hms") {
		text += "h"
	}
	return text
}
