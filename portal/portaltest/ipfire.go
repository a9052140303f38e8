package portaltest

import (
	"net/http"
	"net/url"
	"strings"
)

// The kinds of an IPFire firewall's captive portal, as its source describes it.
const (
	KindIPFire      Kind = "ipfire"       // a coupon
	KindIPFireClick Kind = "ipfire-click" // terms to accept
)

const (
	ipfireHost        = "192.0.2.1:1013"
	ipfirePath        = "/cgi-bin/index.cgi"
	ipfireEmptyTarget = "http://www.venue.test/"
)

// ipfire answers as the firewall does on the port of its portal. Its coupon can be used again,
// unlike a real one, so that a session can end and another begin.
type ipfire struct{ base }

func newIPFire(b base) site {
	return site{
		portal: &ipfire{base: b},
		hosts:  []string{ipfireHost},
		url:    "http://" + ipfireHost + ipfirePath,
		traits: "as the source of IPFire says",
	}
}

func (p *ipfire) intercept(r *http.Request) reply {
	return redirect(http.StatusFound, "http://"+ipfireHost+ipfirePath+"?redirect="+url.QueryEscape(urlOf(r)), "to the page")
}

func (p *ipfire) answer(r *http.Request, _ status) reply {
	referer, err := url.Parse(r.Referer())
	form := r.PostForm
	switch {
	case r.URL.Path != ipfirePath:
		return missing(notFound)
	case r.Method != http.MethodPost || err != nil || referer.Host != r.Host || form.Get("ACTION") != "SUBMIT":
		return p.page(r, "")
	case p.Kind == KindIPFireClick && form.Get("TERMS") != "on":
		return p.page(r, "Bitte akzeptieren Sie die Nutzungsbedingungen.").as(DecisionDenied)
	case p.Kind == KindIPFire && strings.ToUpper(form.Get("COUPON")) != p.Voucher:
		return p.page(r, "Ungültiger Coupon").as(DecisionDenied)
	}
	target := form.Get("redirect")
	if target == "" {
		target = ipfireEmptyTarget
	}
	return redirect(http.StatusFound, target, "login").as(DecisionGranted)
}

func (p *ipfire) page(r *http.Request, mistake string) reply {
	return show("ipfire", "page", map[string]string{
		"Target": r.Form.Get("redirect"), "Error": mistake, "Coupon": flag(p.Kind == KindIPFire), "Terms": flag(p.Kind == KindIPFireClick),
	})
}
