package link

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"golang.org/x/sys/unix"
)

func TestKind(t *testing.T) {
	tests := []struct {
		name     string
		driver   string // IFLA_INFO_KIND
		hardware uint16 // ARPHRD_*
		flags    uint32
		file     string // below /sys/class/net/NAME
		text     string
		want     Kind
	}{
		{name: "Ethernet card", hardware: unix.ARPHRD_ETHER, file: "uevent", text: "INTERFACE=if0\nIFINDEX=2\n", want: KindEther},
		{name: "phone over Bluetooth", hardware: unix.ARPHRD_ETHER, file: "uevent", text: "DEVTYPE=bluetooth\n", want: KindEther},
		{name: "VLAN", driver: "vlan", hardware: unix.ARPHRD_ETHER, want: KindEther},
		{name: "bond", driver: "bond", hardware: unix.ARPHRD_ETHER, want: KindEther},
		{name: "Wi-Fi", hardware: unix.ARPHRD_ETHER, file: "phy80211/name", text: "phy0\n", want: KindWifi},
		{name: "Wi-Fi with wireless extensions", hardware: unix.ARPHRD_ETHER, file: "wireless/status", want: KindWifi},
		{name: "simulated Wi-Fi", driver: "virt_wifi", hardware: unix.ARPHRD_ETHER, file: "phy80211/name", want: KindWifi},
		{name: "Wi-Fi monitor", hardware: unix.ARPHRD_IEEE80211_RADIOTAP, file: "phy80211/name", want: KindWifi},
		{name: "modem that looks like Ethernet", hardware: unix.ARPHRD_ETHER, file: "uevent", text: "DEVTYPE=wwan\nINTERFACE=wwan0\n", want: KindCellular},
		{name: "modem that looks like a tunnel", hardware: unix.ARPHRD_NONE, file: "uevent", text: "DEVTYPE=wwan\n", want: KindCellular},
		{name: "modem of the wwan framework", driver: "wwan", hardware: unix.ARPHRD_NONE, want: KindCellular},
		{name: "modem without Ethernet headers", hardware: arphrdRawIP, want: KindCellular},
		{name: "tun", driver: "tun", hardware: unix.ARPHRD_NONE, want: KindTunnel},
		{name: "tap", driver: "tun", hardware: unix.ARPHRD_ETHER, want: KindTunnel},
		{name: "WireGuard", driver: "wireguard", hardware: unix.ARPHRD_NONE, want: KindTunnel},
		{name: "PPP", hardware: unix.ARPHRD_PPP, want: KindTunnel},
		{name: "GRE without a driver's name", hardware: unix.ARPHRD_IPGRE, want: KindTunnel},
		{name: "VXLAN", driver: "vxlan", hardware: unix.ARPHRD_ETHER, want: KindTunnel},
		{name: "bridge", driver: "bridge", hardware: unix.ARPHRD_ETHER, want: KindBridge},
		{name: "veth", driver: "veth", hardware: unix.ARPHRD_ETHER, want: KindVeth},
		{name: "dummy", driver: "dummy", hardware: unix.ARPHRD_ETHER, want: KindDummy},
		{name: "loopback", hardware: unix.ARPHRD_LOOPBACK, flags: unix.IFF_LOOPBACK, want: KindLoopback},
		{name: "VRF", driver: "vrf", hardware: unix.ARPHRD_ETHER, want: KindOther},
		{name: "unknown driver", driver: "new", hardware: unix.ARPHRD_ETHER, want: KindOther},
		{name: "CAN bus", hardware: unix.ARPHRD_CAN, want: KindOther},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := rtnetlink.LinkMessage{Index: 2, Type: test.hardware, Flags: test.flags, Attributes: &rtnetlink.LinkAttributes{Name: "if0"}}
			if test.driver != "" {
				l.Attributes.Info = &rtnetlink.LinkInfo{Kind: test.driver}
			}
			root := t.TempDir()
			if test.file != "" {
				write(t, filepath.Join(root, "sys/class/net/if0", test.file), test.text)
			}
			got, err := newKernel(t, table{links: []rtnetlink.LinkMessage{l}}).reader(root, fakeBus{}).read(t.Context(), "if0")
			must(t, err)
			if got.Kind != test.want {
				t.Errorf("kind %s, want %s", got.Kind, test.want)
			}
		})
	}
}

func TestKindNames(t *testing.T) {
	for kind, want := range map[Kind]string{KindUnknown: "unknown", KindEther: "ether", KindOther: "other", 77: "unknown(77)"} {
		if kind.String() != want {
			t.Errorf("kind %d prints as %s, want %s", uint8(kind), kind, want)
		}
	}
}

// The kernel's own interfaces, those that this kernel can make.
func TestKindOfRealInterfaces(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	c, err := rtnetlink.Dial(nil)
	must(t, err)
	defer c.Close()
	made := map[string]Kind{"lo": KindLoopback}
	for _, link := range []struct {
		info rtnetlink.LinkInfo
		want Kind
	}{
		{rtnetlink.LinkInfo{Kind: "bridge"}, KindBridge},
		{rtnetlink.LinkInfo{Kind: "dummy"}, KindDummy},
		{rtnetlink.LinkInfo{Kind: "wireguard"}, KindTunnel},
		{rtnetlink.LinkInfo{Kind: "veth", Data: &driver.Veth{PeerInfo: &rtnetlink.LinkMessage{Attributes: &rtnetlink.LinkAttributes{Name: "peer"}}}}, KindVeth},
	} {
		name := link.info.Kind + "0"
		err := c.Link.New(&rtnetlink.LinkMessage{Attributes: &rtnetlink.LinkAttributes{Name: name, Info: &link.info}})
		if errors.Is(err, unix.EOPNOTSUPP) {
			t.Logf("this kernel makes no %s", link.info.Kind)
			continue
		}
		must(t, err)
		made[name] = link.want
	}
	tunnel(t, "tun0")
	made["tun0"] = KindTunnel
	for name, want := range made {
		s, err := Read(t.Context(), "", name)
		must(t, err)
		if s.Kind != want {
			t.Errorf("%s is of kind %s, want %s", name, s.Kind, want)
		}
	}
}

// tunnel makes a TUN interface, which lasts as long as the test.
func tunnel(t *testing.T, name string) {
	t.Helper()
	file, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { unix.Close(file) })
	request, err := unix.NewIfreq(name)
	must(t, err)
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	must(t, unix.IoctlIfreq(file, unix.TUNSETIFF, request))
}
