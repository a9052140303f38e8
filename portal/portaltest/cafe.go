package portaltest

import (
	"net/http"
)

// KindCafeLumen is the portal of the tutorial in docs/pack-format.md.
const KindCafeLumen Kind = "cafe-lumen"

const cafeHost = "login.cafe.test"

// cafe is a plain portal with an account. A token is valid for one page.
type cafe struct {
	base
	token  string // of the page
	ticket string // of the session
}

func newCafe(b base) site {
	return site{
		portal:  &cafe{base: b},
		gateway: localhost(),
		hosts:   []string{cafeHost},
		url:     b.origin(cafeHost) + "/",
		login:   Login{Form: "form#login", User: "card", PIN: "pin", Terms: "terms"},
		traits:  "as the manual of packs has it",
	}
}

func (p *cafe) forget() { p.token, p.ticket = "", "" }

func (p *cafe) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(cafeHost)+"/", "to the login page")
}

func (p *cafe) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/" && now.online:
		return p.welcome("already logged in")
	case r.URL.Path == "/":
		return p.ask("", "login page")
	case r.URL.Path == "/go" && r.Method == http.MethodPost:
		return p.login(r)
	case r.URL.Path == "/bye" && now.online && r.URL.RawQuery == p.ticket:
		return page(http.StatusOK, "<p>Good bye.\n", "logoff").as(DecisionLoggedOff)
	}
	return missing("")
}

// ask shows the form, and above it the mistake in the last one.
func (p *cafe) ask(mistake, detail string) reply {
	p.token = digits(p.random, 16)
	return show("cafe-login", detail, map[string]string{"Token": p.token, "Mistake": mistake})
}

func (p *cafe) login(r *http.Request) reply {
	switch form := r.PostForm; {
	case form.Get("token") != p.token || p.token == "":
		return p.ask("Please try again.", "stale token").as(DecisionDenied)
	case form.Get("terms") != "yes":
		return p.ask("Please accept the terms.", "terms declined").as(DecisionDenied)
	case !p.admits(form, "card", "pin"):
		return p.ask("Unknown card or wrong PIN.", "wrong PIN").as(DecisionDenied)
	}
	p.token, p.ticket = "", digits(p.random, 32)
	return p.welcome("login").as(DecisionGranted)
}

func (p *cafe) welcome(detail string) reply {
	return show("cafe-welcome", detail, map[string]string{"Session": p.ticket})
}
