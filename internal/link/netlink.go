package link

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// conn is what this package uses of a [netlink.Conn].
type conn interface {
	Execute(netlink.Message) ([]netlink.Message, error)
	Receive() ([]netlink.Message, error)
	Close() error
}

// dialRoute opens a route netlink socket that receives these groups (RTMGRP_*).
func dialRoute(groups uint32) (conn, error) {
	return netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Groups: groups})
}

// table has the kernel's lists of interfaces, addresses, routes and routing rules.
type table struct {
	links     []rtnetlink.LinkMessage
	addresses []rtnetlink.AddressMessage
	routes    []rtnetlink.RouteMessage
	neighbors []rtnetlink.NeighMessage
	rules     []rtnetlink.RuleMessage // read only if there are default routes outside the main table
}

// readTable reads the lists. It skips messages that do not decode, so that one unusual
// interface does not hide the others, and calls skipped with their errors.
func readTable(c conn, skipped func(error)) (t table, err error) {
	if t.links, err = dump[rtnetlink.LinkMessage](c, unix.RTM_GETLINK, skipped); err != nil {
		return table{}, fmt.Errorf("dump links: %w", err)
	}
	if t.addresses, err = dump[rtnetlink.AddressMessage](c, unix.RTM_GETADDR, skipped); err != nil {
		return table{}, fmt.Errorf("dump addresses: %w", err)
	}
	if t.routes, err = dump[rtnetlink.RouteMessage](c, unix.RTM_GETROUTE, skipped); err != nil {
		return table{}, fmt.Errorf("dump routes: %w", err)
	}
	if t.neighbors, err = dump[rtnetlink.NeighMessage](c, unix.RTM_GETNEIGH, skipped); err != nil {
		return table{}, fmt.Errorf("dump neighbors: %w", err)
	}
	if slices.ContainsFunc(t.routes, func(r rtnetlink.RouteMessage) bool { return isDefault(r) && tableOf(r).number != unix.RT_TABLE_MAIN }) {
		if t.rules, err = dump[rtnetlink.RuleMessage](c, unix.RTM_GETRULE, skipped); err != nil {
			return table{}, fmt.Errorf("dump rules: %w", err)
		}
	}
	return t, nil
}

// errInterrupted says that a list has changed during each attempt to dump it.
var errInterrupted = errors.New("changes interrupted every dump")

// recoverable reports whether a later reading may succeed: the dump was interrupted, or
// the system was short of something.
func recoverable(err error) bool {
	return slices.ContainsFunc([]error{
		errInterrupted, unix.EINTR, unix.EAGAIN, unix.EBUSY, unix.ENOBUFS, unix.ENOMEM, unix.EMFILE, unix.ENFILE,
	}, func(target error) bool { return errors.Is(err, target) })
}

// dump requests a list, and again if a change interrupts the reply.
func dump[M any, P interface {
	*M
	rtnetlink.Message
}](c conn, kind netlink.HeaderType, skipped func(error),
) (list []M, err error) {
	data, err := P(new(M)).MarshalBinary()
	if err != nil {
		return nil, err
	}
	const attempts = 3
	for range attempts {
		request := netlink.Message{Header: netlink.Header{Type: kind, Flags: netlink.Request | netlink.Dump}, Data: data}
		replies, err := c.Execute(request)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(replies, func(m netlink.Message) bool { return m.Header.Flags&netlink.DumpInterrupted != 0 }) {
			continue
		}
		for _, reply := range replies {
			var m M
			if err := P(&m).UnmarshalBinary(reply.Data); err != nil {
				skipped(err)
				continue
			}
			list = append(list, m)
		}
		return list, nil
	}
	return nil, errInterrupted
}
