package portaltest

import (
	"net/http"
)

// KindPronto answers as a controller of Pronto Networks does, as login scripts describe it.
const KindPronto Kind = "pronto"

// prontoHost is the same on every controller.
const prontoHost = "phc.prontonetworks.com"

// pronto answers with status 200 always. It identifies the client by its address.
type pronto struct{ base }

func newPronto(b base) site {
	return site{
		portal: &pronto{b},
		hosts:  []string{prontoHost},
		url:    "http://" + prontoHost + "/cgi-bin/authlogin",
		login:  Login{User: "userId", PIN: "password", Logoff: "http://" + prontoHost + "/cgi-bin/authlogout"},
		traits: "as login scripts say of Pronto Networks",
	}
}

// intercept does not escape the requested URL.
func (p *pronto) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+prontoHost+"/cgi-bin/authlogin?URI="+urlOf(r), "to the login page")
}

func (p *pronto) answer(r *http.Request, now status) reply {
	switch r.URL.Path {
	case "/cgi-bin/authlogin":
		return p.login(r, now)
	case "/cgi-bin/authlogout":
		if !now.online {
			return show("pronto-out", "no session", map[string]string{"Text": "There is no active session to logout."})
		}
		return show("pronto-out", "logout", map[string]string{"Text": "Logout successful"}).as(DecisionLoggedOff)
	}
	return missing(notFound)
}

func (p *pronto) login(r *http.Request, now status) reply {
	facts := map[string]string{"URI": r.URL.Query().Get("URI"), "Error": ""}
	switch {
	case now.online && r.Method != http.MethodPost:
		return show("pronto-on", "already logged in", facts)
	case now.online:
		return show("pronto-out", "already logged in", map[string]string{"Text": "Active session exist"})
	case r.Method != http.MethodPost:
		return show("pronto", "login page", facts)
	case !p.admits(r.PostForm, "userId", "password") || r.PostForm.Get("serviceName") != "ProntoAuthentication":
		facts["Error"] = p.say("Sorry, please check your username and password and try again.", "Bitte prüfen Sie Benutzername und Kennwort.")
		return show("pronto", "wrong password", facts).as(DecisionDenied)
	}
	return show("pronto-out", "login", map[string]string{"Text": "Successful Pronto Authentication"}).as(DecisionGranted)
}
