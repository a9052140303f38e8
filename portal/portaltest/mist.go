package portaltest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// KindMist is Juniper Mist's own page in its cloud, as login scripts describe it.
const KindMist Kind = "mist"

// The cloud has a host for each of its regions.
const mistHost = "portal.eu.mist.com"

// mist answers as the cloud does. Only the addresses in the query identify the client.
type mist struct {
	base
	query url.Values
}

func newMist(b base) site {
	return site{
		portal: &mist{base: b},
		hosts:  []string{mistHost},
		url:    b.origin(mistHost) + "/logon",
		traits: "as login scripts say of Mist",
	}
}

func (p *mist) intercept(r *http.Request) reply {
	p.query = url.Values{
		"ap_mac":     {"020000000101"},
		"client_mac": {"020000000110"},
		"wlan_id":    {"be2a1f0c-0000-4000-8000-00000000a001"},
		"url":        {urlOf(r) + "?a=1&b=2"},
	}
	return redirect(http.StatusFound, p.origin(mistHost)+"/logon?"+p.query.Encode(), "to the page")
}

func (p *mist) answer(r *http.Request, _ status) reply {
	if r.URL.Path != "/logon" {
		return missing(notFound)
	}
	if r.Method == http.MethodPost {
		return p.logon(r)
	}
	facts := map[string]string{"Action": "logon?" + r.URL.RawQuery}
	for name, key := range map[string]string{"AP": "ap_mac", "Client": "client_mac", "WLAN": "wlan_id", "Target": "url"} {
		facts[name] = r.Form.Get(key)
	}
	return show("mist", "page", facts)
}

// logon checks the form that accepts the terms.
func (p *mist) logon(r *http.Request) reply {
	for _, name := range slices.Sorted(maps.Keys(p.query)) {
		if r.PostForm.Get(name) != p.query.Get(name) {
			return page(http.StatusOK, "<h1>Error</h1>", "wrong "+name).as(DecisionDenied)
		}
	}
	if r.PostForm.Get("tos") != "true" || r.PostForm.Get("auth_method") != "passphrase" {
		return page(http.StatusOK, "<h1>Error</h1>", "terms not accepted").as(DecisionDenied)
	}
	return redirect(http.StatusFound, "https://www.venue.test/", "logon").as(DecisionGranted)
}
