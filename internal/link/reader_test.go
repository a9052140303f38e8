package link

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// cafeTable is a laptop on a hotspot's Wi-Fi, with a cable that is not plugged in.
func cafeTable() table {
	return table{
		links: []rtnetlink.LinkMessage{
			iface(1, running|unix.IFF_LOOPBACK, "lo"),
			iface(2, unix.IFF_UP, "eth0"),
			iface(3, running, "wlan0"),
		},
		addresses: []rtnetlink.AddressMessage{addr(1, "127.0.0.1/8", 0), addr(3, "10.0.0.5/24", 0), addr(3, "fe80::5/64", 0)},
		routes:    []rtnetlink.RouteMessage{defaultRoute(3, "10.0.0.1", 600)},
	}
}

func cafeStates() []State {
	return []State{
		{Interface: "lo", Index: 1, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Carrier: true, Kind: KindLoopback, Addresses: prefixes("127.0.0.1/8")},
		{Interface: "eth0", Index: 2, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, Kind: KindEther},
		{
			Interface: "wlan0", Index: 3, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 3}, Carrier: true, Kind: KindWifi,
			Addresses: prefixes("10.0.0.5/24"), Gateways: ips("10.0.0.1"), DNS: ips("10.0.0.53"), API: "https://portal.test/api", APISource: "systemd-networkd",
		},
	}
}

// cafeFiles are the files of that machine.
func cafeFiles(t *testing.T) string {
	return tree(t, map[string]string{
		"sys/class/net/wlan0/phy80211/name": "phy0",
		networkdFile:                        "DNS=10.0.0.53\nCAPTIVE_PORTAL=https://portal.test/api\n",
		resolvConf:                          "nameserver 127.0.0.53\n",
	})
}

func TestAll(t *testing.T) {
	k := newKernel(t, cafeTable())
	k.interrupted = 1    // the first list is requested again
	k.odd = []byte{1, 2} // one message of each list does not decode
	got, err := k.reader(cafeFiles(t), fakeBus{}).all(t.Context())
	if diff := cmp.Diff(cafeStates(), got, compareAddrs); diff != "" || err != nil {
		t.Errorf("states: %v (-want +got):\n%s", err, diff)
	}
	if k.open != 0 {
		t.Errorf("%d sockets left open", k.open)
	}
}

func TestReadOne(t *testing.T) {
	k := newKernel(t, cafeTable())
	r := k.reader(cafeFiles(t), fakeBus{})
	got, err := r.read(t.Context(), "wlan0")
	if diff := cmp.Diff(cafeStates()[2], got, compareAddrs); diff != "" || err != nil {
		t.Errorf("state: %v (-want +got):\n%s", err, diff)
	}
	if _, err := r.read(t.Context(), "wlan1"); !errors.Is(err, fs.ErrNotExist) || err.Error() != "read interface wlan1: no such interface: file does not exist" {
		t.Errorf("reading no interface: %v", err)
	}
	k.interrupted = 100
	if _, err := r.read(t.Context(), "wlan0"); err == nil {
		t.Error("no error if every dump is interrupted")
	}
	k.refuse = unix.EPERM
	if _, err := r.all(t.Context()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("reading although the kernel refuses: %v", err)
	}
	r.dial = func(uint32) (conn, error) { return nil, os.NewSyscallError("socket", unix.EAFNOSUPPORT) }
	if _, err := r.read(t.Context(), "wlan0"); !errors.Is(err, unix.EAFNOSUPPORT) {
		t.Errorf("reading without netlink: %v", err)
	}
	if k.open != 0 {
		t.Errorf("%d sockets left open", k.open)
	}
}

// unwanted is a bus whose calls fail the test.
type unwanted struct {
	fakeBus
	t *testing.T
}

func (b unwanted) call(_ context.Context, service string, _ dbus.ObjectPath, method string, _ ...any) ([]any, error) {
	b.t.Errorf("%s of %s called", method, service)
	return nil, nil
}

// The system bus is called only for a link that can be used.
func TestIdleLinkAsksNoBus(t *testing.T) {
	k := newKernel(t, table{links: []rtnetlink.LinkMessage{iface(1, running|unix.IFF_LOOPBACK, "lo"), iface(2, unix.IFF_UP, "eth0"), iface(3, running, "wlan0")}})
	if _, err := k.reader(t.TempDir(), unwanted{fakeBus{}, t}).all(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Read on the machine of the test: every Linux has a loopback interface.
func TestReadThisMachine(t *testing.T) {
	s, err := Read(t.Context(), "", "lo")
	if err != nil {
		t.Fatal(err)
	}
	if s.Interface != "lo" || s.Kind != KindLoopback || s.Index == 0 {
		t.Errorf("state of lo is %+v", s)
	}
	all, err := List(t.Context(), "")
	if err != nil || !slices.ContainsFunc(all, func(s State) bool { return s.Kind == KindLoopback }) {
		t.Errorf("interfaces %v, %v; want lo among them", all, err)
	}
	if _, err := Read(t.Context(), "", "no-such-link0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading no interface: %v, want fs.ErrNotExist", err)
	}
}

// FuzzDecode decodes messages of any bytes.
func FuzzDecode(f *testing.F) {
	for _, list := range [][]byte{{}, make([]byte, 12), make([]byte, 16), make([]byte, 40)} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var all table
		var l rtnetlink.LinkMessage
		if l.UnmarshalBinary(data) == nil {
			all.links = append(all.links, l)
		}
		var a rtnetlink.AddressMessage
		if a.UnmarshalBinary(data) == nil {
			all.addresses = append(all.addresses, a)
		}
		var r rtnetlink.RouteMessage
		if r.UnmarshalBinary(data) == nil {
			all.routes = append(all.routes, r)
		}
		var rule rtnetlink.RuleMessage
		if rule.UnmarshalBinary(data) == nil {
			all.rules = append(all.rules, rule)
		}
		for _, s := range states(all) {
			if s.Interface == "" {
				t.Errorf("interface %d without a name", s.Index)
			}
		}
		for _, p := range addresses(all.addresses, a.Index) {
			if !p.Addr().IsValid() || p.Addr().IsLinkLocalUnicast() {
				t.Errorf("address %v", p)
			}
		}
		for _, gateway := range gateways(all.routes, r.Attributes.OutIface, flow{}.tables(all.rules)) {
			if !gateway.IsValid() {
				t.Error("a gateway that is no address")
			}
		}
	})
}
