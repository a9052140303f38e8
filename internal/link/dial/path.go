// Package dial connects over one network interface: every packet leaves through
// that interface, and names are resolved by its own name servers.
package dial

import (
	"cmp"
	"context"
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

// Path is a network interface as a place to dial from: everything sent over it
// leaves through that interface, and names are resolved by its own name servers,
// never by /etc/hosts, a search domain or a resolver on this machine. It needs no
// privilege (since Linux 5.7). A Path may be used from any goroutine.
type Path struct {
	Interface string                 // name, for example wlan0; there is no dialing without one
	Index     int                    // kernel's number of it; 0: whichever bears the name at the time
	Family    Family                 // to keep to: of connections and of what names are resolved to
	DNS       []netip.Addr           // name servers in the order to ask, by whatever family they are reached; they need no zone
	Check     func(netip.Addr) error // asked of every address before it is connected to; nil refuses none
	Logger    *slog.Logger           // nil discards

	port uint16 // of the name servers; 0 is 53
	pace pace   // of questions to them; the zero value is usualPace

	once      sync.Once
	transport *http.Transport // of RoundTrip, made at its first use
}

// Family is an address family, or both.
type Family uint8

// The families. The zero value keeps to none.
const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

const (
	port53 = 53

	// connectTimeout bounds one connection attempt.
	connectTimeout = 10 * time.Second
	// attemptDelay is the head start of each address before the next one (RFC 8305, section 5).
	attemptDelay = 250 * time.Millisecond
	// maxAddresses bounds how many addresses of a name and a family are tried.
	maxAddresses = 8
)

// DialContext connects to host:port through the interface. The network is tcp or
// udp, with 4 or 6 to keep to one family; the port is a number. The host is an
// address or a name, which the path's name servers are asked for. A connection is
// tried as soon as one family's addresses are known. Where both are, IPv4 goes
// first: that is where captive portals are, and a verdict on IPv6 says little.
//
// The hooks of [httptrace.ClientTrace] that the context carries are called: DNSStart
// and DNSDone for a name, the latter when its first addresses are known, and
// ConnectStart and ConnectDone for each attempt.
//
// Errors: a [*net.DNSError] where a name is not resolved (IsNotFound: a server
// said that there is no such host; IsTimeout: none answered); what Check returned
// where it refused every address; else those of the connection attempts.
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
	targets := p.find(dialing, network, host)
	dialer := p.dialer()
	conn, errs := race(dialing, contest[netip.Addr, net.Conn]{
		entrants:  targets.found,
		headStart: func(int) time.Duration { return attemptDelay },
		try: func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
			return dialer.DialContext(ctx, network, netip.AddrPortFrom(addr, port).String())
		},
		discard: func(conn net.Conn) { conn.Close() },
	})
	cancel()
	unfound := <-targets.ended
	if conn != nil {
		return conn, nil
	}
	var failure error
	for _, err := range errs {
		failure = also(failure, err)
	}
	return nil, cmp.Or(failure, unfound, ctx.Err())
}

// targets are the addresses to connect to, as they become known.
type targets struct {
	found chan []netip.Addr // closed at the end
	ended chan error        // then holds why there are none, or nil
}

// find looks for what a host stands for, and passes on what Check does not refuse.
func (p *Path) find(ctx context.Context, network, host string) targets {
	t := targets{make(chan []netip.Addr), make(chan error, 1)}
	go func() {
		var refused error
		err := p.resolve(ctx, network, host, func(addrs []netip.Addr) {
			kept, err := p.allowed(addrs)
			if err != nil {
				refused = also(refused, err)
			}
			select {
			case t.found <- kept:
			case <-ctx.Done():
			}
		})
		close(t.found)
		t.ended <- cmp.Or(err, refused)
	}()
	return t
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
		return "", 0, fmt.Errorf("port %q is no number from 1 to 65535", text)
	}
	return host, uint16(number), nil
}

// allowed keeps the addresses that Check does not refuse. The error holds its
// reasons for the others.
func (p *Path) allowed(addrs []netip.Addr) (kept []netip.Addr, refused error) {
	if p.Check == nil {
		return addrs, nil
	}
	for _, addr := range addrs {
		if err := p.Check(addr); err != nil {
			refused = also(refused, err)
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

// bind keeps a socket to the interface. The index is the surer name: an interface
// that was unplugged and came back is another one.
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
	if p.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Logger
}
