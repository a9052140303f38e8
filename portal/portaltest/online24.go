package portaltest

import (
	"net/http"
)

// Kind24Online answers as a gateway of 24Online does, as login scripts describe it.
const Kind24Online Kind = "24online"

const online24Host = "192.0.2.1:8080"

// online24 answers with status 200 always. It identifies the client by its address.
type online24 struct{ base }

func newOnline24(b base) site {
	return site{
		portal: &online24{b},
		hosts:  []string{online24Host},
		url:    "http://" + online24Host + "/24online/webpages/client.jsp",
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of 24Online",
	}
}

func (p *online24) intercept(*http.Request) reply {
	return redirect(http.StatusFound, "http://"+online24Host+"/24online/webpages/client.jsp", "to the login page")
}

func (p *online24) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/24online/webpages/client.jsp":
		return p.page(now.online, "")
	case r.URL.Path != "/24online/servlet/E24onlineHTTPClient" || r.Method != http.MethodPost:
		return missing(notFound)
	case r.PostForm.Get("mode") == "193":
		return p.page(false, "You have successfully logged off").as(DecisionLoggedOff)
	case r.PostForm.Get("mode") != "191" || r.PostForm.Get("mac") == "":
		return p.page(false, "Invalid request").as(DecisionDenied)
	case !p.admits(r.PostForm, "username", "password"):
		return p.page(false, p.say("Wrong username/password", "Benutzername oder Kennwort falsch")).as(DecisionDenied)
	}
	return p.page(true, "To start surfing, open a new window").as(DecisionGranted)
}

// page shows the form that logs in, or the one that logs off.
func (p *online24) page(online bool, text string) reply {
	return show("24online", "page", map[string]string{"Online": flag(online), "Text": text, "User": p.User})
}
