package portaltest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// statusHost is a name that the name server of the link resolves to the gateway.
const statusHost = "status.client"

// The kinds of openNDS 9.10.
const (
	KindOpenNDS     Kind = "opennds"      // click to continue
	KindOpenNDSMail Kind = "opennds-mail" // asks for a name and an e-mail address
)

// openNDS answers as openNDS 9.10 does with its own pages ("ThemeSpec").
type openNDS struct {
	base
	hid string // hashed identity of the client in the "fas" of this visit
}

func newOpenNDS(b base) site {
	return site{
		portal:  &openNDS{base: b},
		gateway: localhost(),
		hosts:   []string{gatewayHost, statusHost},
		url:     "http://" + statusHost + "/login",
		api:     "http://" + statusHost + "/",
		login:   Login{Logoff: "http://" + statusHost + "/opennds_deny/"},
		traits:  "as openNDS 9.10 answers",
	}
}

func (p *openNDS) forget() { p.hid = digits(p.random, 64) }

// fas returns the base64 list that carries the state of the login from page to page.
func (p *openNDS) fas(origin string) string {
	list := fmt.Sprintf("hid=%s, clientip=127.0.0.1, clientmac=02:00:00:00:01:10, client_type=cpd_can, gatewayname=%s, "+
		"gatewayurl=%s, version=9.10.0, gatewayaddress=%s, gatewaymac=02:00:00:00:01:01, originurl=%s, clientif=wlan0wlan0, themespec=(null), (null)",
		p.hid, "Simulated%20Node%3a", url.QueryEscape("http://"+statusHost), gatewayHost, url.QueryEscape(origin))
	return base64.StdEncoding.EncodeToString([]byte(list))
}

// knows reports whether the value is a fas of this visit, with or without its padding.
func (p *openNDS) knows(fas string) bool {
	list, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(fas, "="))
	return err == nil && strings.HasPrefix(string(list), "hid="+p.hid+",")
}

// login is the URL of the first page. The fas is not escaped, and has its padding.
func (p *openNDS) login(origin string) string {
	return "http://" + gatewayHost + "/opennds_preauth/?fas=" + p.fas(origin)
}

func (p *openNDS) intercept(r *http.Request) reply {
	if wantsAPI(r) {
		return p.document(r, status{})
	}
	return redirect(http.StatusTemporaryRedirect, p.login(urlOf(r)), "to the login page")
}

// document is the RFC 8908 document. openNDS drops the padding of the fas,
// and has no remaining time.
func (p *openNDS) document(r *http.Request, now status) reply {
	if now.online {
		return document(`{ "captive": false, "user-portal-url": "http://` + statusHost + `", "venue-info-url": "http://` +
			statusHost + `", "can-extend-session": false }`)
	}
	return document(`{ "captive": true, "user-portal-url": "` + strings.TrimRight(p.login(urlOf(r)), "=") + `" }`)
}

func (p *openNDS) answer(r *http.Request, now status) reply {
	switch {
	case wantsAPI(r):
		return p.document(r, now)
	case r.URL.Path == "/opennds_preauth/" && p.knows(r.Form.Get("fas")):
		return p.preauth(r)
	case r.URL.Path == "/opennds_auth/":
		return redirect(http.StatusTemporaryRedirect, p.login(urlOf(r)), "wrong token").as(DecisionDenied)
	case r.URL.Path == "/opennds_deny/" && now.online:
		return redirect(http.StatusTemporaryRedirect, "http://"+gatewayHost+"/", "logout").as(DecisionLoggedOff)
	case now.online:
		return p.session(now)
	case r.URL.Path == "/login":
		return redirect(http.StatusTemporaryRedirect, p.login(urlOf(r)), "to the login page")
	}
	a := show("opennds-511", "login needed", nil)
	a.status = http.StatusNetworkAuthenticationRequired
	return a
}

// session is the page of a client that is logged in. Its times are in a format for people.
func (p *openNDS) session(now status) reply {
	const human = "Mon Jan 2 15:04:05 2006"
	data := map[string]string{"Start": now.began.Format(human), "End": "null"}
	if now.remaining > 0 {
		data["End"] = time.Now().Add(now.remaining).Format(human)
	}
	return show("opennds-status", "session", data)
}

// preauth serves the pages from the terms to the login. The fields of the GET request alone
// select the page.
func (p *openNDS) preauth(r *http.Request) reply {
	name, mail := r.Form.Get("username"), r.Form.Get("emailaddress")
	asks := p.Kind == KindOpenNDSMail
	complete := !asks || name != "" && mail != ""
	data := map[string]string{"FAS": r.Form.Get("fas"), "Name": name, "Mail": mail}
	data["Custom"] = base64.StdEncoding.EncodeToString([]byte("username=" + name + " emailaddress=" + mail))
	switch {
	case r.Form.Get("terms") == "yes":
		return show("opennds-terms", "terms", data)
	case r.Form.Get("landing") == "yes" && complete:
		return show("opennds-granted", "landing", data).as(DecisionGranted)
	case asks && complete:
		return show("opennds-mail-landing", "name and address given", data)
	case asks:
		return show("opennds-mail", "first page", data)
	case r.Form.Get("continue") == "clicked":
		return show("opennds-landing", "clicked", data)
	}
	return show("opennds-click", "first page", data)
}
