package portaltest

import (
	"net/http"
)

// The kinds of a hotspot of Free, a French operator, as login scripts describe them.
const (
	KindFreeWifi     Kind = "freewifi"      // says in French what is wrong
	KindFreeWifiForm Kind = "freewifi-form" // shows the form again
)

const freeWifiHost = "wifi.free.fr"

// freeWifi answers as the central portal of the operator does.
type freeWifi struct{ base }

func newFreeWifi(b base) site {
	p := &freeWifi{base: b}
	return site{
		portal: p,
		hosts:  []string{freeWifiHost},
		url:    p.origin(freeWifiHost) + "/",
		login:  Login{Form: "form", User: "login", PIN: "password"},
		traits: "as login scripts say of Free",
	}
}

// intercept redirects with the whole URL, which is not escaped.
func (p *freeWifi) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, p.origin(freeWifiHost)+"/?url="+urlOf(r), "to the portal")
}

func (p *freeWifi) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/":
		return p.show("page", "", true)
	case r.URL.Path != "/Auth" || r.Method != http.MethodPost:
		return missing(notFound)
	case now.online:
		return p.show("online already", "ERREUR : VOUS ETES DEJA CONNECTE", false)
	case p.admits(r.PostForm, "login", "password"):
		return p.show("login", "CONNEXION AU SERVICE REUSSIE", false).as(DecisionGranted)
	case p.Kind == KindFreeWifiForm:
		return p.show("wrong password", "Wrong identifier or password", true).as(DecisionDenied)
	}
	return p.show("wrong password", "Erreur d'authentification FreeWifi", false).as(DecisionDenied)
}

// show is the page of the operator with a text, and with the form or without it.
func (p *freeWifi) show(detail, text string, form bool) reply {
	return show("freewifi", detail, map[string]string{"Text": text, "Form": flag(form)})
}
