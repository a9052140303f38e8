package nl80211

import (
	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// notice is a multicast message of the kernel.
type notice struct {
	command uint8
	index   int    // of the interface; 0: the notice concerns a whole radio
	status  uint16 // IEEE 802.11 status of a connect, 0 is success
	reason  uint16 // IEEE 802.11 reason of a disconnect
	byAP    bool
	ssid    wifi.SSID // of the association, if there is one
}

func parseNotice(m genetlink.Message) (notice, error) {
	n := notice{command: m.Header.Command}
	attributes, err := netlink.NewAttributeDecoder(m.Data)
	if err != nil {
		return n, err
	}
	for attributes.Next() {
		switch attributes.Type() {
		case unix.NL80211_ATTR_IFINDEX:
			n.index = int(attributes.Uint32())
		case unix.NL80211_ATTR_STATUS_CODE:
			n.status = attributes.Uint16()
		case unix.NL80211_ATTR_REASON_CODE:
			n.reason = attributes.Uint16()
		case unix.NL80211_ATTR_DISCONNECTED_BY_AP:
			n.byAP = true
		case unix.NL80211_ATTR_SSID:
			n.ssid = name(attributes.Bytes())
		}
	}
	return n, attributes.Err()
}
