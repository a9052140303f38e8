package portaltest

import (
	"net/http"
	"net/url"
	"strings"
)

// The kinds of a Palo Alto firewall, as login scripts describe it.
const (
	KindPANOS    Kind = "pan-os"     // user name and password, on a page with a token
	KindPANOSOld Kind = "pan-os-old" // the same without a token
)

const panosHost = "auth.campus.test:6082"

// panos answers as the authentication portal of PAN-OS does. It identifies the client by its address.
type panos struct {
	base
	token, preauth string // of the last page; each is good for one login
}

func newPANOS(b base) site {
	return site{
		portal: &panos{base: b},
		hosts:  []string{panosHost},
		url:    b.origin(panosHost) + "/php/uid.php",
		login:  Login{Form: "form#login_form", User: "user", PIN: "passwd"},
		traits: "as login scripts say of PAN-OS",
	}
}

func (p *panos) forget() { p.token, p.preauth = "", "" }

// intercept escapes the slash at the end of the requested URL alone, as the firewall does.
func (p *panos) intercept(r *http.Request) reply {
	target := urlOf(r)
	if i := strings.LastIndex(target, "/"); i > len("http://") {
		target = target[:i] + "%2f" + target[i+1:]
	}
	return redirect(http.StatusFound, p.origin(panosHost)+"/php/uid.php?vsys=1&rule=0&url="+target, "to the login page")
}

func (p *panos) answer(r *http.Request, _ status) reply {
	switch {
	case r.URL.Path != "/php/uid.php":
		return missing(notFound)
	case r.Method != http.MethodPost:
		return p.page("", "login page")
	case !p.fresh(r.PostForm):
		return p.page("", "token used before").as(DecisionDenied)
	case !p.admits(r.PostForm, "user", "passwd") || r.PostForm.Get("ok") == "":
		return p.page(p.say("Invalid username or password", "Benutzername oder Kennwort ungültig"), "wrong password").as(DecisionDenied)
	}
	p.forget()
	return show("pan-os-in", "login", nil).as(DecisionGranted)
}

// fresh reports whether a form comes from the last page, and its script has run.
func (p *panos) fresh(form url.Values) bool {
	if p.Kind == KindPANOSOld {
		return true
	}
	return p.token != "" && form.Get("token") == p.token && form.Get("preauthid") == p.preauth &&
		form.Get("escapeUser") == strings.ReplaceAll(form.Get("user"), `\`, `\\`)
}

// page shows the login page, with a new token.
func (p *panos) page(mistake, detail string) reply {
	if p.Kind != KindPANOSOld {
		p.token, p.preauth = digits(p.random, 32), digits(p.random, 24)
	}
	return show("pan-os", detail, map[string]string{"Token": p.token, "Preauth": p.preauth, "Error": mistake})
}
