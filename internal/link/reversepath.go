package link

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file"
)

// faraway stands for any host of the Internet: the address of a root name server. Nothing is sent
// to it; the kernel is asked for its route.
var faraway = [4]byte{198, 41, 0, 4}

// answersVia returns [State.AnswersVia]. The filter looks up the route back to the sender, as this
// does, with the rules for a packet without a mark.
func (r *reader) answersVia(c conn, s State, all []State) string {
	own := slices.IndexFunc(s.Addresses, func(p netip.Prefix) bool { return p.Addr().Is4() })
	if own < 0 || !s.Carrier || len(s.Gateways) == 0 || r.reversePath(s.Interface) != strictReversePath {
		return ""
	}
	index, ok := routeBack(c, s.Addresses[own].Addr())
	if !ok || index == s.Index {
		return ""
	}
	if i := slices.IndexFunc(all, func(other State) bool { return other.Index == index }); i >= 0 {
		return all[i].Interface
	}
	return ""
}

// strictReversePath is the value of rp_filter that drops what would not be answered over the same
// interface.
const strictReversePath = 1

// reversePath returns the mode of an interface's reverse-path filter: the greater one of its own
// and that of all interfaces. What cannot be read is 0, off.
func (r *reader) reversePath(name string) int {
	mode := 0
	for _, of := range []string{"all", name} {
		data, err := file.Read(r.path("proc/sys/net/ipv4/conf", of, "rp_filter"), maxSysctl)
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
			mode = max(mode, n)
		}
	}
	return mode
}

// maxSysctl is the size in bytes of the largest sysctl that is read.
const maxSysctl = 64

// routeBack asks the kernel for the interface by which a packet of an address leaves to the
// Internet.
func routeBack(c conn, from netip.Addr) (index int, ok bool) {
	attributes := netlink.NewAttributeEncoder()
	attributes.Bytes(unix.RTA_DST, faraway[:])
	attributes.Bytes(unix.RTA_SRC, from.AsSlice())
	data, err := attributes.Encode()
	if err != nil {
		return 0, false
	}
	header := make([]byte, unix.SizeofRtMsg)
	header[0], header[1], header[2] = unix.AF_INET, 32, 32 // the lengths of both addresses in bits
	replies, err := c.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_GETROUTE, Flags: netlink.Request},
		Data:   append(header, data...),
	})
	if err != nil || len(replies) == 0 {
		return 0, false
	}
	var route rtnetlink.RouteMessage
	if err := route.UnmarshalBinary(replies[0].Data); err != nil {
		return 0, false
	}
	return int(route.Attributes.OutIface), route.Attributes.OutIface != 0
}

// fingerprint returns [State.Routing]. Lifetimes, which change with each router advertisement, do
// not count.
func fingerprint(t table) uint64 {
	sum := fnv.New64a()
	for _, r := range t.routes {
		a := r.Attributes
		fmt.Fprintln(sum, r.Family, r.Type, tableOf(r).number, r.DstLength, a.Dst, a.Gateway, a.OutIface, a.Priority)
	}
	for _, rule := range t.rules {
		fmt.Fprint(sum, rule.Family, rule.Action, rule.Flags, rule.Table)
		if a := rule.Attributes; a != nil {
			fmt.Fprint(sum, valueOf(a.Priority, 0), valueOf(a.Table, 0), valueOf(a.FwMark, 0), valueOf(a.FwMask, 0))
		}
		fmt.Fprintln(sum)
	}
	return sum.Sum64()
}
