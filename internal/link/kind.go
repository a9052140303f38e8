package link

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file"
)

// Kind is the sort of an interface. Zero means not known.
type Kind uint8

// The kinds of interfaces.
const (
	KindUnknown  Kind = iota
	KindEther         // Ethernet, also over USB and Bluetooth, and VLANs and bonds on top of it
	KindWifi          // a Wi-Fi interface, whatever its mode
	KindCellular      // a modem's data connection
	KindTunnel        // a VPN's interface, an encapsulation, or PPP
	KindBridge
	KindVeth // one end of a virtual cable, such as that of a container
	KindDummy
	KindLoopback
	KindOther
)

var kindNames = [...]string{"unknown", "ether", "wifi", "cellular", "tunnel", "bridge", "veth", "dummy", "loopback", "other"}

// String returns the word that logs use.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// arphrdRawIP is the hardware type of modems without Ethernet headers (ARPHRD_RAWIP).
const arphrdRawIP = 519

// kernelKind returns the kind that route netlink gives. A virtual interface has the name
// of its driver (IFLA_INFO_KIND); others have a hardware type alone.
func kernelKind(l rtnetlink.LinkMessage) Kind {
	if l.Flags&unix.IFF_LOOPBACK != 0 {
		return KindLoopback
	}
	if info := l.Attributes.Info; info != nil && info.Kind != "" {
		return driverKind(info.Kind)
	}
	switch l.Type {
	case unix.ARPHRD_ETHER:
		return KindEther
	case arphrdRawIP:
		return KindCellular
	case unix.ARPHRD_PPP, unix.ARPHRD_NONE, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6,
		unix.ARPHRD_SIT, unix.ARPHRD_IPGRE, unix.ARPHRD_IP6GRE:
		return KindTunnel
	}
	return KindOther
}

// driverKind sorts the drivers of virtual interfaces.
func driverKind(driver string) Kind {
	switch driver {
	case "bridge", "openvswitch":
		return KindBridge
	case "veth", "netkit":
		return KindVeth
	case "dummy":
		return KindDummy
	case "vlan", "bond", "team", "macvlan", "ipvlan", "macsec", "dsa":
		return KindEther
	case "wwan", "rmnet":
		return KindCellular
	case "tun", "wireguard", "ovpn", "ppp", "ipip", "sit", "ip6tnl", "gre", "gretap", "ip6gre", "ip6gretap",
		"erspan", "ip6erspan", "vti", "vti6", "xfrm", "vxlan", "geneve", "bareudp", "amt", "gtp":
		return KindTunnel
	}
	return KindOther
}

// kind adds what /sys says of an interface and route netlink does not: cfg80211 marks its
// interfaces there, and modems look like Ethernet or like tunnels to route netlink.
func (r *reader) kind(name string, kernel Kind) Kind {
	for _, mark := range []string{"phy80211", "wireless"} {
		if _, err := os.Stat(r.path("sys/class/net", name, mark)); err == nil {
			return KindWifi
		}
	}
	event, err := file.Read(r.path("sys/class/net", name, "uevent"), maxState)
	if err == nil && slices.Contains(strings.Fields(string(event)), "DEVTYPE=wwan") {
		return KindCellular
	}
	return kernel
}
