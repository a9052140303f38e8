package portaltest

import (
	"net/http"
	"strconv"
)

// KindFreifunk is a router of the Freifunk community that runs luci-splash.
const KindFreifunk Kind = "freifunk"

// The web interface of the router, which has the splash page, and the home page of the community.
const (
	freifunkLuci = "http://" + gatewayAddress + "/cgi-bin/luci"
	freifunkHome = "http://freifunk.test/"
)

// freifunk answers as luci-splash does. It identifies the client by its hardware address.
type freifunk struct{ base }

func newFreifunk(b base) site {
	return site{
		portal: &freifunk{b},
		hosts:  []string{gatewayAddress},
		url:    freifunkLuci + "/splash/splash",
		traits: "as the source of luci-splash says",
	}
}

func (p *freifunk) intercept(*http.Request) reply {
	return redirect(http.StatusTemporaryRedirect, freifunkLuci+"/splash", "to the router").
		with("Cache-Control", "no-cache, max-age=0, no-store, must-revalidate")
}

func (p *freifunk) answer(r *http.Request, now status) reply {
	switch r.URL.Path {
	case "/cgi-bin/luci/splash":
		if now.online {
			return redirect(http.StatusFound, freifunkLuci, "to the web interface")
		}
		return redirect(http.StatusFound, freifunkLuci+"/splash/splash", "to the splash page")
	case "/cgi-bin/luci/splash/splash":
		hours := ""
		if p.Session > 0 {
			hours = strconv.Itoa(int(p.Session.Hours()))
		}
		return show("freifunk", "splash page", map[string]string{"Hours": hours, "Home": freifunkHome})
	case "/cgi-bin/luci/splash/activate":
		if !r.Form.Has("accept") {
			return redirect(http.StatusFound, freifunkLuci, "declined").as(DecisionDenied)
		}
		return redirect(http.StatusFound, freifunkHome, "accepted").as(DecisionGranted)
	}
	return page(http.StatusOK, "<title>LuCI</title><h1>Freifunk</h1>", "web interface")
}
