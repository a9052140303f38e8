package link

import (
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

func linkEvent(kind netlink.HeaderType, index byte, flags uint32) netlink.Message {
	data := make([]byte, unix.SizeofIfInfomsg)
	data[4] = index
	data[8], data[9], data[10] = byte(flags), byte(flags>>8), byte(flags>>16)
	return netlink.Message{Header: netlink.Header{Type: kind}, Data: data}
}

func TestAdverts(t *testing.T) {
	const down = unix.IFF_UP
	first := userOption(3, "fe80::1", optionCaptivePortal, routerAPI)
	tests := []struct {
		name    string
		events  []netlink.Message
		want    string
		changed bool // by the last event
	}{
		{"one", []netlink.Message{first}, routerAPI, true},
		{"repeated", []netlink.Message{first, first}, routerAPI, false},
		{"a new one", []netlink.Message{first, userOption(3, "fe80::1", optionCaptivePortal, leaseAPI)}, leaseAPI, true},
		{"of another link", []netlink.Message{userOption(4, "fe80::1", optionCaptivePortal, routerAPI)}, "", true},
		{"another option", []netlink.Message{first, userOption(3, "fe80::1", 25, "https://dns.test/")}, routerAPI, false},
		{"no URI", []netlink.Message{first, userOption(3, "fe80::1", optionCaptivePortal, "portal")}, routerAPI, false},
		{"the link goes", []netlink.Message{first, linkEvent(unix.RTM_DELLINK, 3, running)}, "", true},
		{"the link loses its carrier", []netlink.Message{first, linkEvent(unix.RTM_NEWLINK, 3, down)}, "", true},
		{"the link changes otherwise", []netlink.Message{first, linkEvent(unix.RTM_NEWLINK, 3, running)}, routerAPI, true},
		{"another link goes", []netlink.Message{first, linkEvent(unix.RTM_DELLINK, 4, running)}, routerAPI, true},
		{"a link event truncated", []netlink.Message{first, {Header: netlink.Header{Type: unix.RTM_DELLINK}, Data: make([]byte, 8)}}, routerAPI, true},
		{"an option truncated", []netlink.Message{first, {Header: first.Header, Data: first.Data[:20]}}, routerAPI, false},
		{"no router", []netlink.Message{{Header: first.Header, Data: first.Data[:len(first.Data)-20]}}, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var a adverts
			changed := false
			for _, event := range test.events {
				changed = a.take([]netlink.Message{event})
			}
			got, err := a.of(State{Index: 3, Gateways: ips("fe80::1")})
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("advertised %q, %v; want %q", got, err, test.want)
			}
			if changed != test.changed {
				t.Errorf("changed: %t, want %t", changed, test.changed)
			}
		})
	}
	if !new(adverts).take(nil) {
		t.Error("lost messages are no change")
	}
}

func TestCaptivePortalAmongOthers(t *testing.T) {
	const mtu = "\x05\x01\x00\x00\x00\x00\x05\xdc"
	tests := map[string]string{
		mtu + "\x25\x02http://a.test\x00": "http://a.test",
		"\x25\x02http://a.testx" + mtu:    "http://a.testx",
		mtu:                               "",
		mtu + "\x25\x00http://a.test\x00": "", // a length of zero would not end
		mtu + "\x25\x03http://a.test\x00": "", // longer than the message
		"\x25":                            "",
	}
	for options, want := range tests {
		if got := captivePortal([]byte(options)); got != want {
			t.Errorf("captive portal of %q is %q, want %q", options, got, want)
		}
	}
}

// FuzzUserOption reads messages of any bytes.
func FuzzUserOption(f *testing.F) {
	f.Add(userOption(3, "fe80::1", optionCaptivePortal, routerAPI).Data)
	f.Add(userOption(3, "fe80::1", 25, "x").Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, found, ok := parseUserOption(data)
		if ok && (!isAPI(found.uri) || !found.router.IsValid()) {
			t.Errorf("%x is read as %+v", data, found)
		}
		for _, kind := range []netlink.HeaderType{unix.RTM_NEWNDUSEROPT, unix.RTM_NEWLINK, unix.RTM_DELLINK} {
			new(adverts).take([]netlink.Message{{Header: netlink.Header{Type: kind}, Data: data}})
		}
	})
}
