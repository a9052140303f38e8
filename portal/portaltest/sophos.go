package portaltest

import (
	"fmt"
	"net/http"
)

// KindSophos answers as the client authentication of a Sophos or Cyberoam firewall does,
// as login scripts describe it.
const KindSophos Kind = "sophos"

// sophosHost is a name. Many firewalls use an address instead, for which few certificates are valid.
const sophosHost = "login.campus.test:8090"

// sophos answers with XML, always with status 200. It identifies the client by its address.
type sophos struct{ base }

func newSophos(b base) site {
	return site{
		portal: &sophos{b},
		hosts:  []string{sophosHost},
		url:    b.origin(sophosHost) + "/httpclient.html",
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of Sophos",
	}
}

func (p *sophos) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(sophosHost)+"/httpclient.html", "to the login page")
}

func (p *sophos) answer(r *http.Request, now status) reply {
	post, mode := r.Method == http.MethodPost, r.Form.Get("mode")
	switch {
	case r.URL.Path == "/httpclient.html":
		return show("sophos", "login page", nil)
	case r.URL.Path == "/login.xml" && post && mode == "191":
		return p.login(r)
	case r.URL.Path == "/live" && mode == "192":
		return p.live(r, now)
	case r.URL.Path == "/logout.xml" && post && mode == "193":
		return sophosState("LOGIN", "You have successfully logged off", "logout").as(DecisionLoggedOff)
	}
	return missing("")
}

// login checks a user name and a password, also while a client is logged in.
func (p *sophos) login(r *http.Request) reply {
	if !p.admits(r.PostForm, "username", "password") || r.PostForm.Get("a") == "" {
		text := p.say("The system could not log you on. Make sure your password is correct", "Anmeldung nicht möglich. Bitte prüfen Sie Ihr Kennwort")
		return sophosState("LOGIN", text, "wrong password").as(DecisionDenied)
	}
	return sophosState("LIVE", "You have successfully logged in", "login").as(DecisionGranted)
}

// live answers the keepalive of the page of a client that is logged in.
func (p *sophos) live(r *http.Request, now status) reply {
	if !now.online || r.Form.Get("username") != p.User {
		return xmlReply("<liverequestresponse><ack><![CDATA[login_again]]></ack></liverequestresponse>", "not logged in")
	}
	return xmlReply("<liverequestresponse><ack><![CDATA[ack]]></ack></liverequestresponse>", "live").as(DecisionKept)
}

// sophosState is a reply with the state of the client. Every one has the message for a logout too.
func sophosState(state, message, detail string) reply {
	return xmlReply(fmt.Sprintf("<requestresponse><status><![CDATA[%s]]></status><message><![CDATA[%s]]></message>"+
		"<logoutmessage><![CDATA[You have successfully logged off]]></logoutmessage><state><![CDATA[]]></state></requestresponse>",
		state, message), detail)
}

func xmlReply(body, detail string) reply {
	return page(http.StatusOK, "<?xml version='1.0' ?>"+body, detail).with("Content-Type", "text/xml")
}
