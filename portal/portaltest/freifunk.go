package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// KindFreifunk is a router of the Freifunk community with luci-splash on it.
const KindFreifunk Kind = "freifunk"

// The address of the router, and the web interface that the splash page is a part of.
const (
	freifunkHost = "192.0.2.1"
	freifunkLuci = "http://" + freifunkHost + "/cgi-bin/luci"
	freifunkHome = "http://freifunk.test/" // of the community
)

// freifunk answers as luci-splash does, which knows a client by its hardware address.
type freifunk struct{ lasts time.Duration }

func newFreifunk(opts Options, _ *rand.Rand) site {
	return site{
		portal:  &freifunk{lasts: opts.Session},
		gateway: netip.MustParseAddr(freifunkHost),
		hosts:   []string{freifunkHost},
		url:     freifunkLuci + "/splash/splash",
		traits:  "as the source of luci-splash says",
	}
}

func (p *freifunk) forget() {} // there is nothing that it gives out

func (p *freifunk) intercept(*http.Request) reply {
	a := redirect(http.StatusTemporaryRedirect, freifunkLuci+"/splash", "to the router")
	a.header.Set("Cache-Control", "no-cache, max-age=0, no-store, must-revalidate")
	return a
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
		if p.lasts > 0 {
			hours = strconv.Itoa(int(p.lasts.Hours()))
		}
		return page(http.StatusOK, render("freifunk", map[string]string{"Hours": hours, "Home": freifunkHome}), "splash page")
	case "/cgi-bin/luci/splash/activate":
		if !r.Form.Has("accept") {
			return redirect(http.StatusFound, freifunkLuci, "declined").as(DecisionDenied)
		}
		return redirect(http.StatusFound, freifunkHome, "accepted").as(DecisionGranted)
	}
	return page(http.StatusOK, "<title>LuCI</title><h1>Freifunk</h1>", "web interface")
}
