package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// groupUserOptions has the kernel tell of the options of router advertisements that
// are not its own business (RTNLGRP_ND_USEROPT), as a bit like RTMGRP_*.
const groupUserOptions = 1 << (unix.RTNLGRP_ND_USEROPT - 1)

// optionCaptivePortal is the option of a router advertisement that names the API (RFC 8910, section 2.3).
const optionCaptivePortal = 37

// advert is what a router said.
type advert struct {
	router netip.Addr
	uri    string
}

// adverts keeps the captive portal API that a router advertised last on each
// link. The kernel tells of it once and keeps nothing. The zero value is empty.
type adverts struct {
	mu   sync.Mutex
	last map[int]advert // by index of the interface
}

// of returns what one of the link's default routers advertised: that of another
// network, which the interface has left, is none of them.
func (a *adverts) of(s State) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	said, ok := a.last[s.Index]
	if !ok || !slices.Contains(s.Gateways, said.router) {
		return "", errors.New("no router of the link has advertised one while this watched")
	}
	return said.uri, nil
}

// take reads the kernel's events. It returns whether any of them may have changed a
// link: most routers repeat themselves every few minutes.
func (a *adverts) take(events []netlink.Message) (changed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	changed = len(events) == 0
	for _, event := range events {
		if event.Header.Type != unix.RTM_NEWNDUSEROPT {
			changed = true
			a.forget(event)
			continue
		}
		if index, said, ok := parseUserOption(event.Data); ok && a.last[index] != said {
			if a.last == nil {
				a.last = map[int]advert{}
			}
			a.last[index] = said
			changed = true
		}
	}
	return changed
}

// forget drops what was said on a link that goes, or that has lost its carrier:
// what comes after may be another network (struct ifinfomsg: family, type, index, flags).
func (a *adverts) forget(event netlink.Message) {
	if len(event.Data) < unix.SizeofIfInfomsg {
		return
	}
	index := int(int32(binary.NativeEndian.Uint32(event.Data[4:])))
	flags := binary.NativeEndian.Uint32(event.Data[8:])
	switch event.Header.Type {
	case unix.RTM_DELLINK:
		delete(a.last, index)
	case unix.RTM_NEWLINK:
		if !carrier(flags) {
			delete(a.last, index)
		}
	}
}

// parseUserOption reads the kernel's word on one option (struct nduseroptmsg, in
// linux/rtnetlink.h), if it is the one that counts.
func parseUserOption(data []byte) (index int, said advert, ok bool) {
	const head, routerAdvertisement, attributeRouter = 16, 134, 1
	if len(data) < head || data[0] != unix.AF_INET6 || data[8] != routerAdvertisement {
		return 0, advert{}, false
	}
	length := int(binary.NativeEndian.Uint16(data[2:]))
	index = int(int32(binary.NativeEndian.Uint32(data[4:])))
	data = data[head:]
	if length > len(data) {
		return 0, advert{}, false
	}
	attributes, err := netlink.UnmarshalAttributes(data[length:])
	if err != nil {
		return 0, advert{}, false
	}
	for _, attribute := range attributes {
		if attribute.Type == attributeRouter {
			said.router, _ = netip.AddrFromSlice(attribute.Data)
		}
	}
	said.uri = captivePortal(data[:length])
	return index, said, said.router.IsValid() && isAPI(said.uri)
}

// captivePortal finds the option among others: type, length in units of 8 octets,
// and a URI with zeros behind it (RFC 4861, section 4.6).
func captivePortal(options []byte) string {
	for len(options) >= 2 {
		length := 8 * int(options[1])
		if length == 0 || length > len(options) {
			return ""
		}
		if options[0] == optionCaptivePortal {
			return string(bytes.TrimRight(options[2:length], "\x00"))
		}
		options = options[length:]
	}
	return ""
}
