package wifi

import "fmt"

// EventKind is what happened to a radio. Zero means not known.
type EventKind uint8

// The kinds of events.
const (
	EventUnknown EventKind = iota
	EventScanned           // a scan finished or was aborted: the list may have changed
	EventConnected
	EventDisconnected
	EventRoamed // associated with another access point of the same network
)

var eventNames = [...]string{"unknown", "scanned", "connected", "disconnected", "roamed"}

// String returns the word that logs use.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// Event is one event of a radio.
type Event struct {
	Kind      EventKind
	Interface string    // name, for example wlan0
	Networks  []Network // EventScanned: every network in the scan list
	Aborted   bool      // EventScanned: the scan was cut short, the list is partial
	Network   *Network  // EventConnected, EventRoamed: the joined network with the access points that serve it
	Reason    uint16    // EventDisconnected: IEEE 802.11 reason code, 0 if none was given
	ByAP      bool      // EventDisconnected: the access point ended the association
}
