package portaltest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// look holds the random names of a portal, and the variations of real portals that a
// client has to handle. The seed draws all of it.
type look struct {
	Host                                            string
	Cookie, Token, User, PIN, Terms, Button, Kept   string // names of the cookie and of controls
	Form, Language                                  string // id of the login form, name of the language choice
	Hops                                            []string
	Landing, Action, Search, Logoff, API            string // paths
	Base                                            string // directory of <base href>, or "": the page's own
	Relative                                        string // Action as the page writes it
	Interception                                    int    // status of the interception; 200 = a page with a meta refresh
	Method                                          string // of the login form
	Table, Noscript, FormAction, Latin1, InHeader   bool
	Decoys, Pressed, Prechecked, Disabled, Comments bool
}

// drawLook makes the same draws for every kind, so that one seed gives one look.
func drawLook(random *rand.Rand, kind Kind) look {
	w := words(random, 24)
	l := look{
		Host:   w[0] + "." + w[1] + ".test",
		Cookie: w[2], Token: w[3], User: w[4], PIN: w[5], Terms: w[6], Button: w[7], Kept: w[8], Form: w[9], Language: w[10],
		Hops:    []string{"/" + w[11], "/" + w[12], "/" + w[13] + "/" + w[14]}[:1+random.IntN(3)],
		Landing: "/" + w[15] + "/" + w[16], Action: "/" + w[15] + "/" + w[17], Relative: w[17],
		Search: "/" + w[18], Logoff: "/" + w[19], API: "/" + w[20],
		Interception: pick(random, http.StatusOK, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect),
		Method:       pick(random, http.MethodGet, http.MethodPost),
	}
	terms, base := flip(random), flip(random)
	for _, trait := range []*bool{
		&l.Table, &l.Noscript, &l.FormAction, &l.Latin1, &l.InHeader,
		&l.Decoys, &l.Pressed, &l.Prechecked, &l.Disabled, &l.Comments,
	} {
		*trait = flip(random)
	}
	if !terms {
		l.Terms = ""
	}
	if base {
		l.Base, l.Relative = "/"+w[15]+"/"+w[21]+"/", "../"+l.Relative
	}
	if kind == KindCredentials {
		l.Method = http.MethodPost
	} else {
		l.User, l.PIN = "", ""
	}
	return l
}

// traits describes the look, for the output of a failing test.
func (l look) traits() string {
	hops := fmt.Sprintf("%d hops", len(l.Hops))
	if len(l.Hops) == 1 {
		hops = "1 hop"
	}
	list := []string{l.Host, fmt.Sprintf("interception %d", l.Interception), hops, l.Method}
	return describe(list, []trait{
		{l.Table, "table around form"},
		{l.Noscript, "form in noscript"},
		{l.Base != "", "base href"},
		{l.FormAction, "formaction"},
		{l.Latin1, "iso-8859-1"},
		{l.Decoys, "decoy forms"},
		{l.Pressed, "button has a value"},
		{l.Prechecked, "box ticked beforehand"},
		{l.Disabled, "disabled control"},
		{l.Comments, "controls in comments"},
		{l.Terms != "", "terms"},
	}...)
}
