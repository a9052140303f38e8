package portaltest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The kinds of a MikroTik router. Their pages follow the manual; the README of the pack
// says what is not verified.
const (
	KindMikrotik      Kind = "mikrotik"       // HTTP-CHAP: the password hashed with a challenge
	KindMikrotikPAP   Kind = "mikrotik-pap"   // HTTP-PAP: the password as it is
	KindMikrotikTrial Kind = "mikrotik-trial" // HTTP-CHAP, and a link to try it for free
)

const (
	mikrotikHost = gatewayAddress
	mikrotikMAC  = "02:00:00:00:01:10"
)

// mikrotik answers as the HotSpot of RouterOS does.
type mikrotik struct {
	base
	name      string // of the user who is logged in
	id        string // one byte
	challenge string // 16 bytes, valid for one answer to the last page
}

func newMikrotik(b base) site {
	return site{
		portal: &mikrotik{base: b},
		hosts:  []string{mikrotikHost},
		url:    "http://" + mikrotikHost + "/login",
		login:  Login{Form: "form[name=login]", User: "username", PIN: "password", Logoff: "http://" + mikrotikHost + "/logout"},
		traits: "as the manual of RouterOS says",
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

// login shows the login page, or checks its form. GET works as well as POST.
func (p *mikrotik) login(r *http.Request, now status) reply {
	user := r.Form.Get("username")
	switch {
	case now.online:
		return redirect(http.StatusFound, "http://"+mikrotikHost+"/status", "already logged in")
	case !r.Form.Has("username"):
		return p.form(r, "")
	case p.Kind == KindMikrotikTrial && user == "T-"+mikrotikMAC, user == p.User && p.right(r.Form.Get("password")):
		p.name = user
		return p.show("mikrotik-in", "login", map[string]string{"Target": r.Form.Get("dst")}).as(DecisionGranted)
	}
	return p.form(r, p.say("invalid username or password", "Benutzername oder Kennwort falsch")).as(DecisionDenied)
}

// right reports whether the password answers the challenge of the last page. A challenge
// is valid for one answer.
func (p *mikrotik) right(password string) bool {
	if p.Kind == KindMikrotikPAP {
		return password == p.PIN
	}
	right := p.challenge != "" && password == md5Hex(p.id+p.PIN+p.challenge)
	p.challenge = ""
	return right
}

// form shows the login page with a new challenge.
func (p *mikrotik) form(r *http.Request, mistake string) reply {
	p.id, p.challenge = string(randomBytes(p.random, 1)), string(randomBytes(p.random, 16))
	data := map[string]string{"Target": r.Form.Get("dst"), "Error": mistake, "ID": "", "Challenge": "", "Trial": ""}
	if p.Kind != KindMikrotikPAP {
		data["ID"], data["Challenge"] = octal(p.id), octal(p.challenge)
	}
	if p.Kind == KindMikrotikTrial {
		data["Trial"] = "http://" + mikrotikHost + "/login?dst=" + url.QueryEscape(r.Form.Get("dst")) + "&username=T-" + url.QueryEscape(mikrotikMAC)
	}
	return p.show("mikrotik-login", "login page", data)
}

func (p *mikrotik) show(name, detail string, data map[string]string) reply {
	data["Router"] = "http://" + mikrotikHost
	return page(http.StatusOK, render(name, data), detail)
}

// octal writes bytes as escapes of a JavaScript string.
func octal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\%03o`, text[i])
	}
	return b.String()
}

// mikrotikTime writes a time as RouterOS does, such as 1h30m; nothing for a session without end.
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
