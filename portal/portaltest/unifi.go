package portaltest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/netip"
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

// unifi answers as the gateway does: a page that is a script, and what should be JSON.
type unifi struct {
	random  *rand.Rand
	voucher string          // "" where a click will do
	cookies map[string]bool // given out
}

func newUniFi(opts Options, random *rand.Rand) site {
	p := &unifi{random: random}
	if opts.Kind == KindUniFiVoucher {
		p.voucher = opts.Voucher
	}
	p.forget()
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{unifiHost},
		url:     "http://" + unifiHost + unifiSite,
		traits:  "as login scripts say of UniFi",
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
		a := page(http.StatusOK, render("unifi", nil), "page")
		a.header.Add("Set-Cookie", (&http.Cookie{Name: "ec", Value: value, Path: "/"}).String())
		return a
	case unifiSite + "hotspotconfig":
		config := fields{"auth": "none", "voucher_enabled": false}
		if p.voucher != "" {
			config = fields{"auth": "hotspot", "voucher_enabled": true}
		}
		return p.tell("ok", "", config, "what the page asks for")
	case unifiSite + "login":
		return p.login(r)
	}
	return page(http.StatusNotFound, "", "no such page")
}

// login judges what the script sends: an object, empty but for a voucher.
func (p *unifi) login(r *http.Request) reply {
	cookie, err := r.Cookie("ec")
	if r.Method != http.MethodPost || err != nil || !p.cookies[cookie.Value] {
		return page(http.StatusBadRequest, "", "no cookie").as(DecisionDenied)
	}
	sent := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil && p.voucher != "" {
		return page(http.StatusBadRequest, "", "no JSON").as(DecisionDenied)
	}
	if p.voucher != "" && (sent["by"] != "voucher" || sent["voucher"] != p.voucher) {
		return p.tell("error", "WelcomePage.FailedInternal", nil, "wrong voucher").as(DecisionDenied)
	}
	return p.tell("ok", "", fields{"authorized": true, "redirect_url": "http://www.venue.test/"}, "login").as(DecisionGranted)
}

// tell is the reply to a call, with something before the object that no decoder takes.
func (p *unifi) tell(code, message string, data fields, detail string) reply {
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
