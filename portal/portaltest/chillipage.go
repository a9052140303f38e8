package portaltest

import (
	"net/http"
	"net/url"
)

// portalPage is hotspotlogin.cgi, the page that comes with the daemon and has the secret.
func (p *chilli) portalPage(r *http.Request) reply {
	if p.Kind == KindCoovaChilliMini {
		return p.miniportal(r)
	}
	if r.URL.Path != "/portal" {
		return missing(notFound)
	}
	if r.Form.Get("button") != "" {
		return p.compute(r)
	}
	data := p.pageData(r)
	switch result := r.Form.Get("res"); result {
	case "notyet", "failed", "logoff", "wispr":
		data["Failed"] = ""
		if result == "failed" {
			data["Failed"] = "Sorry, that did not work"
		}
		return show("chilli-login", "login page", data)
	case "success", "already":
		return show("chilli-success", "logged in", data)
	}
	return show("chilli-popup", "popup", data)
}

// pageData is what the page copies from its own URL.
func (p *chilli) pageData(r *http.Request) map[string]string {
	return map[string]string{
		"Page": p.page, "Gateway": "http://" + chilliHost,
		"Challenge": r.Form.Get("challenge"), "Target": r.Form.Get("userurl"), "Reply": r.Form.Get("reply"),
	}
}

// compute answers the challenge for the browser, which does not have the secret, and
// sends the browser to the gateway. The URL in the message has unescaped ampersands.
func (p *chilli) compute(r *http.Request) reply {
	issued := p.challenge
	p.challenge = r.Form.Get("challenge")
	response := p.chap(r.Form.Get("Password"))
	p.challenge = issued
	logon := "http://" + chilliHost + "/logon?username=" + url.QueryEscape(r.Form.Get("UserName")) +
		"&response=" + response + "&userurl=" + url.QueryEscape(r.Form.Get("userurl"))
	data := p.pageData(r)
	data["Logon"] = logon
	body := render("chilli-logon", data) + wisprMessage("AuthenticationReply", 120, 201, element{"LoginResultsURL", logon})
	return page(http.StatusOK, body, "challenge answered")
}

// miniportal is the page that the gateway has itself. It gets the challenge from the daemon.
func (p *chilli) miniportal(r *http.Request) reply {
	if r.URL.Path != "/www/login.chi" {
		return missing(notFound)
	}
	data := map[string]string{"Target": r.Form.Get("userurl"), "Reply": "", "Logon": ""}
	name, detail := "chilli-mini", "login page"
	switch result := r.Form.Get("res"); {
	case r.PostForm.Get("username") != "":
		data["Logon"] = "http://" + chilliHost + "/login?username=" + r.PostForm.Get("username") +
			"&response=" + p.chap(r.PostForm.Get("password")) + "&userurl=" + data["Target"]
		message := wisprMessage("AuthenticationReply", 120, 201, element{"LoginResultsURL", data["Logon"]})
		return page(http.StatusOK, render("chilli-mini-logon", data)+message, "challenge answered")
	case result == "success" || result == "already":
		name, detail = "chilli-mini-in", "logged in"
	case result == "failed":
		data["Reply"] = r.Form.Get("reply")
	}
	return show(name, detail, data).with("Set-Cookie", "PORTAL_SESSIONID="+p.session)
}
