package portaltest

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// The kinds of a UniFi gateway's own guest portal, as login scripts describe them.
const (
	KindUniFi        Kind = "unifi"         // a click
	KindUniFiVoucher Kind = "unifi-voucher" // a voucher
)

const (
	unifiHost = "192.0.2.1:8880"
	unifiSite = "/guest/s/default/"
)

// unifi answers as the gateway does: with a page that is a script, and with JSON after a prefix.
type unifi struct {
	base
	cookies map[string]bool // issued
}

func newUniFi(b base) site {
	return site{
		portal: &unifi{base: b},
		hosts:  []string{unifiHost},
		url:    "http://" + unifiHost + unifiSite,
		traits: "as login scripts say of UniFi",
	}
}

func (p *unifi) forget() { p.cookies = map[string]bool{} }

func (p *unifi) intercept(r *http.Request) reply {
	query := "?ap=02:00:00:00:01:01&id=02:00:00:00:01:10&t=1734714029&url=" + url.QueryEscape(urlOf(r)) + "&ssid=Guest"
	return redirect(http.StatusTemporaryRedirect, "http://"+unifiHost+unifiSite+query, "to the portal")
}

func (p *unifi) answer(r *http.Request, _ status) reply {
	switch r.URL.Path {
	case unifiSite:
		value := digits(p.random, 32)
		p.cookies[value] = true
		return show("unifi", "page", nil).with("Set-Cookie", "ec="+value+"; Path=/")
	case unifiSite + "hotspotconfig":
		config := fields{"auth": "none", "voucher_enabled": false}
		if p.Kind == KindUniFiVoucher {
			config = fields{"auth": "hotspot", "voucher_enabled": true}
		}
		return unifiReply("ok", "", config, "what the page asks for")
	case unifiSite + "login":
		return p.login(r)
	}
	return missing("")
}

// login checks the JSON object of the script: empty, or with a voucher.
func (p *unifi) login(r *http.Request) reply {
	cookie, err := r.Cookie("ec")
	if r.Method != http.MethodPost || err != nil || !p.cookies[cookie.Value] {
		return page(http.StatusBadRequest, "", "no cookie").as(DecisionDenied)
	}
	sent := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil && p.Kind == KindUniFiVoucher {
		return page(http.StatusBadRequest, "", "no JSON").as(DecisionDenied)
	}
	if p.Kind == KindUniFiVoucher && (sent["by"] != "voucher" || sent["voucher"] != p.Voucher) {
		return unifiReply("error", "WelcomePage.FailedInternal", nil, "wrong voucher").as(DecisionDenied)
	}
	return unifiReply("ok", "", fields{"authorized": true, "redirect_url": "http://www.venue.test/"}, "login").as(DecisionGranted)
}

// unifiReply is the reply to a call: an object, after characters that no JSON decoder accepts.
func unifiReply(code, message string, data fields, detail string) reply {
	meta, list := fields{"rc": code}, []fields{}
	if message != "" {
		meta["msg"] = message
	}
	if data != nil {
		list = append(list, data)
	}
	a := object(fields{"meta": meta, "data": list}, detail)
	a.body = "\n)]}',\n" + a.body
	return a
}
