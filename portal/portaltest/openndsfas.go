package portaltest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
)

// KindOpenNDSFAS is openNDS 9.10 with the authentication server that it ships (fas-hid.php, level 1),
// on a host of its own: it asks for a name and an e-mail address.
const KindOpenNDSFAS Kind = "opennds-fas"

const fasHost = "fas.town.test"

// openNDSFAS answers as the gateway, and as the authentication server.
type openNDSFAS struct {
	openNDS
	key string // that gateway and server share
}

func newOpenNDSFAS(b base) site {
	s := newOpenNDS(b)
	s.portal = &openNDSFAS{openNDS: openNDS{base: b}, key: digits(b.random, 16)}
	s.hosts = append(s.hosts, fasHost)
	s.url, s.traits = "http://"+fasHost+"/fas-hid.php", "as openNDS 9.10 answers, with the server that it ships"
	return s
}

func (p *openNDSFAS) intercept(r *http.Request) reply {
	if wantsAPI(r) {
		return p.document(r, status{})
	}
	return redirect(http.StatusTemporaryRedirect, p.login(urlOf(r)), "to the authentication server")
}

func (p *openNDSFAS) login(origin string) string {
	return "http://" + fasHost + "/fas-hid.php?fas=" + p.fas(origin)
}

// token is what the gateway takes from a client that the server sends.
func (p *openNDSFAS) token() string {
	sum := sha256.Sum256([]byte(p.hid + p.key))
	return hex.EncodeToString(sum[:])
}

func (p *openNDSFAS) answer(r *http.Request, now status) reply {
	if hostOf(r) == fasHost {
		return p.server(r)
	}
	if r.URL.Path != "/opennds_auth/" {
		return p.openNDS.answer(r, now)
	}
	switch {
	case now.online:
		return redirect(http.StatusTemporaryRedirect, "http://"+fasHost+"/fas-hid.php?status=authenticated", "already logged in")
	case r.Form.Get("tok") != p.token():
		return redirect(http.StatusTemporaryRedirect, p.login(urlOf(r)), "wrong token").as(DecisionDenied)
	}
	return redirect(http.StatusTemporaryRedirect, r.Form.Get("redir"), "token").as(DecisionGranted)
}

// server shows the pages of the authentication server. It knows a visit by its fas alone.
func (p *openNDSFAS) server(r *http.Request) reply {
	name, mail := r.Form.Get("fullname"), r.Form.Get("email")
	facts := map[string]string{"FAS": r.Form.Get("fas"), "Name": name, "Mail": mail, "Gateway": "http://" + gatewayHost, "Token": p.token()}
	facts["Back"] = "http://" + fasHost + "/fas-hid.php?originurl=" + url.QueryEscape("http://www.venue.test/")
	switch {
	case r.Form.Has("status") || r.Form.Has("originurl"):
		return show("opennds-fas-in", "landing", facts)
	case r.Form.Get("terms") == "yes":
		return show("opennds-terms", "terms", facts)
	case !p.knows(facts["FAS"]):
		return page(http.StatusOK, "<b>ERROR! Incomplete data passed from NDS</b>", "no fas")
	case name == "" || mail == "":
		return show("opennds-fas", "first page", facts)
	}
	return show("opennds-fas-thanks", "name and address given", facts)
}
