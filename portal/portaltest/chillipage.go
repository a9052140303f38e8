package portaltest

import (
	"net/http"
	"net/url"
)

// portalPage is hotspotlogin.cgi, the page that comes with the daemon and knows the secret.
func (p *chilli) portalPage(r *http.Request) reply {
	if r.URL.Path != "/portal" {
		return page(http.StatusNotFound, "<h1>404 Not Found</h1>", "no such page")
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
		return page(http.StatusOK, render("chilli-login", data), "login page")
	case "success", "already":
		return page(http.StatusOK, render("chilli-success", data), "logged in")
	}
	return page(http.StatusOK, render("chilli-popup", data), "popup")
}

// pageData is what the page repeats of its own address.
func (p *chilli) pageData(r *http.Request) map[string]string {
	return map[string]string{
		"Page": p.page, "Gateway": "http://" + chilliHost,
		"Challenge": r.Form.Get("challenge"), "Target": r.Form.Get("userurl"), "Reply": r.Form.Get("reply"),
	}
}

// compute answers the challenge for the browser, which does not know the secret, and
// sends it to the gateway. The address in the message has bare ampersands.
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
