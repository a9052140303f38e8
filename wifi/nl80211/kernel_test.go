package nl80211

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/genetlink/genltest"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// kernel simulates nl80211: the socket gets messages in the kernel's layout, the
// library's client gets what the library reads from them.
type kernel struct {
	t       *testing.T
	notices chan delivery

	mu       sync.Mutex
	radios   []radio
	requests int // requests answered
	joined   []uint32
	open     int // connections and clients that are not closed

	busy        int        // so many scan dumps are refused
	interrupted int        // so many scan dumps are interrupted by a change
	listError   unix.Errno // in place of the list of interfaces, until set is called
}

// delivery is what one receive returns.
type delivery struct {
	messages []genetlink.Message
	err      error
}

// radio is one interface of the kernel.
type radio struct {
	index, mode uint32
	name        string
	ssid        string
	scanned     []bss
	scanError   unix.Errno    // in place of a scan list
	delay       time.Duration // of each answer
}

type bss struct {
	bssid      [6]byte
	frequency  uint32
	mbm        int32
	capability uint16
	elements   []byte
	associated bool

	torn, unitless bool // what the library cannot read: truncated elements, a signal without a unit
}

const (
	familyID    = 28
	scanGroup   = 5
	mlmeGroup   = 7
	configGroup = 4
)

func newKernel(t *testing.T, radios ...radio) *kernel {
	return &kernel{t: t, radios: radios, notices: make(chan delivery)}
}

// radio returns a Radio that asks this kernel.
func (k *kernel) radio() *Radio {
	library := func() (client, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.open++
		return fakeClient{k}, nil
	}
	return &Radio{connector: library, dial: func() (conn, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.open++
		family := genetlink.Family{ID: familyID, Version: 1, Name: "nl80211", Groups: []genetlink.MulticastGroup{
			{ID: configGroup, Name: "config"},
			{ID: scanGroup, Name: "scan"},
			{ID: 6, Name: "regulatory"},
			{ID: mlmeGroup, Name: "mlme"},
		}}
		return &fakeConn{Conn: genltest.Dial(genltest.ServeFamily(family, k.answer)), kernel: k, closed: make(chan struct{})}, nil
	}}
}

// set replaces the interfaces.
func (k *kernel) set(radios ...radio) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.radios, k.listError = radios, 0
}

// answer replies to one request. Errors are those of the socket, not messages, because
// the message that genltest makes would copy the request's dump flag.
func (k *kernel) answer(request genetlink.Message, header netlink.Message) ([]genetlink.Message, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	attributes, err := netlink.UnmarshalAttributes(request.Data)
	if err != nil || len(attributes) != 1 || attributes[0].Type != unix.NL80211_ATTR_IFINDEX || header.Header.Type != familyID {
		k.t.Errorf("request of type %d with attributes %v, %v; want an interface index for family %d", header.Header.Type, attributes, err, familyID)
		return nil, unix.EINVAL
	}
	r, err := k.find(int(attributes[0].Data[0]))
	if err != nil {
		return nil, err
	}
	if k.busy > 0 {
		k.busy--
		return nil, unix.EBUSY
	}
	if r.delay > 0 {
		k.mu.Unlock()
		time.Sleep(r.delay)
		k.mu.Lock()
	}
	type question struct {
		command uint8
		flags   netlink.HeaderFlags
	}
	switch (question{request.Header.Command, header.Header.Flags}) {
	case question{unix.NL80211_CMD_GET_INTERFACE, netlink.Request}:
		return []genetlink.Message{message(k.t, unix.NL80211_CMD_NEW_INTERFACE, r.encode)}, nil
	case question{unix.NL80211_CMD_GET_SCAN, netlink.Request | netlink.Dump}:
		return multipart(k.scan(r))
	}
	k.t.Errorf("request with command %d and flags %v, which this package does not need", request.Header.Command, header.Header.Flags)
	return nil, unix.EOPNOTSUPP
}

// find returns an interface, or the error that the kernel has for it.
func (k *kernel) find(index int) (radio, error) {
	i := slices.IndexFunc(k.radios, func(r radio) bool { return int(r.index) == index })
	if i < 0 {
		return radio{}, unix.ENODEV
	}
	if errno := k.radios[i].scanError; errno != 0 {
		return radio{}, errno
	}
	return k.radios[i], nil
}

// multipart is the reply to a dump. genltest expects io.EOF for an empty one.
func multipart(messages []genetlink.Message) ([]genetlink.Message, error) {
	if len(messages) == 0 {
		return nil, io.EOF
	}
	return messages, nil
}

func (k *kernel) scan(r radio) []genetlink.Message {
	var messages []genetlink.Message
	for _, b := range r.scanned {
		messages = append(messages, message(k.t, unix.NL80211_CMD_NEW_SCAN_RESULTS, b.encode))
	}
	return messages
}

func (r radio) encode(e *netlink.AttributeEncoder) {
	e.Uint32(unix.NL80211_ATTR_WIPHY, 0)
	e.Uint32(unix.NL80211_ATTR_IFINDEX, r.index)
	e.String(unix.NL80211_ATTR_IFNAME, r.name)
	e.Uint32(unix.NL80211_ATTR_IFTYPE, r.mode)
	if r.ssid != "" {
		e.Bytes(unix.NL80211_ATTR_SSID, []byte(r.ssid))
	}
}

func (b bss) encode(e *netlink.AttributeEncoder) {
	e.Uint32(unix.NL80211_ATTR_GENERATION, 3)
	e.Nested(unix.NL80211_ATTR_BSS, func(e *netlink.AttributeEncoder) error {
		e.Bytes(unix.NL80211_BSS_BSSID, b.bssid[:])
		e.Uint32(unix.NL80211_BSS_FREQUENCY, b.frequency)
		e.Uint16(unix.NL80211_BSS_CAPABILITY, b.capability)
		e.Bytes(unix.NL80211_BSS_INFORMATION_ELEMENTS, b.elements)
		if b.unitless {
			e.Uint8(unix.NL80211_BSS_SIGNAL_UNSPEC, 70)
		} else {
			e.Int32(unix.NL80211_BSS_SIGNAL_MBM, b.mbm)
		}
		if b.associated {
			e.Uint32(unix.NL80211_BSS_STATUS, unix.NL80211_BSS_STATUS_ASSOCIATED)
		}
		return nil
	})
}

func message(t testing.TB, command uint8, encode func(*netlink.AttributeEncoder)) genetlink.Message {
	t.Helper()
	encoder := netlink.NewAttributeEncoder()
	encode(encoder)
	data, err := encoder.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return genetlink.Message{Header: genetlink.Header{Command: command, Version: 1}, Data: data}
}

// fakeConn adds what the connection of genltest lacks: multicast groups, and a Close that
// ends a Receive.
type fakeConn struct {
	*genetlink.Conn
	kernel *kernel
	once   sync.Once
	closed chan struct{}
	asked  bool // a request was sent, so that its answer is received
}

func (c *fakeConn) Send(m genetlink.Message, family uint16, flags netlink.HeaderFlags) (netlink.Message, error) {
	c.asked = true
	return c.Conn.Send(m, family, flags)
}

// answer receives the answer to the request.
func (c *fakeConn) answer() ([]genetlink.Message, []netlink.Message, error) {
	messages, headers, err := c.Conn.Receive()
	c.kernel.mu.Lock()
	defer c.kernel.mu.Unlock()
	if c.kernel.interrupted > 0 && len(headers) > 0 {
		c.kernel.interrupted--
		headers[0].Header.Flags |= netlink.DumpInterrupted
	}
	return messages, headers, err
}

func (c *fakeConn) JoinGroup(group uint32) error {
	c.kernel.mu.Lock()
	defer c.kernel.mu.Unlock()
	c.kernel.joined = append(c.kernel.joined, group)
	return nil
}

func (c *fakeConn) Receive() ([]genetlink.Message, []netlink.Message, error) {
	if c.asked {
		return c.answer()
	}
	select {
	case d := <-c.kernel.notices:
		return d.messages, make([]netlink.Message, len(d.messages)), d.err
	case <-c.closed:
		return nil, nil, net.ErrClosed
	}
}

func (c *fakeConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.kernel.mu.Lock()
		defer c.kernel.mu.Unlock()
		c.kernel.open--
	})
	return c.Conn.Close()
}
