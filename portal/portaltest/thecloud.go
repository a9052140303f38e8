package portaltest

import (
	"net/http"
	"strconv"
	"strings"
)

// The kinds of a hotspot of The Cloud, a British operator, as login scripts describe them.
const (
	KindTheCloud        Kind = "the-cloud"         // a click, which one address leads to
	KindTheCloudLinks   Kind = "the-cloud-links"   // a click, behind links
	KindTheCloudAccount Kind = "the-cloud-account" // an account
)

const (
	theCloudHost     = "service.thecloud.eu"
	theCloudHome     = "service.thecloud.net" // in Britain
	theCloudPlatform = "/service-platform"
	theCloudForm     = theCloudPlatform + "/macauthlogin/v2"
)

// theCloud answers as the central portal of the operator does.
type theCloud struct {
	base
	host string
	link string // that leads to the form
}

func newTheCloud(b base) site {
	p := &theCloud{base: b, host: theCloudHost}
	if p.Kind == KindTheCloudAccount {
		p.host = theCloudHome
	}
	return site{
		portal: p,
		hosts:  []string{p.host},
		url:    p.origin(p.host) + theCloudPlatform + "/home",
		traits: "as login scripts say of The Cloud",
	}
}

func (p *theCloud) forget() {
	p.link = theCloudPlatform + "/url/" + strconv.Itoa(10_000+p.random.IntN(90_000))
}

func (p *theCloud) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(p.host)+theCloudPlatform+"/home", "to the portal")
}

func (p *theCloud) answer(r *http.Request, now status) reply {
	path := strings.TrimSuffix(r.URL.Path, "/")
	switch path {
	case theCloudPlatform + "/getonline":
		return p.next(now)
	case p.link:
		return redirect(http.StatusFound, theCloudForm, "to the form")
	case theCloudPlatform + "/home", theCloudPlatform + "/online", theCloudForm:
		return p.show(path)
	case theCloudForm + "/registration":
		return p.register(r)
	case theCloudPlatform + "/login":
		return p.login(r)
	}
	return missing(notFound)
}

// next is the way to the form.
func (p *theCloud) next(now status) reply {
	switch {
	case now.online:
		return redirect(http.StatusFound, theCloudPlatform+"/online", "online already")
	case p.Kind == KindTheCloud:
		return redirect(http.StatusFound, theCloudForm, "to the form")
	}
	return p.show(theCloudPlatform + "/getonline")
}

// register checks the click.
func (p *theCloud) register(r *http.Request) reply {
	if r.Method != http.MethodPost || r.PostForm.Get("terms") != "true" || p.Kind == KindTheCloudAccount {
		return redirect(http.StatusFound, theCloudPlatform+"/getonline", "terms not accepted").as(DecisionDenied)
	}
	return redirect(http.StatusFound, theCloudPlatform+"/online", "click").as(DecisionGranted)
}

// login checks an account.
func (p *theCloud) login(r *http.Request) reply {
	if r.Method != http.MethodPost || p.Kind != KindTheCloudAccount || !p.admits(r.PostForm, "username", "password") {
		return p.show(theCloudPlatform + "/login").as(DecisionDenied)
	}
	return redirect(http.StatusFound, theCloudPlatform+"/online", "login").as(DecisionGranted)
}

// show is a page of the operator: with links, with one of the forms, or for a client that is online.
func (p *theCloud) show(path string) reply {
	start := path == theCloudPlatform+"/home" || path == theCloudPlatform+"/getonline"
	return show("the-cloud", path, map[string]string{
		"Links": flag(start && p.Kind == KindTheCloudLinks), "Link": p.origin(p.host) + p.link,
		"Account": flag(p.Kind == KindTheCloudAccount && (start || path == theCloudPlatform+"/login")),
		"Form":    flag(path == theCloudForm), "Action": theCloudForm + "/registration",
	})
}
