package portaltest

import (
	"net/http"
	"net/url"
)

// The kinds of a pfSense firewall, as the source of its zones describes them.
const (
	KindPfSense        Kind = "pfsense"         // user name and password; a window to log off
	KindPfSenseVoucher Kind = "pfsense-voucher" // a voucher, or user name and password; a page to log off
	KindPfSenseClick   Kind = "pfsense-click"   // authentication "none": a click; a page to log off
)

const (
	pfsenseHost = "192.0.2.1:8002"
	pfsenseZone = "guest"
)

// pfsense answers as the index.php of a zone does.
type pfsense struct {
	base
	session string // id
}

func newPfSense(b base) site {
	return site{
		portal: &pfsense{base: b},
		hosts:  []string{pfsenseHost},
		url:    "http://" + pfsenseHost + "/index.php?zone=" + pfsenseZone,
		login:  Login{User: "auth_user", PIN: "auth_pass"},
		traits: "as the source of pfSense says",
	}
}

func (p *pfsense) forget() { p.session = "" }

func (p *pfsense) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+pfsenseHost+"/index.php?zone="+pfsenseZone+"&redirurl="+url.QueryEscape(urlOf(r)), "to the login page")
}

func (p *pfsense) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path != "/" && r.URL.Path != "/index.php":
		return p.intercept(r)
	case r.Form.Get("zone") != pfsenseZone:
		return page(http.StatusOK, "Error: no such zone", "no such zone")
	case r.PostForm.Get("logout_id") != "":
		return p.logout(r)
	case now.online:
		return p.show("pfsense-connected", r, "", "already logged in")
	case r.PostForm.Get("accept") == "":
		return p.show("pfsense-login", r, "", "login page")
	}
	return p.login(r)
}

// login checks a form whose button was pressed. A voucher takes precedence over a user name.
func (p *pfsense) login(r *http.Request) reply {
	voucher := r.PostForm.Get("auth_voucher")
	switch {
	case p.Kind == KindPfSenseClick:
	case p.Kind == KindPfSenseVoucher && voucher != "":
		if voucher != p.Voucher {
			return p.show("pfsense-login", r, "Voucher invalid: "+voucher, "wrong voucher").as(DecisionDenied)
		}
	case !p.admits(r.PostForm, "auth_user", "auth_pass"):
		return p.show("pfsense-login", r, "Invalid credentials specified.", "wrong password").as(DecisionDenied)
	}
	p.session = digits(p.random, 16)
	if p.Kind == KindPfSense {
		return p.show("pfsense-window", r, "", "login").as(DecisionGranted)
	}
	return redirect(http.StatusFound, r.PostForm.Get("redirurl"), "login").as(DecisionGranted)
}

func (p *pfsense) logout(r *http.Request) reply {
	a := show("pfsense-out", "logout", nil)
	if p.session == "" || r.PostForm.Get("logout_id") != p.session {
		return a
	}
	p.session = ""
	return a.as(DecisionLoggedOff)
}

func (p *pfsense) show(name string, r *http.Request, mistake, detail string) reply {
	return show(name, detail, map[string]string{
		"Action": "http://" + pfsenseHost + "/index.php?zone=" + pfsenseZone, "Zone": pfsenseZone, "Target": r.Form.Get("redirurl"),
		"Session": p.session, "Error": mistake, "Form": flag(p.Kind != KindPfSense),
		"Names": flag(p.Kind != KindPfSenseClick), "Vouchers": flag(p.Kind == KindPfSenseVoucher),
	})
}
