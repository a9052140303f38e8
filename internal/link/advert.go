package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// groupUserOptions is the multicast group of options of router advertisements that the
// kernel does not process (RTNLGRP_ND_USEROPT), as a bit like RTMGRP_*.
const groupUserOptions = 1 << (unix.RTNLGRP_ND_USEROPT - 1)

// optionCaptivePortal is the option of a router advertisement that names the API (RFC 8910, section 2.3).
const optionCaptivePortal = 37

// advert is a captive portal API that a router has advertised.
type advert struct {
	router netip.Addr
	uri    string
}

// adverts stores the captive portal API that a router advertised last on each link,
// because the kernel only passes it on. The zero value is empty.
type adverts struct {
	mu   sync.Mutex
	last map[int]advert // by index of the interface
}

// of returns the URI that a default router of the link has advertised. The router of a
// network that the interface has left is not a default router.
func (a *adverts) of(s State) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.last[s.Index]
	if !ok || !slices.Contains(s.Gateways, last.router) {
		return "", errors.New("no default router of the link has advertised one")
	}
	return last.uri, nil
}

// take reads the kernel's events. It reports whether they may have changed a link: most
// routers repeat an advertisement every few minutes.
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
		if index, last, ok := parseUserOption(event.Data); ok && a.last[index] != last {
			if a.last == nil {
				a.last = map[int]advert{}
			}
			a.last[index] = last
			changed = true
		}
	}
	return changed
}

// forget removes the advertisement of a link that is removed or has lost its carrier,
// because the next network may be another one.
func (a *adverts) forget(event netlink.Message) {
	var link rtnetlink.LinkMessage
	head := event.Data[:min(len(event.Data), unix.SizeofIfInfomsg)]
	if err := link.UnmarshalBinary(head); err != nil {
		return
	}
	if event.Header.Type == unix.RTM_DELLINK || event.Header.Type == unix.RTM_NEWLINK && !carrier(link.Flags) {
		delete(a.last, int(link.Index))
	}
}

// parseUserOption reads the message about one option (struct nduseroptmsg, in
// linux/rtnetlink.h), if it has a captive portal API.
func parseUserOption(data []byte) (index int, found advert, ok bool) {
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
			found.router, _ = netip.AddrFromSlice(attribute.Data)
		}
	}
	found.uri = captivePortal(data[:length])
	return index, found, found.router.IsValid() && isAPI(found.uri)
}

// captivePortal finds the option among others: type, length in units of 8 bytes, and a URI
// that is padded with zeros (RFC 4861, section 4.6).
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
