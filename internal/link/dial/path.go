// Package dial connects over one network interface: every packet leaves through
// that interface, and names are resolved by its own name servers.
package dial

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Path dials over one network interface: every packet leaves through it, and names are
// resolved by its name servers, never by /etc/hosts, a search domain or a resolver on this
// machine. It needs no privilege (since Linux 5.7). A Path may be used from any goroutine,
// but not copied.
type Path struct {
	Interface string                 // name, for example wlan0; required
	Index     int                    // kernel's number of it; 0: the interface that has the name at the time
	Family    Family                 // of connections and of resolved addresses
	DNS       []netip.Addr           // name servers in the order to ask, of any family; they need no zone
	Check     func(netip.Addr) error // called for every address before it is connected to; nil refuses none

	// CheckServer is called for every name server before it is asked; nil refuses none. A network
	// may name any address as its server, this computer's among them.
	CheckServer func(netip.Addr) error
	Logger      *slog.Logger // nil discards

	port   uint16      // of the name servers; 0 is 53
	timing queryTiming // of queries to them; the zero value is defaultTiming

	roots                 *x509.CertPool // certificate authorities; nil: the system's
	once                  sync.Once
	forPortals, forOthers *http.Transport // of RoundTrip, made at its first use
}

// Family is an address family, or both.
type Family uint8

// The families. The zero value allows both.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

const (
	port53 = 53

	// connectTimeout bounds one connection attempt.
	connectTimeout = 10 * time.Second
	// attemptDelay is the time between the attempts for one address and the next (RFC 8305, section 5).
	attemptDelay = 250 * time.Millisecond
	// maxAddresses bounds the addresses of a name and a family that are tried.
	maxAddresses = 8
)

// DialContext connects to host:port through the interface. The network is tcp or udp, with
// 4 or 6 for one family; the port is a number. The host is an address, or a name that the
// path's name servers resolve. The first attempt begins when the addresses of one family
// are known. IPv4 addresses are tried first, because captive portals intercept IPv4.
//
// The hooks of [httptrace.ClientTrace] that the context carries are called: DNSStart
// and DNSDone for a name, the latter when its first addresses are known, and
// ConnectStart and ConnectDone for each attempt.
//
// The error is a [*net.DNSError] if the name is not resolved (IsNotFound: a server says
// that there is no such host; IsTimeout: none has answered), that of Check if it refuses
// every address, and else those of the connection attempts. It wraps [web.ErrLocalFirewall] if
// this computer refuses to send.
func (p *Path) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := p.dial(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("dial %s over %s: %w", address, p.Interface, err)
	}
	return conn, nil
}

func (p *Path) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if p.Interface == "" {
		return nil, errors.New("no interface to dial from")
	}
	host, port, err := splitAddress(network, address)
	if err != nil {
		return nil, err
	}
	dialing, cancel := context.WithCancel(ctx)
	defer cancel()
	candidates := make(chan []netip.Addr)
	var resolving sync.WaitGroup
	var none error // why there are no candidates
	resolving.Go(func() {
		defer close(candidates)
		none = p.resolveAllowed(dialing, network, host, candidates)
	})
	conn, errs := firstSuccess(dialing, attempts[netip.Addr, net.Conn]{
		candidates: candidates,
		delay:      func(int) time.Duration { return attemptDelay },
		try: func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
			return p.connect(ctx, network, netip.AddrPortFrom(addr, port))
		},
		discard: func(conn net.Conn) { conn.Close() },
	})
	cancel()
	resolving.Wait()
	if conn != nil {
		return conn, nil
	}
	return nil, cmp.Or(joinErrors(errs...), none, ctx.Err())
}

// resolveAllowed resolves a host and passes on the addresses that Check allows. The error
// says why there is none.
func (p *Path) resolveAllowed(ctx context.Context, network, host string, candidates chan<- []netip.Addr) error {
	var refused error
	err := p.resolve(ctx, network, host, func(addrs []netip.Addr) {
		kept, err := p.allowed(addrs)
		refused = joinErrors(refused, err)
		select {
		case candidates <- kept:
		case <-ctx.Done():
		}
	})
	return cmp.Or(err, refused)
}

func splitAddress(network, address string) (host string, port uint16, err error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	default:
		return "", 0, net.UnknownNetworkError(network)
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil || number == 0 {
		return "", 0, fmt.Errorf("port %q is not a number from 1 to 65535", text)
	}
	return host, uint16(number), nil
}

// allowed returns the addresses that Check does not refuse. The error has its reasons for
// the others.
func (p *Path) allowed(addrs []netip.Addr) (kept []netip.Addr, refused error) {
	if p.Check == nil {
		return addrs, nil
	}
	for _, addr := range addrs {
		if err := p.Check(addr); err != nil {
			refused = joinErrors(refused, err)
			continue
		}
		kept = append(kept, addr)
	}
	if refused != nil {
		p.log().Debug("addresses refused", "interface", p.Interface, "cause", refused)
	}
	return kept, refused
}

func (p *Path) dialer() *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, Control: p.bind}
}

// bind binds a socket to the interface. It prefers the index, because an interface that was
// unplugged and plugged in again has the same name and another index.
func (p *Path) bind(_, _ string, raw syscall.RawConn) error {
	var bound error
	err := raw.Control(func(fd uintptr) {
		if p.Index > 0 {
			bound = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, p.Index)
		} else {
			bound = unix.BindToDevice(int(fd), p.Interface)
		}
	})
	if err == nil {
		err = os.NewSyscallError("bind to interface", bound)
	}
	return err
}

func (p *Path) log() *slog.Logger {
	return cmp.Or(p.Logger, slog.New(slog.DiscardHandler))
}
