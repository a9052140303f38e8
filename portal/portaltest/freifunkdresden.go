package portaltest

import (
	"net/http"
	"net/url"
)

// KindFreifunkDresden is a router with the firmware of Freifunk Dresden.
const KindFreifunkDresden Kind = "freifunk-dresden"

// dresdenHost is the name that the router has for its clients.
const dresdenHost = "hotspot"

// dresden answers as the source of the firmware says. It knows clients by their hardware address.
type dresden struct{ base }

func newFreifunkDresden(b base) site {
	return site{
		portal: &dresden{b},
		hosts:  []string{dresdenHost},
		url:    "http://" + dresdenHost + "/",
		login:  Login{Form: "form.splash", Terms: "form_check"},
		traits: "as the source of the firmware says",
	}
}

func (p *dresden) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+dresdenHost+"/?host="+hostOf(r)+"&uri="+r.URL.RequestURI(), "to the splash page")
}

func (p *dresden) answer(r *http.Request, _ status) reply {
	host, uri := r.Form.Get("host"), r.Form.Get("uri")
	switch {
	case r.URL.Path != "/" && r.URL.Path != "/index.cgi":
		return missing(notFound)
	case r.PostForm.Get("form_submit_accept") == "":
		return show("freifunk-dresden", "splash page", map[string]string{"Host": host, "URI": url.QueryEscape(uri)})
	case r.PostForm.Get("form_check") == "":
		return page(http.StatusOK, "Sie haben die Nutzungsbedingungen nicht akzeptiert.", "not ticked").as(DecisionDenied)
	}
	link := `Weiter zu: <a href="http://` + r.PostForm.Get("form_host") + `">weiter</a>`
	return page(http.StatusOK, "Sie haben die Nutzungsbedingungen akzeptiert.<br /> "+link, "accepted").as(DecisionGranted)
}
