package link

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"github.com/mdlayher/netlink/nltest"
	"golang.org/x/sys/unix"
)

// kernel simulates route netlink, with messages in the kernel's layout.
type kernel struct {
	t      *testing.T
	events chan error // what each receive returns

	mu          sync.Mutex
	table       table
	interrupted int           // so many dumps are interrupted by a change
	odd         []byte        // a message in each list
	refuse      error         // in place of any list
	dumps       int           // lists requested
	slow        time.Duration // until each list is there
	groups      uint32        // of the last connection that receives
	open        int           // connections that are not closed
}

func newKernel(t *testing.T, table table) *kernel {
	return &kernel{t: t, table: table, events: make(chan error)}
}

// reader reads from this kernel and from files below root.
func (k *kernel) reader(root string, bus caller) *reader {
	return &reader{root: root, dial: k.dial, bus: func() caller { return bus }}
}

func (k *kernel) dial(groups uint32) (conn, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open++
	if groups != 0 {
		k.groups = groups
	}
	return &fakeConn{Conn: nltest.Dial(k.answer), kernel: k, closed: make(chan struct{})}, nil
}

func (k *kernel) set(change func(*table)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.table)
}

func (k *kernel) answer(requests []netlink.Message) ([]netlink.Message, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	request := requests[0].Header
	k.dumps++
	time.Sleep(k.slow)
	if request.Flags != netlink.Request|netlink.Dump {
		k.t.Errorf("request with flags %v, want a dump", request.Flags)
	}
	if k.refuse != nil {
		return nil, k.refuse
	}
	replies := k.list(request.Type)
	if k.odd != nil {
		replies = append(replies, netlink.Message{Data: k.odd})
	}
	if len(replies) == 0 {
		return nil, io.EOF
	}
	for i := range replies {
		replies[i].Header = netlink.Header{Type: request.Type - 2, Sequence: request.Sequence, PID: request.PID} // NEW is GET - 2
	}
	if k.interrupted > 0 {
		k.interrupted--
		replies[0].Header.Flags |= netlink.DumpInterrupted
	}
	return replies, nil
}

func (k *kernel) list(kind netlink.HeaderType) []netlink.Message {
	switch kind {
	case unix.RTM_GETLINK:
		return marshal(k.t, k.table.links)
	case unix.RTM_GETADDR:
		return marshal(k.t, k.table.addresses)
	case unix.RTM_GETROUTE:
		return marshal(k.t, k.table.routes)
	case unix.RTM_GETNEIGH:
		return marshal(k.t, k.table.neighbors)
	case unix.RTM_GETRULE:
		return marshal(k.t, k.table.rules)
	}
	k.t.Errorf("request of type %d, which is no list", kind)
	return nil
}

func marshal[M any, P interface {
	*M
	rtnetlink.Message
}](t *testing.T, list []M,
) []netlink.Message {
	t.Helper()
	var messages []netlink.Message
	for i := range list {
		data, err := P(&list[i]).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, netlink.Message{Data: data})
	}
	return messages
}

// fakeConn adds a Close that ends a Receive to the connection of nltest.
type fakeConn struct {
	*netlink.Conn
	kernel *kernel
	once   sync.Once
	closed chan struct{}
}

func (c *fakeConn) Receive() ([]netlink.Message, error) {
	select {
	case err := <-c.kernel.events:
		return nil, err
	case <-c.closed:
		return nil, net.ErrClosed
	}
}

func (c *fakeConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.kernel.mu.Lock()
		defer c.kernel.mu.Unlock()
		c.kernel.open--
	})
	return nil
}

// The parts of the tables in the tests.

const running = unix.IFF_UP | unix.IFF_LOWER_UP | unix.IFF_RUNNING

func iface(index, flags uint32, name string) rtnetlink.LinkMessage {
	return rtnetlink.LinkMessage{Index: index, Type: unix.ARPHRD_ETHER, Flags: flags, Attributes: &rtnetlink.LinkAttributes{
		Name: name, Address: net.HardwareAddr{2, 0, 0, 0, 0, byte(index)},
	}}
}

func addr(index uint32, cidr string, flags uint32) rtnetlink.AddressMessage {
	ip, prefix, err := net.ParseCIDR(cidr)
	if err != nil {
		panic(err)
	}
	bits, _ := prefix.Mask.Size()
	family := uint8(unix.AF_INET6)
	if ip4 := ip.To4(); ip4 != nil {
		ip, family = ip4, unix.AF_INET
	}
	return rtnetlink.AddressMessage{
		Family: family, PrefixLength: uint8(bits), Index: index,
		Attributes: &rtnetlink.AddressAttributes{Address: ip, Flags: flags},
	}
}

func defaultRoute(index uint32, gateway string, metric uint32) rtnetlink.RouteMessage {
	ip := net.ParseIP(gateway)
	family := uint8(unix.AF_INET6)
	if ip4 := ip.To4(); ip4 != nil {
		ip, family = ip4, unix.AF_INET
	}
	return rtnetlink.RouteMessage{
		Family: family, Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST,
		Attributes: rtnetlink.RouteAttributes{Gateway: ip, OutIface: index, Priority: metric, Table: unix.RT_TABLE_MAIN},
	}
}
