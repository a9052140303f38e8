package portaltest

import (
	"net/http"
)

// The kinds of a guest portal of Cisco ISE, as login scripts describe it.
const (
	KindCiscoISE      Kind = "cisco-ise"       // user name and password, terms, a banner
	KindCiscoISETerms Kind = "cisco-ise-terms" // terms
)

const (
	iseHost   = "ise.campus.test:8443"
	isePortal = "6101cf70-c869-11e8-8db0-005056817c86"
)

// ciscoISE answers as the portal does. Its pages come one after the other; the request that the script of
// the last one makes lets the client in.
type ciscoISE struct {
	base
	token, session string
	stage          string // the path whose form the client may send
}

func newCiscoISE(b base) site {
	s := site{
		portal: &ciscoISE{base: b},
		hosts:  []string{iseHost},
		url:    b.origin(iseHost) + "/portal/PortalSetup.action",
		traits: "as login scripts say of Cisco ISE",
	}
	if b.Kind == KindCiscoISE {
		s.login = Login{User: "user.username", PIN: "user.password"}
	}
	return s
}

func (p *ciscoISE) forget() {
	p.token, p.session, p.stage = digits(p.random, 32), digits(p.random, 32), ""
}

func (p *ciscoISE) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(iseHost)+"/portal/gateway?sessionId="+digits(p.random, 24)+"&portal="+isePortal+
		"&action=cwa&token="+p.token, "to the portal")
}

func (p *ciscoISE) answer(r *http.Request, _ status) reply {
	switch r.URL.Path {
	case "/portal/gateway":
		return redirect(http.StatusFound, p.origin(iseHost)+"/portal/PortalSetup.action?"+r.URL.RawQuery, "to the first page")
	case "/portal/PortalSetup.action":
		return p.first()
	}
	if r.Method != http.MethodPost || !p.knows(r) || r.URL.Path != p.stage {
		return missing("<h1>400 Bad Request</h1>")
	}
	switch r.URL.Path {
	case "/portal/LoginSubmit.action":
		return p.login(r)
	case "/portal/AupSubmit.action":
		return p.accept(r)
	case "/portal/Continue.action":
		return p.page("/portal/DoCoA.action", "", "last page")
	}
	if r.PostForm.Get("coaType") == "" || r.PostForm.Get("portalSessionId") != p.session {
		return missing("<h1>400 Bad Request</h1>")
	}
	return object(fields{"status": "success"}, "change of authorization").as(DecisionGranted)
}

// knows reports whether a request has the session's cookies and token.
func (p *ciscoISE) knows(r *http.Request) bool {
	cookie, err := r.Cookie("portalSessionId")
	return err == nil && cookie.Value == p.session && r.PostForm.Get("token") == p.token
}

// first shows the first page, with a new session.
func (p *ciscoISE) first() reply {
	p.forget()
	stage := "/portal/LoginSubmit.action"
	if p.Kind == KindCiscoISETerms {
		stage = "/portal/AupSubmit.action"
	}
	a := p.page(stage, "", "first page")
	a.header["Set-Cookie"] = []string{"portalSessionId=" + p.session + "; Path=/portal; HttpOnly", "token=" + p.token + "; Path=/portal"}
	return a
}

func (p *ciscoISE) login(r *http.Request) reply {
	if !p.admits(r.PostForm, "user.username", "user.password") || r.PostForm.Get("portal") != isePortal {
		text := p.say("Authentication failed.", "Anmeldung fehlgeschlagen.")
		return p.page("/portal/LoginSubmit.action", text, "wrong password").as(DecisionDenied)
	}
	return p.page("/portal/AupSubmit.action", "", "terms")
}

func (p *ciscoISE) accept(r *http.Request) reply {
	switch {
	case r.PostForm.Get("aupAccepted") != "true":
		return p.page("/portal/AupSubmit.action", p.say("Accept the policy.", "Bitte zustimmen."), "terms not accepted").as(DecisionDenied)
	case p.Kind == KindCiscoISETerms:
		return p.page("/portal/DoCoA.action", "", "last page")
	}
	return p.page("/portal/Continue.action", "", "banner")
}

// page shows the page of a stage.
func (p *ciscoISE) page(stage, mistake, detail string) reply {
	p.stage = stage
	is := func(path string) string { return flag(stage == "/portal/"+path) }
	return show("cisco-ise", detail, map[string]string{
		"Token": p.token, "Portal": isePortal, "Error": mistake,
		"Login": is("LoginSubmit.action"), "Terms": is("AupSubmit.action"), "Banner": is("Continue.action"), "Last": is("DoCoA.action"),
	})
}
