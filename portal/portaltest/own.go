package portaltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// KindOwn is a hotspot whose portal is a program of somebody else, see [Own]. It is not among [Kinds].
const KindOwn Kind = "own"

// Own is a portal that another program serves: a plain HTTP server. The hotspot does the rest: it intercepts,
// speaks TLS for the portal, and is the Internet.
type Own struct {
	URL    *url.URL       // of the page that the gateway redirects to, as clients see it: any host, http or https
	Server netip.AddrPort // where the program listens
}

// AccessHeader is the header of a response by which such a program tells the gateway what it decided about
// the client: [AccessGranted] or [AccessEnded]. Clients do not see it.
const AccessHeader = "Hotspot-Access"

// The values of [AccessHeader].
const (
	AccessGranted = "granted"
	AccessEnded   = "ended"
)

const (
	ownTime    = 10 * time.Second // for one response of the program
	maxOwnBody = 4 << 20          // bytes of it
)

// own passes requests on to the program.
type own struct {
	base
	wire *http.Transport
}

func newOwn(b base) site {
	host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(b.Own.URL.Host), ":80"), ":443")
	p := &own{base: b, wire: &http.Transport{
		DisableCompression: true, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, b.Own.Server.String())
		},
	}}
	return site{portal: p, hosts: []string{host}, url: b.Own.URL.String(), traits: "served at " + b.Own.Server.String()}
}

func (p *own) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.Own.URL.String(), "to the portal")
}

// answer passes a request on, with the host as the client sees it.
func (p *own) answer(r *http.Request, _ status) reply {
	ctx, stop := context.WithTimeout(r.Context(), ownTime)
	defer stop()
	passed := r.Clone(ctx)
	passed.URL = &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	passed.RequestURI = ""
	response, err := p.wire.RoundTrip(passed)
	if err != nil {
		return p.failed(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, io.LimitReader(response.Body, maxOwnBody)); err != nil {
		return p.failed(err)
	}
	a := reply{status: response.StatusCode, header: response.Header, body: body.String(), decision: DecisionPage, detail: fmt.Sprint(response.StatusCode)}
	switch said := response.Header.Get(AccessHeader); said {
	case "":
	case AccessGranted:
		a.decision = DecisionGranted
	case AccessEnded:
		a.decision = DecisionLoggedOff
	default:
		a.detail = fmt.Sprintf("%s: want %s or %s, not %q", AccessHeader, AccessGranted, AccessEnded, said)
	}
	for _, name := range []string{AccessHeader, "Connection", "Keep-Alive", "Transfer-Encoding", "Trailer", "Upgrade"} {
		a.header.Del(name)
	}
	return a
}

// failed is the response in place of that of a program that gives none.
func (p *own) failed(err error) reply {
	return page(http.StatusBadGateway, notFound, err.Error())
}
