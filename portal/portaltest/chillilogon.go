package portaltest

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// chilliDown is the name of a user for whom the authentication server does not answer.
const chilliDown = "radius.down"

// logon answers the browser that comes from the page, and the WISPr client that polls for the result.
func (p *chilli) logon(r *http.Request, now status) reply {
	user, two := r.Form.Get("username"), r.Form.Get("WISPrVersion") == "2.0"
	origin := r.Form.Get("userurl")
	if now.online {
		text := element{"ReplyMessage", "Already logged on"}
		return redirectWith(p.lead("already", origin), wisprMessage("AuthenticationPollReply", 140, 102, text), "already logged on")
	}
	good := p.proves(r)
	p.challenge = digits(p.random, 32) // it was valid once
	switch {
	case good:
		p.began = time.Now()
		return redirectWith(p.lead("success", origin), p.success(two), "login").as(DecisionGranted)
	case user == chilliDown:
		lead := p.lead("failed", origin, element{"reason", "timeout"})
		return redirectWith(lead, wisprMessage("AuthenticationPollReply", 140, 102), "authentication server is down").as(DecisionDenied)
	case user == "" || p.mute:
		return reply{empty: true, decision: DecisionDenied, detail: "no reply"}
	}
	text := "Sorry, wrong password"
	if p.Kind == KindCoovaChilliMini {
		text = "Contraseña incorrecta"
	}
	lead := p.lead("failed", origin, element{"reason", "reject"}, element{"reply", text})
	message := wisprMessage("AuthenticationPollReply", 140, 100, element{"ReplyMessage", text})
	return redirectWith(lead, message, "wrong user name or password").as(DecisionDenied)
}

// success has the duration of the session for WISPr 2.0 clients; the others get an hour.
func (p *chilli) success(two bool) string {
	kind, number, lasts := "AuthenticationPollReply", 140, "3600"
	if two {
		kind, number, lasts = "AuthenticationReply", 120, strconv.Itoa(int(p.Session.Seconds()))
	}
	return wisprMessage(kind, number, 50,
		element{"ReplyMessage", "Hello Ada"},
		element{"LogoffURL", "http://" + chilliHost + "/logoff"},
		element{"StatusURL", "http://" + chilliHost + "/status"},
		element{"RedirectionURL", ""},
		element{"MaxSessionTime", lasts},
	)
}

// proves reports whether a request has the password of the user, by CHAP or by PAP.
func (p *chilli) proves(r *http.Request) bool {
	if r.Form.Get("username") != p.User {
		return false
	}
	given, sent := r.Form.Get("response"), r.Form.Get("password")
	return given != "" && given == p.chap(p.PIN) || sent != "" && sent == p.pap(p.PIN)
}

// key is the challenge, hashed with the secret if there is one.
func (p *chilli) key() []byte {
	challenge, _ := hex.DecodeString(p.challenge) // cannot err: this package wrote it
	if p.secret == "" {
		return challenge
	}
	key := md5.Sum([]byte(string(challenge) + p.secret))
	return key[:]
}

// chap is the response to the challenge, with the identifier 0.
func (p *chilli) chap(password string) string {
	return md5Hex("\x00" + password + string(p.key()))
}

// pap is the password, padded and XORed with the key.
func (p *chilli) pap(password string) string {
	key := p.key()
	masked := []byte(password + strings.Repeat("\x00", (len(key)-len(password)%len(key))%len(key)))
	for i := range masked {
		masked[i] ^= key[i%len(key)]
	}
	return hex.EncodeToString(masked)
}

// json is the interface of pages that log in by script.
func (p *chilli) json(r *http.Request, command string, now status) reply {
	decision, message := DecisionPage, ""
	switch {
	case command == "logon" && !now.online:
		decision, message = DecisionDenied, "Sorry, wrong password"
		if p.proves(r) {
			decision, message, now.online = DecisionGranted, "Hello Ada", true
			p.began = time.Now()
		}
		p.challenge = digits(p.random, 32)
	case command == "logoff":
		p.challenge = digits(p.random, 32)
		decision, now.online = DecisionLoggedOff, false
	case command != "status" && command != "logon":
		return page(http.StatusNotFound, "", "no such command")
	}
	text := encode(p.state(now, message))
	if callback := r.Form.Get("callback"); callback != "" {
		text = callback + "(" + text + ")"
	}
	header := http.Header{"Content-Type": {"text/javascript"}}
	return reply{status: http.StatusOK, header: header, body: text, decision: decision, detail: "JSON " + command}
}

func (p *chilli) state(now status, message string) fields {
	state := fields{
		"version": "1.0", "clientState": 0, "nasid": "nas01",
		"location": fields{"name": "LabOperator,Bench"},
		"redir": fields{
			"originalURL": "", "redirectionURL": "", "logoutURL": "http://" + chilliHost + "/logoff",
			"ipAddress": "192.0.2.50", "macAddress": "02-00-00-00-01-10",
		},
	}
	if message != "" {
		state["message"] = message
	}
	if !now.online {
		state["challenge"] = p.challenge
		return state
	}
	state["clientState"] = 1
	state["session"] = fields{
		"sessionId": p.session, "userName": p.User, "startTime": p.began.Unix(),
		"sessionTimeout": int(p.Session.Seconds()), "terminateTime": 0, "idleTimeout": 300,
	}
	state["accounting"] = fields{"sessionTime": 0, "idleTime": 0}
	return state
}
