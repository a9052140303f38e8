package link

import (
	"math"
	"net/netip"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// mainPriority is that of the rule for the main routing table, unless it is changed.
const mainPriority = 32766

// routingTable is a routing table of one address family.
type routingTable struct {
	family uint8
	number uint32
}

// flow is what the kernel's rules match in a packet from a socket that is bound to an
// interface and has no mark (fib_rules.c).
type flow struct {
	iface     string
	addresses []netip.Prefix // to send from
	vrf       string         // the interface's VRF device; "": none
	vrfTable  uint32
}

// tables returns the routing tables in which the kernel looks for a route of the flow to
// any destination, each with the priority of the first rule that names it. The main table
// is always among them. A VPN client's tables are not, unless for its own interface: their
// routes leave through it, or their rules ask for a mark.
func (f flow) tables(rules []rtnetlink.RuleMessage) map[routingTable]uint32 {
	found := map[routingTable]uint32{
		{unix.AF_INET, unix.RT_TABLE_MAIN}:  mainPriority,
		{unix.AF_INET6, unix.RT_TABLE_MAIN}: mainPriority,
	}
	for _, rule := range rules {
		if rule.Attributes == nil || rule.Action != unix.FR_ACT_TO_TBL || !f.follows(rule) {
			continue
		}
		a := rule.Attributes
		table := routingTable{rule.Family, valueOf(a.Table, uint32(rule.Table))}
		if valueOf(a.L3MDev, 0) != 0 {
			table.number = f.vrfTable
		}
		priority := valueOf(a.Priority, 0)
		if before, ok := found[table]; !ok || priority < before {
			found[table] = priority
		}
	}
	return found
}

// follows reports whether a rule leads to default routes for the flow.
func (f flow) follows(rule rtnetlink.RuleMessage) bool {
	if valueOf(rule.Attributes.SuppressPrefixLen, math.MaxUint32) != math.MaxUint32 {
		return false // the rule ignores default routes
	}
	return f.matches(rule) != (rule.Flags&unix.FIB_RULE_INVERT != 0)
}

// forSomeTraffic reports whether a rule selects destinations, ports or users, so that its
// routes are not for all traffic.
func forSomeTraffic(rule rtnetlink.RuleMessage) bool {
	a := rule.Attributes
	return rule.DstLength != 0 || rule.TOS != 0 || a.UIDRange != nil || a.IPProto != nil ||
		a.SPortRange != nil || a.DPortRange != nil || valueOf(a.TunID, 0) != 0
}

// matches compares the selectors of a rule with the flow.
func (f flow) matches(rule rtnetlink.RuleMessage) bool {
	a := rule.Attributes
	switch {
	case forSomeTraffic(rule):
		return false
	case valueOf(a.FwMark, 0)&valueOf(a.FwMask, math.MaxUint32) != 0:
		return false
	case valueOf(a.IIFName, "lo") != "lo": // packets of this machine come from lo
		return false
	case a.OIFName != nil && *a.OIFName != f.iface && *a.OIFName != f.vrf:
		return false
	case valueOf(a.L3MDev, 0) != 0 && f.vrfTable == 0:
		return false
	case rule.SrcLength == 0:
		return true
	}
	source, ok := address(valueOf(a.Src, nil))
	network := netip.PrefixFrom(source, int(rule.SrcLength))
	return ok && slices.ContainsFunc(f.addresses, func(p netip.Prefix) bool { return network.Contains(p.Addr()) })
}

func valueOf[T any](pointer *T, otherwise T) T {
	if pointer == nil {
		return otherwise
	}
	return *pointer
}

// vrfOf returns the name and the routing table of the VRF that an interface is in.
func vrfOf(links []rtnetlink.LinkMessage, l rtnetlink.LinkMessage) (name string, table uint32) {
	master := valueOf(l.Attributes.Master, 0)
	i := slices.IndexFunc(links, func(l rtnetlink.LinkMessage) bool {
		return l.Index == master && l.Attributes != nil && l.Attributes.Info != nil && l.Attributes.Info.Kind == "vrf"
	})
	if i < 0 {
		return "", 0
	}
	data, ok := links[i].Attributes.Info.Data.(*rtnetlink.LinkData)
	if !ok {
		return "", 0
	}
	attributes, err := netlink.NewAttributeDecoder(data.Data)
	if err != nil {
		return "", 0
	}
	for attributes.Next() {
		if attributes.Type() == unix.IFLA_VRF_TABLE {
			table = attributes.Uint32()
		}
	}
	return links[i].Attributes.Name, table
}
