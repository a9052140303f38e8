package portaltest

import (
	"net/http"
	"net/url"
	"slices"
)

// The kinds of a hotspot of hotsplots, as login scripts describe them.
const (
	KindHotsplots      Kind = "hotsplots"       // the older page
	KindHotsplotsToken Kind = "hotsplots-token" // the newer page, whose form has a token
	KindHotsplotsTrain Kind = "hotsplots-train" // an operator's page first, then the older one
)

const (
	hotsplotsOld     = "www.hotsplots.de"
	hotsplotsNew     = "auth.hotsplots.de"
	hotsplotsTrain   = "portal.iob.de"
	hotsplotsGateway = "192.0.2.1" // CoovaChilli
)

// hotsplots answers as the operator's server and the CoovaChilli gateway do.
type hotsplots struct {
	base
	challenge string
	token     string   // of the newer form, for its cookie
	tickets   []string // responses to challenges that the server issued
}

func newHotsplots(b base) site {
	p := &hotsplots{base: b}
	return site{
		portal: p,
		hosts:  []string{hotsplotsOld, hotsplotsNew, hotsplotsTrain, hotsplotsGateway},
		secure: []string{hotsplotsOld, hotsplotsNew},
		url:    b.origin(p.server()),
		traits: "as login scripts say of hotsplots",
	}
}

func (p *hotsplots) forget() {
	p.challenge, p.token, p.tickets = digits(p.random, 32), digits(p.random, 40), nil
}

// server returns the host and the path of the page.
func (p *hotsplots) server() string {
	if p.Kind == KindHotsplotsToken {
		return hotsplotsNew + "/login"
	}
	return hotsplotsOld + "/auth/login.php"
}

// at returns the URL of the page for a result of the gateway.
func (p *hotsplots) at(result, target string) string {
	query := url.Values{
		"res": {result}, "uamip": {hotsplotsGateway}, "uamport": {"80"}, "challenge": {p.challenge}, "called": {"02-00-00-00-01-01"},
		"mac": {"02-00-00-00-01-10"}, "ip": {"192.0.2.50"}, "nasid": {"Bus-17"}, "sessionid": {"0000000100000002"}, "userurl": {target},
	}
	return p.origin(p.server()) + "?" + query.Encode()
}

func (p *hotsplots) intercept(r *http.Request) reply {
	location := p.at("notyet", urlOf(r))
	if p.Kind == KindHotsplotsTrain {
		location = "http://" + hotsplotsTrain + "/?loginurl=" + url.QueryEscape(location)
	}
	return redirect(http.StatusFound, location, "to the page")
}

func (p *hotsplots) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case hotsplotsTrain + "/":
		return show("hotsplots-train", "operator's page", map[string]string{"Gateway": hotsplotsGateway})
	case hotsplotsGateway + "/prelogin":
		return redirect(http.StatusFound, p.at("notyet", "http://www.venue.test/"), "to the page")
	case hotsplotsGateway + "/logon":
		return p.logon(r, now)
	case p.server():
		return p.page(r)
	}
	return missing(notFound)
}

// page shows the form, or checks it.
func (p *hotsplots) page(r *http.Request) reply {
	result := r.URL.Query().Get("res")
	switch {
	case r.Method == http.MethodPost:
		return p.accept(r)
	case result == "success" || result == "already":
		return page(http.StatusOK, "<h1>Sie sind online</h1>", "online")
	case p.Kind == KindHotsplotsToken:
		return p.show("hotsplots-token", r).with("Set-Cookie", "PHPSESSID="+p.token[:16]+"; Path=/; HttpOnly")
	}
	return p.show("hotsplots", r)
}

func (p *hotsplots) show(name string, r *http.Request) reply {
	query := r.URL.Query()
	return show(name, "page", map[string]string{
		"Challenge": query.Get("challenge"), "Gateway": query.Get("uamip"), "Port": query.Get("uamport"),
		"Target": query.Get("userurl"), "Unit": query.Get("nasid"), "Token": p.token,
	})
}

// accept sends the client to the gateway with a ticket if the form is right.
func (p *hotsplots) accept(r *http.Request) reply {
	form, right := r.PostForm, false
	if p.Kind == KindHotsplotsToken {
		cookie, err := r.Cookie("PHPSESSID")
		right = err == nil && cookie.Value == p.token[:16] && form.Get("login_status_form[_token]") == p.token &&
			form.Has("login_status_form[button]") && form.Get("login_status_form[challenge]") == p.challenge
	} else {
		right = form.Get("haveTerms") == "1" && form.Get("termsOK") != "" && form.Get("myLogin") == "agb" && form.Get("challenge") == p.challenge
	}
	if !right {
		return redirect(http.StatusFound, p.at("notyet", form.Get("userurl")), "terms not accepted").as(DecisionDenied)
	}
	ticket := digits(p.random, 32)
	p.tickets = append(p.tickets, ticket)
	return redirect(http.StatusFound, "http://"+hotsplotsGateway+"/logon?username=agb&response="+ticket+"&userurl="+url.QueryEscape(form.Get("userurl")), "to the gateway")
}

// logon is the gateway's part.
func (p *hotsplots) logon(r *http.Request, now status) reply {
	i, target := slices.Index(p.tickets, r.Form.Get("response")), r.Form.Get("userurl")
	switch {
	case now.online:
		return redirect(http.StatusFound, p.at("already", target), "already logged in")
	case i < 0:
		return redirect(http.StatusFound, p.at("failed", target), "wrong response").as(DecisionDenied)
	}
	p.tickets = slices.Delete(p.tickets, i, i+1)
	return redirect(http.StatusFound, p.at("success", target), "login").as(DecisionGranted)
}
