package probetest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// Transport sends requests for any host to the handler, over HTTP/1.1 on pipes in memory,
// so that it works in a synctest bubble. An https request gets TLS with a verified
// certificate of an authority that only these transports trust; the handler sees it in the
// TLS field. The transport closes each connection after the response.
func Transport(handler http.Handler) http.RoundTripper {
	return Network{Handler: handler}.Transport(probe.FamilyAny)
}

// Network simulates what is behind a link: name servers, connections and hosts. It calls
// the hooks of net/http/httptrace.
type Network struct {
	// Handler answers on every connection.
	Handler http.Handler
	// RTT is how long each stage takes: name, connection, TLS, response.
	RTT time.Duration
	// Resolve resolves a name to an address of the family, after a round trip. Nil: every name has one.
	Resolve func(ctx context.Context, family probe.Family, name string) (netip.Addr, error)
	// Connect accepts or refuses a connection to host:port, after a round trip. Nil accepts.
	Connect func(ctx context.Context, family probe.Family, address string) error
}

// Transport returns a transport over one address family of the network, like [Transport].
func (n Network) Transport(family probe.Family) http.RoundTripper {
	line := line{n, family}
	return &http.Transport{DialContext: line.dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: authority().Pool()}}
}

func (n Network) answer(w http.ResponseWriter, r *http.Request) {
	if wait.For(r.Context(), n.RTT) == nil {
		n.Handler.ServeHTTP(w, r)
	}
}

// line is a network over one address family.
type line struct {
	Network
	family probe.Family
}

// authority is trusted by all transports.
var authority = sync.OnceValue(func() *portaltest.Authority {
	a, err := portaltest.NewAuthority()
	if err != nil {
		panic(err)
	}
	return a
})

// dial opens a connection, with TLS on port 443.
func (l line) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if err := l.connect(ctx, host, port); err != nil {
		return nil, err
	}
	client, server := portaltest.Pipe()
	if port == "443" {
		server = tls.Server(server, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if err := wait.For(hello.Context(), l.RTT); err != nil {
				return nil, err
			}
			return authority().Certificate(host)
		}})
	}
	portaltest.Serve(server, http.HandlerFunc(l.answer))
	return client, nil
}

// connect runs the stages before a connection.
func (l line) connect(ctx context.Context, host, port string) error {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		if at, err = l.resolve(ctx, host, trace); err != nil {
			return err
		}
	}
	to := net.JoinHostPort(at.String(), port)
	if trace.ConnectStart != nil {
		trace.ConnectStart("tcp", to)
	}
	if err = wait.For(ctx, l.RTT); err == nil && l.Connect != nil {
		err = l.Connect(ctx, l.family, net.JoinHostPort(host, port))
	}
	if trace.ConnectDone != nil {
		trace.ConnectDone("tcp", to, err)
	}
	return err
}

func (l line) resolve(ctx context.Context, name string, trace *httptrace.ClientTrace) (netip.Addr, error) {
	if trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: name})
	}
	at := netip.AddrFrom4([4]byte{198, 51, 100, 80})
	if l.family == probe.FamilyIPv6 {
		at = netip.MustParseAddr("2001:db8::80")
	}
	err := wait.For(ctx, l.RTT)
	if err == nil && l.Resolve != nil {
		at, err = l.Resolve(ctx, l.family, name)
	}
	if trace.DNSDone != nil {
		trace.DNSDone(httptrace.DNSDoneInfo{Err: err})
	}
	return at, err
}
