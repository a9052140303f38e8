package portaltest

import (
	"net/http"
	"net/url"
)

// KindKerio is the login page of Kerio Control, as login scripts describe it.
const KindKerio Kind = "kerio-control"

const kerioHost = "fw.venue.test:4081"

// kerio answers as the firewall does.
type kerio struct{ base }

func newKerio(b base) site {
	return site{
		portal: &kerio{base: b},
		hosts:  []string{kerioHost},
		url:    b.origin(kerioHost) + "/login",
		login:  Login{User: "kerio_username", PIN: "kerio_password"},
		traits: "as login scripts say of Kerio Control",
	}
}

func (p *kerio) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, p.origin(kerioHost)+"/login?orig="+url.QueryEscape(urlOf(r)), "to the login page")
}

func (p *kerio) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/login":
		return show("kerio", "login page", map[string]string{"Error": ""})
	case r.URL.Path == "/internal/dologin.php" && r.Method == http.MethodPost:
		if !p.admits(r.PostForm, "kerio_username", "kerio_password") {
			return show("kerio", "wrong password", map[string]string{"Error": "Ungültiger Benutzername oder Passwort."}).as(DecisionDenied)
		}
		return redirect(http.StatusFound, "/internal/", "login").as(DecisionGranted)
	case r.URL.Path == "/internal/":
		return page(http.StatusOK, "<h1>Mein Konto</h1>", "account")
	case r.URL.Path == "/internal/logout" && now.online:
		return redirect(http.StatusFound, "/login", "logoff").as(DecisionLoggedOff)
	case r.URL.Path == "/internal/logout":
		return redirect(http.StatusFound, "/login", "no session")
	}
	return missing(notFound)
}
