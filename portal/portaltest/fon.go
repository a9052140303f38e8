package portaltest

import "net/http"

// The kinds of a hotspot of Fon's partners, as login scripts describe them.
const (
	KindFonKPN     Kind = "fon-kpn"     // KPN in the Netherlands
	KindFonCosmote Kind = "fon-cosmote" // Cosmote in Greece
)

// fon answers as the central portal of a partner does.
type fon struct {
	base
	host, path string
	token      string // of the form's address
}

func newFon(b base) site {
	p := &fon{base: b, host: "kpn.portal.fon.com", path: "/nl/auth"}
	if p.Kind == KindFonCosmote {
		p.host, p.path = "ote.portal.fon.com", "/el/remote"
	}
	return site{
		portal: p,
		hosts:  []string{p.host},
		url:    p.origin(p.host) + "/",
		traits: "as login scripts say of Fon",
	}
}

func (p *fon) forget() { p.token = digits(p.random, 16) }

func (p *fon) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(p.host)+"/?res=notyet", "to the portal")
}

func (p *fon) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/":
		return p.show("page", "", now.online)
	case r.URL.Path != p.path || r.Method != http.MethodPost || r.URL.Query().Get("t") != p.token:
		return missing(notFound)
	case p.right(r):
		return p.show("login", "", true).as(DecisionGranted)
	}
	refusal := map[Kind]string{KindFonKPN: "Onjuiste gegevens", KindFonCosmote: "Λάθος στοιχεία"}[p.Kind]
	return p.show("wrong password", refusal, false).as(DecisionDenied)
}

// right checks the controls of the partner's form.
func (p *fon) right(r *http.Request) bool {
	if p.Kind == KindFonCosmote {
		return r.PostForm.Get("chooseUser") == "passusers" && p.admits(r.PostForm, "USERNAME", "PASSWORD")
	}
	return p.admits(r.PostForm, "UserName", "Password")
}

// show is the page with the form, or for a client that is online.
func (p *fon) show(detail, mistake string, online bool) reply {
	return show("fon", detail, map[string]string{
		"Error": mistake, "Online": flag(online), "Action": p.path + "?a=1&t=" + p.token,
		"KPN": flag(!online && p.Kind == KindFonKPN), "Cosmote": flag(!online && p.Kind == KindFonCosmote),
	})
}
