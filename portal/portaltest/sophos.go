package portaltest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
)

// KindSophos answers as the client authentication of a Sophos or Cyberoam firewall does,
// as login scripts describe it.
const KindSophos Kind = "sophos"

// Firewalls go by an address as often, for which hardly any certificate is good.
const sophosHost = "login.campus.test:8090"

// sophos answers with XML, always with status 200. It knows the client by its address.
type sophos struct {
	user, pin string
	origin    string
}

func newSophos(opts Options, _ *rand.Rand) site {
	p := &sophos{user: opts.User, pin: opts.PIN, origin: "http://" + sophosHost}
	if opts.Authority != nil {
		p.origin = "https://" + sophosHost
	}
	return site{
		portal:  p,
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{sophosHost},
		url:     p.origin + "/httpclient.html",
		login:   Login{User: "username", PIN: "password"},
		traits:  "as login scripts say of Sophos",
	}
}

func (p *sophos) forget() {}

func (p *sophos) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin+"/httpclient.html", "to the login page")
}

func (p *sophos) answer(r *http.Request, now status) reply {
	post, mode := r.Method == http.MethodPost, r.Form.Get("mode")
	switch {
	case r.URL.Path == "/httpclient.html":
		return page(http.StatusOK, render("sophos", nil), "login page")
	case r.URL.Path == "/login.xml" && post && mode == "191":
		return p.login(r)
	case r.URL.Path == "/live" && mode == "192":
		return p.live(r, now)
	case r.URL.Path == "/logout.xml" && post && mode == "193":
		return sophosState("LOGIN", "You have successfully logged off", "logout").as(DecisionLoggedOff)
	}
	return page(http.StatusNotFound, "", "no such page")
}

// login judges a user name and a password, whether or not somebody is logged in.
func (p *sophos) login(r *http.Request) reply {
	if r.PostForm.Get("username") != p.user || r.PostForm.Get("password") != p.pin || r.PostForm.Get("a") == "" {
		const text = "The system could not log you on. Make sure your password is correct"
		return sophosState("LOGIN", text, "wrong password").as(DecisionDenied)
	}
	return sophosState("LIVE", "You have successfully logged in", "login").as(DecisionGranted)
}

// live is asked again and again by the page of who is logged in.
func (p *sophos) live(r *http.Request, now status) reply {
	if !now.online || r.Form.Get("username") != p.user {
		return xmlReply("<liverequestresponse><ack><![CDATA[login_again]]></ack></liverequestresponse>", "not logged in")
	}
	return xmlReply("<liverequestresponse><ack><![CDATA[ack]]></ack></liverequestresponse>", "live").as(DecisionKept)
}

// sophosState tells the state of the client. What it would say of a logout is in every one.
func sophosState(state, message, detail string) reply {
	return xmlReply(fmt.Sprintf("<requestresponse><status><![CDATA[%s]]></status><message><![CDATA[%s]]></message>"+
		"<logoutmessage><![CDATA[You have successfully logged off]]></logoutmessage><state><![CDATA[]]></state></requestresponse>",
		state, message), detail)
}

func xmlReply(body, detail string) reply {
	a := page(http.StatusOK, "<?xml version='1.0' ?>"+body, detail)
	a.header.Set("Content-Type", "text/xml")
	return a
}
