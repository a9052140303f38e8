package portaltest

import (
	"net/http"
	"net/url"
)

// KindIcomera is a train with a gateway of Icomera, as login scripts describe it.
const KindIcomera Kind = "icomera"

const (
	icomeraPortal  = "amtrak.on.icomera.com"
	icomeraGateway = "www.ombord.info"
)

// icomera answers as the operator's page and the gateway on board do.
type icomera struct{ base }

func newIcomera(b base) site {
	return site{
		portal: &icomera{base: b},
		hosts:  []string{icomeraPortal, icomeraGateway},
		url:    b.origin(icomeraPortal) + "/cna/",
		traits: "as login scripts say of Icomera",
	}
}

func (p *icomera) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(icomeraPortal)+"/cna/", "to the page")
}

func (p *icomera) answer(r *http.Request, now status) reply {
	query := r.URL.Query()
	switch hostOf(r) + r.URL.Path {
	case icomeraPortal + "/cna/":
		return show("icomera", "page", map[string]string{"Login": p.origin(icomeraGateway) + "/hotspot/hotspot.cgi?method=login&url=" + url.QueryEscape(p.origin(icomeraPortal)+"/cna/")})
	case icomeraGateway + "/api/jsonp/user/":
		state := map[bool]string{true: "1", false: "0"}[now.online]
		user := encode(fields{"version": "1.9", "ip": "192.0.2.50", "online": "1", "authenticated": state, "userclass": "2", "expires": "Never"})
		return page(http.StatusOK, "("+user+");\n", "user").with("Content-Type", "text/javascript")
	case icomeraGateway + "/hotspot/hotspot.cgi":
		if query.Get("method") != "login" || query.Get("url") == "" {
			return redirect(http.StatusFound, query.Get("onerror"), "no such method").as(DecisionDenied)
		}
		return redirect(http.StatusFound, query.Get("url"), "login").as(DecisionGranted)
	}
	return missing(notFound)
}
