package link

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// router sends router advertisements from the far end of an uplink.
type router struct {
	socket int
	index  int
}

// newRouter opens its socket in the namespace of this thread.
func newRouter(index uint32) (*router, error) {
	socket, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		return nil, err
	}
	return &router{socket, int(index)}, errors.Join(
		unix.SetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255),
		unix.SetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, int(index)),
	)
}

// advertise sends one advertisement of a default router with a captive portal API (RFC
// 4861, section 4.2; RFC 8910, section 2.3). The kernel adds the checksum.
func (r *router) advertise(uri string) error {
	message := []byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(message[6:], 1800)
	option := append([]byte{optionCaptivePortal, byte((len(uri) + 2 + 7) / 8)}, uri...)
	message = append(message, append(option, make([]byte, 8*int(option[1])-len(option))...)...)
	allNodes := &unix.SockaddrInet6{ZoneId: uint32(r.index), Addr: [16]byte{0: 0xff, 1: 2, 15: 1}}
	return unix.Sendto(r.socket, message, 0, allNodes)
}

// keep advertises until the returned function is called. The first advertisements may
// fail, because the router has no address yet.
func (r *router) keep(uri string) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			_ = r.advertise(uri)
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Router advertisements are received from the kernel without a privilege, and forgotten
// when the carrier is lost.
func TestWatcherReceivesRouterAdvertisements(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	w := watch(t)
	u := newUplink(t, "up0", 100)
	offers := func(uri, source string) func(State) bool {
		return func(s State) bool { return s.Carrier && s.API == uri && s.APISource == source }
	}
	for _, uri := range []string{"https://portal.test/api", "https://portal.test/another/api"} {
		stop := u.router.keep(uri)
		w.until(t, uri, u.name, offers(uri, "router-advertisement"))
		stop()
	}
	c, err := rtnetlink.Dial(nil)
	must(t, err)
	defer c.Close()
	must(t, c.Link.Set(&rtnetlink.LinkMessage{Index: u.link, Change: unix.IFF_UP}))
	w.until(t, "a link set down", u.name, func(s State) bool { return !s.Carrier && s.API == "" })
	must(t, c.Link.Set(&rtnetlink.LinkMessage{Index: u.link, Flags: unix.IFF_UP, Change: unix.IFF_UP}))
	w.until(t, "a link of a network that offers nothing", u.name, offers("", ""))
	w.stop(t)
}
