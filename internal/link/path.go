package link

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
)

// Path is a network interface as a place to dial from: everything sent over it
// leaves through that interface, and names are resolved by its own name servers.
type Path struct {
	Interface string                 // name, for example wlan0
	Index     int                    // kernel's number of it; 0: whichever bears the name
	DNS       []netip.Addr           // name servers, in the order to ask
	Check     func(netip.Addr) error // refuses addresses to connect to; nil refuses none
	Logger    *slog.Logger           // nil discards
}

// DialContext connects to host:port through the interface.
func (p *Path) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}

// Transport returns an HTTP transport that dials over the path.
func (p *Path) Transport() *http.Transport {
	return &http.Transport{DialContext: p.DialContext}
}
