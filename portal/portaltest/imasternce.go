package portaltest

import (
	"net/http"
	"net/url"
)

// KindIMasterNCE answers as login scripts say of Huawei's iMaster NCE-Campus.
const KindIMasterNCE Kind = "imaster-nce"

// imasterHost is the portal.
const imasterHost = "nce.campus.test:19008"

// imaster answers with codes. A page names the client in its URL.
type imaster struct {
	base
	lead    string // the page
	session string // the cookie of the session, or ""
	message string // of a refusal
}

func newIMasterNCE(b base) site {
	query := url.Values{
		"ac-ip": {gatewayAddress}, "uaddress": {"192.0.2.50"}, "umac": {digits(b.random, 12)}, "authType": {"1"},
		"lang": {"zh_CN"}, "ssid": {"R3Vlc3Q="}, "pushPageId": {digits(b.random, 32)},
	}
	origin := b.origin(imasterHost)
	p := &imaster{
		base: b, lead: origin + "/portalpage/" + digits(b.random, 32) + "/20260101120000/pc/auth.html?" + query.Encode(),
		message: pick(b.random, "用户名或密码错误", "The user name or the password is wrong"),
	}
	return site{
		portal: p,
		hosts:  []string{imasterHost},
		url:    p.lead,
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of iMaster NCE",
	}
}

func (p *imaster) forget() { p.session = "" }

func (p *imaster) intercept(*http.Request) reply {
	return page(http.StatusOK, `<html><head><meta http-equiv="refresh" content="0;URL=`+p.lead+`"></head></html>`, "to the login page")
}

func (p *imaster) answer(r *http.Request, now status) reply {
	lead, err := url.Parse(p.lead)
	if err != nil {
		panic(err) // cannot happen: this package wrote it
	}
	switch r.URL.Path {
	case lead.Path:
		return show("imaster-nce", "login page", nil)
	case "/portalauth/login":
		return p.login(r, lead.Query())
	case "/portalauth/logout":
		cookie, err := r.Cookie("PSESSIONID")
		if err != nil || cookie.Value != p.session || !now.online {
			return p.refuse("1006", "no session")
		}
		p.session = ""
		return object(fields{"success": true}, "logout").as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// login checks the account and what the page's URL says of the client.
func (p *imaster) login(r *http.Request, client url.Values) reply {
	form := r.PostForm
	switch {
	case form.Get("authType") != "1":
		return p.refuse("10102", "another way").as(DecisionDenied)
	case form.Get("uaddress") != client.Get("uaddress") || form.Get("acip") != client.Get("ac-ip") || form.Get("agreed") != "1":
		return p.refuse("10101", "fields are missing").as(DecisionDenied)
	case !p.admits(form, "userName", "userPass"):
		return p.refuse("10503", "refused").as(DecisionDenied)
	}
	p.session = digits(p.random, 32)
	answer := object(fields{"success": true, "token": digits(p.random, 16), "psessionid": p.session}, "login")
	return answer.with("Set-Cookie", "PSESSIONID="+p.session+"; Path=/").as(DecisionGranted)
}

// refuse is a refusal with a code.
func (p *imaster) refuse(code, detail string) reply {
	return object(fields{"success": false, "errorcode": code, "message": p.message}, detail)
}
