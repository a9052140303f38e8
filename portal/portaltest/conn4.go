package portaltest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// The kinds of a conn4 hotspot, as login scripts describe it.
const (
	KindConn4        Kind = "conn4"         // a token in a script
	KindConn4Tariffs Kind = "conn4-tariffs" // a token in a cookie, and several tariffs, one of them free
)

// conn4 answers as the operator's server does: with a page that is a script, and with JSON.
type conn4 struct {
	base
	host    string
	visit   string // cookie
	token   string
	session string
}

func newConn4(b base) site {
	p := &conn4{base: b, host: "portal-eu-ffm01.conn4.com"}
	if b.Kind == KindConn4Tariffs {
		p.host = "1286.accor-group.conn4.com"
	}
	return site{
		portal: p,
		hosts:  []string{p.host},
		url:    b.origin(p.host) + "/",
		traits: "as login scripts say of conn4",
	}
}

// forget makes a token that is not the same in JSON or in a URL.
func (p *conn4) forget() {
	p.visit, p.session = digits(p.random, 26), ""
	p.token = base64.StdEncoding.EncodeToString([]byte("\xff\xef\xbe" + digits(p.random, 24) + "\xff\xff\xfe"))
}

func (p *conn4) intercept(*http.Request) reply {
	query := url.Values{
		"client_ip": {"192.0.2.50"}, "client_mac": {"02:00:00:00:01:10"}, "site_id": {"15772"},
		"signature": {digits(p.random, 40)}, "loggedin": {"0"}, "remembered_mac": {"0"},
	}
	return redirect(http.StatusFound, p.origin(p.host)+"/ident?"+query.Encode(), "to the portal")
}

func (p *conn4) answer(r *http.Request, now status) reply {
	cookie, err := r.Cookie("PHPSESSID")
	known := err == nil && cookie.Value == p.visit
	switch {
	case r.URL.Path == "/ident" && r.Form.Get("site_id") == "15772":
		return redirect(http.StatusFound, "/#", "to the page").with("Set-Cookie", "PHPSESSID="+p.visit+"; path=/")
	case r.URL.Path == "/" && p.Kind == KindConn4Tariffs:
		return show("conn4", "page", map[string]string{"Token": ""}).with("Set-Cookie", "wbs-token="+url.QueryEscape(p.token)+"; path=/")
	case r.URL.Path == "/" && known:
		return show("conn4", "page", map[string]string{"Token": strings.ReplaceAll(p.token, "/", `\/`)})
	case r.URL.Path == "/":
		return page(http.StatusOK, "<h1>No session</h1>", "no cookie")
	case r.Method != http.MethodPost:
	case r.URL.Path == "/wbs/api/v1/create-session/":
		return p.create(r.PostForm, now)
	case r.URL.Path == "/wbs/api/v1/register/free/":
		return p.register(r.PostForm)
	}
	return missing(notFound)
}

// create makes a session for a token.
func (p *conn4) create(form url.Values, now status) reply {
	if form.Get("authorization") != "token="+p.token || form.Get("locationId") != "15772" || !form.Has("session_id") {
		return object(fields{"ok": false, "message": "Token ungültig"}, "wrong token").as(DecisionDenied)
	}
	p.session = digits(p.random, 26)
	session := fields{"ok": true, "loggedIn": now.online, "session": p.session, "tariffs": []fields{}}
	if p.Kind == KindConn4Tariffs {
		session["tariffs"] = []fields{
			{"id": 801, "is_free": false, "is_paid": true, "price": 995},
			{"id": 802, "is_free": true, "is_paid": false, "price": 0},
		}
	}
	return object(session, "session")
}

func (p *conn4) register(form url.Values) reply {
	switch {
	case p.session == "" || form.Get("authorization") != "session="+p.session:
		return object(fields{"ok": false, "message": "Sitzung ungültig"}, "wrong session").as(DecisionDenied)
	case form.Get("registration_type") != "terms-only" || form.Get("registration[terms]") != "1":
		return object(fields{"ok": false, "message": "Bitte AGB akzeptieren"}, "terms not accepted").as(DecisionDenied)
	case p.Kind == KindConn4Tariffs && form.Get("tariff") != "802":
		return object(fields{"ok": false, "message": "Tarif fehlt"}, "wrong tariff").as(DecisionDenied)
	}
	return object(fields{"ok": true}, "login").as(DecisionGranted)
}
