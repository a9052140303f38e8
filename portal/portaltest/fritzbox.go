package portaltest

import (
	"net/http"
	"net/url"
)

// KindFritzBox is the guest network of a FRITZ!Box that shows its terms, as login scripts
// describe it.
const KindFritzBox Kind = "fritzbox"

const fritzboxHost = "192.0.2.1:8186"

// fritzbox answers as the box does on the port that is for guests.
type fritzbox struct{ base }

func newFritzBox(b base) site {
	return site{
		portal: &fritzbox{base: b},
		hosts:  []string{fritzboxHost},
		url:    "http://" + fritzboxHost + "/untrusted_guest.lua",
		traits: "as login scripts say of the FRITZ!Box",
	}
}

func (p *fritzbox) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+fritzboxHost+"/untrusted_guest.lua?url="+url.QueryEscape(urlOf(r)), "to the page")
}

func (p *fritzbox) answer(r *http.Request, _ status) reply {
	switch {
	case r.URL.Path == "/untrusted_guest.lua":
		return show("fritzbox", "page", nil)
	case r.URL.Path == "/trustme.lua" && r.Form.Has("accept"):
		return page(http.StatusOK, "<h1>Anmeldung erfolgreich</h1>", "accepted").as(DecisionGranted)
	case r.URL.Path == "/trustme.lua":
		return redirect(http.StatusFound, "/untrusted_guest.lua", "not accepted").as(DecisionDenied)
	}
	return missing(notFound)
}
