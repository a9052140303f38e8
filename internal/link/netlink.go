package link

import (
	"errors"
	"fmt"

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

// table is all that the kernel tells of interfaces, addresses and routes.
type table struct {
	links     []rtnetlink.LinkMessage
	addresses []rtnetlink.AddressMessage
	routes    []rtnetlink.RouteMessage
}

// readTable asks for the three lists. Of the messages that do not decode it
// returns the errors beside the rest: one odd interface must not hide the others.
func readTable(c conn) (t table, odd []error, err error) {
	var oddLinks, oddAddresses, oddRoutes []error
	if t.links, oddLinks, err = dump(c, unix.RTM_GETLINK, rtnetlink.LinkMessage{}); err != nil {
		return table{}, nil, fmt.Errorf("dump links: %w", err)
	}
	if t.addresses, oddAddresses, err = dump(c, unix.RTM_GETADDR, rtnetlink.AddressMessage{}); err != nil {
		return table{}, nil, fmt.Errorf("dump addresses: %w", err)
	}
	if t.routes, oddRoutes, err = dump(c, unix.RTM_GETROUTE, rtnetlink.RouteMessage{}); err != nil {
		return table{}, nil, fmt.Errorf("dump routes: %w", err)
	}
	return t, append(append(oddLinks, oddAddresses...), oddRoutes...), nil
}

// dump asks for a list, and again where a change cut into the answer.
func dump[M any, P interface {
	*M
	rtnetlink.Message
}](c conn, kind netlink.HeaderType, empty M,
) (list []M, odd []error, err error) {
	data, err := P(&empty).MarshalBinary()
	if err != nil {
		return nil, nil, err
	}
	const attempts = 3
	for range attempts {
		request := netlink.Message{Header: netlink.Header{Type: kind, Flags: netlink.Request | netlink.Dump}, Data: data}
		replies, err := c.Execute(request)
		if err != nil {
			return nil, nil, err
		}
		if interrupted(replies) {
			continue
		}
		list, odd = decode[M, P](replies)
		return list, odd, nil
	}
	return nil, nil, errors.New("the list changed with every reading")
}

func interrupted(replies []netlink.Message) bool {
	for _, m := range replies {
		if m.Header.Flags&netlink.DumpInterrupted != 0 {
			return true
		}
	}
	return false
}

func decode[M any, P interface {
	*M
	rtnetlink.Message
}](replies []netlink.Message,
) (list []M, odd []error) {
	for _, reply := range replies {
		var m M
		if err := P(&m).UnmarshalBinary(reply.Data); err != nil {
			odd = append(odd, err)
			continue
		}
		list = append(list, m)
	}
	return list, odd
}
