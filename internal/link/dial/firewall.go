package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/web"
)

// firewallDelay is how long a connection may take until it is tested whether this computer lets
// packets out at all.
const firewallDelay = 500 * time.Millisecond

// explainDenial wraps [web.ErrLocalFirewall] around the error of a packet that this computer
// refused to send. A filter that drops or rejects a datagram on its way out makes the kernel
// return EPERM at once, a rule that prohibits its route EACCES (connect(2), ip-rule(8)). What
// happens before, such as binding the socket, is no denial.
func explainDenial(err error) error {
	call, ok := errors.AsType[*os.SyscallError](err)
	denied := ok && (call.Err == unix.EPERM || call.Err == unix.EACCES)
	if denied && (call.Syscall == "connect" || call.Syscall == "write" || call.Syscall == "sendto") {
		return fmt.Errorf("%w: %w", web.ErrLocalFirewall, err)
	}
	return err
}

// connect connects to an address. A filter of this computer that drops the packets of a TCP
// connection looks like a silent network, and one that rejects them like a gateway that refuses.
// So a connection that fails, or takes long, is compared with what happens to a datagram.
func (p *Path) connect(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	dialer := p.dialer()
	if !strings.HasPrefix(network, "tcp") {
		conn, err := dialer.DialContext(ctx, network, to.String())
		return conn, explainDenial(err)
	}
	dialing, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tested := make(chan struct{})
	late := time.AfterFunc(firewallDelay, func() {
		defer close(tested)
		if err := p.testFirewall(ctx, to.Addr()); err != nil {
			cancel(err)
		}
	})
	conn, err := dialer.DialContext(dialing, network, to.String())
	isTested := !late.Stop()
	if isTested {
		<-tested
	}
	cause := context.Cause(dialing)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(cause, web.ErrLocalFirewall):
		return nil, cause
	case ctx.Err() != nil || isTested:
		return nil, explainDenial(err)
	}
	if denied := p.testFirewall(ctx, to.Addr()); denied != nil {
		return nil, denied
	}
	return nil, explainDenial(err)
}

// testFirewall sends an empty datagram that ends at the gateway: it may make one hop. It goes to
// the port of DNS, which a firewall that lets anything out leaves open. The error wraps
// [web.ErrLocalFirewall]; nil: it was sent, or why it was not says nothing about a firewall.
func (p *Path) testFirewall(ctx context.Context, to netip.Addr) error {
	dialer := net.Dialer{Control: func(network, address string, raw syscall.RawConn) error {
		err := p.bind(network, address, raw)
		if err == nil {
			err = raw.Control(func(fd uintptr) { oneHop(int(fd), to) })
		}
		return err
	}}
	conn, err := dialer.DialContext(untraced{ctx}, "udp", netip.AddrPortFrom(to, port53).String())
	if err == nil {
		defer conn.Close()
		_, err = conn.Write(nil)
	}
	if denied := explainDenial(err); errors.Is(denied, web.ErrLocalFirewall) {
		return denied
	}
	return nil
}

// oneHop makes what a socket sends end at the first router. A socket that cannot do so sends as
// any other.
func oneHop(fd int, to netip.Addr) {
	if to.Unmap().Is4() {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TTL, 1)
		return
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, 1)
}
