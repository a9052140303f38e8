package agenttest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"

	"hotspot-helper/agent"
)

// Path makes a path of a transport. It carries requests; it connects and resolves
// names only through what the transport itself has for that.
func Path(transport http.RoundTripper) agent.Path { return path{transport} }

type path struct{ http.RoundTripper }

// DialContext connects with the transport's DialContext.
func (p path) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if t, ok := p.RoundTripper.(*http.Transport); ok && t.DialContext != nil {
		return t.DialContext(ctx, network, address)
	}
	return nil, errors.ErrUnsupported
}

// LookupNetIP resolves addresses only.
func (path) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []netip.Addr{addr}, nil
}

// CloseIdleConnections closes those of the transport.
func (p path) CloseIdleConnections() {
	(&http.Client{Transport: p.RoundTripper}).CloseIdleConnections()
}
