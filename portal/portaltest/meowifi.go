package portaltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// KindMEOWiFi is a hotspot of MEO in Portugal, as login scripts describe it.
const KindMEOWiFi Kind = "meo-wifi"

const (
	meoWiFiHost    = "meowifi.meo.pt"
	meoWiFiService = "/wifim-scl/service/"
	meoWiFiClient  = "192.0.2.50" // the address that the client must name
)

// meoWiFi answers as the central portal of the operator does: with a page that is a script, and with JSON.
type meoWiFi struct {
	base
	session string
}

func newMEOWiFi(b base) site {
	p := &meoWiFi{base: b}
	return site{
		portal: p,
		hosts:  []string{meoWiFiHost},
		url:    p.origin(meoWiFiHost) + "/",
		traits: "as login scripts say of MEO",
	}
}

func (p *meoWiFi) forget() { p.session = digits(p.random, 20) }

func (p *meoWiFi) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(meoWiFiHost)+"/", "to the portal")
}

func (p *meoWiFi) answer(r *http.Request, now status) reply {
	call, known := strings.CutPrefix(r.URL.Path, meoWiFiService)
	switch {
	case r.URL.Path == "/":
		return show("meo-wifi", "page", nil)
	case known && call == p.session+"/session-logoff" && r.Method == http.MethodGet:
		return object(fields{"status": "LOGOFF"}, "logoff").as(DecisionLoggedOff)
	}
	var sent map[string]any
	if err := json.NewDecoder(r.Body).Decode(&sent); !known || r.Method != http.MethodPost || err != nil {
		return missing(notFound)
	}
	switch call {
	case "session-status":
		return p.state(sent, now)
	case p.session + "/session-login":
		return p.login(sent)
	}
	return missing(notFound)
}

// state tells the session of the client with an address.
func (p *meoWiFi) state(sent map[string]any, now status) reply {
	state := fields{"sessionId": nil, "sessionInfo": nil}
	if sent["ipAddress"] == meoWiFiClient {
		state["sessionId"] = p.session
	}
	if now.online {
		state["sessionInfo"] = fields{"sessionInitialDate": "2026-01-02T03:04:05.000+0000"}
	}
	return object(state, "state")
}

// login checks an account.
func (p *meoWiFi) login(sent map[string]any) reply {
	known := sent["sessionId"] == p.session && sent["ipAddress"] == meoWiFiClient && sent["loginType"] == "login"
	if !known || sent["userName"] != p.User || sent["password"] != p.PIN {
		return object(fields{"status": "FAILED", "message": "Dados incorretos"}, "wrong password").as(DecisionDenied)
	}
	return object(fields{"status": "AUTHENTICATED"}, "login").as(DecisionGranted)
}
