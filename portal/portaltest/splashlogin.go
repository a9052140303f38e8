package portaltest

import (
	"net/http"
	"strings"
)

// The name of the place, in a hidden control that the client must send back. A client that
// reads the page in the wrong charset corrupts it.
const (
	venueField = "venue"
	venue      = "Café Zürich"
)

// form shows the page with the login form. Its token is valid for one login.
func (p *splash) form(visitor, detail, mistake string) reply {
	token := digits(p.random, 24)
	p.tokens[token] = visitor
	return p.show("login", detail, p.formFacts(token, mistake))
}

// formFacts are the facts of the page with the form.
func (p *splash) formFacts(token, mistake string) map[string]string {
	l := p.look
	facts := map[string]string{
		"Token": token, "Error": mistake,
		"TokenName": l.Token, "User": l.User, "PIN": l.PIN, "Terms": l.Terms, "Button": l.Button, "Kept": l.Kept,
		"Form": l.Form, "Method": l.Method, "Action": l.Relative, "Search": l.Search, "Language": l.Language,
		"Base": "", "FormAction": "",
	}
	if l.Base != "" {
		facts["Base"] = p.root + l.Base
	}
	if l.FormAction {
		facts["Action"], facts["FormAction"] = l.Search, l.Relative
	}
	for name, on := range map[string]bool{
		"Table": l.Table, "Noscript": l.Noscript, "Decoys": l.Decoys, "Pressed": l.Pressed,
		"Prechecked": l.Prechecked, "Disabled": l.Disabled, "Comments": l.Comments,
	} {
		facts[name] = flag(on)
	}
	return facts
}

// login checks a submitted form. Success and failure are both a page with status 200.
func (p *splash) login(r *http.Request) reply {
	visitor, known := p.visitor(r)
	if !known {
		return redirect(http.StatusFound, p.look.Hops[0], "no cookie").as(DecisionDenied)
	}
	mistake := p.mistake(r, visitor)
	delete(p.tokens, r.Form.Get(p.look.Token))
	if mistake != "" {
		return p.form(visitor, mistake, mistake).as(DecisionDenied)
	}
	return p.show("plain", "login", map[string]string{"Text": "Welcome."}).as(DecisionGranted)
}

// mistake describes what is wrong with a submitted form; "" is nothing.
func (p *splash) mistake(r *http.Request, visitor string) string {
	owner, issued := p.tokens[r.Form.Get(p.look.Token)]
	for _, check := range []struct {
		wrong bool
		what  string
	}{
		{r.Method != p.look.Method, "wrong method"},
		{!issued || owner != visitor, "wrong token"},
		{!isVenue(r.Form.Get(venueField)), "wrong venue"},
		{r.Form.Get(p.look.Button) == "stop", "declined"},
		{p.look.Pressed && r.Form.Get(p.look.Button) != "go", "button not pressed"},
		{p.look.Prechecked && r.Form.Get(p.look.Kept) != "on", "ticked box left out"},
		{p.look.Terms != "" && r.Form.Get(p.look.Terms) == "", "terms not accepted"},
		{p.look.User != "" && r.Form.Get(p.look.User) != p.User, "unknown card or wrong PIN"},
		{p.look.PIN != "" && r.Form.Get(p.look.PIN) != p.PIN, "unknown card or wrong PIN"},
	} {
		if check.wrong {
			return check.what
		}
	}
	return ""
}

// isVenue accepts the name in UTF-8, and in the charset of the page as browsers send it.
func isVenue(value string) bool { return value == venue || value == latin1(venue) }

// show renders a page in the charset of the portal, which the header or the page names.
func (p *splash) show(name, detail string, facts map[string]string) reply {
	charset := "utf-8"
	if p.look.Latin1 {
		charset = "iso-8859-1"
	}
	facts["Venue"], facts["Charset"] = venue, charset
	if p.look.InHeader {
		facts["Charset"] = ""
	}
	a := page(http.StatusOK, render(name, facts), detail)
	if p.look.InHeader {
		a.header.Set("Content-Type", "text/html; charset="+charset)
	}
	if p.look.Latin1 {
		a.body = latin1(a.body)
	}
	return a
}

// latin1 encodes text whose characters are all in ISO 8859-1.
func latin1(text string) string {
	var b strings.Builder
	for _, char := range text {
		b.WriteByte(byte(char))
	}
	return b.String()
}
