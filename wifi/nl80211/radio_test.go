package nl80211

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/genetlink/genltest"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// Elements of beacons, in the order of hostapd.
var (
	rates   = "\x01\x08\x82\x84\x8b\x96\x0c\x12\x18\x24"
	rsnPSK  = "\x30\x14\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x02\x00\x00"
	rsnOWE  = "\x30\x14\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x12\xc0\x00"
	hidden  = "\x00\x05\x00\x00\x00\x00\x00"
	wlan0   = radio{index: 3, mode: unix.NL80211_IFTYPE_STATION, name: "wlan0"}
	lobby   = bss{bssid: mac(0x10), frequency: 2412, mbm: -4550, capability: 0x401, elements: []byte("\x00\x05Lobby" + rates)}
	lobby5  = bss{bssid: mac(0x11), frequency: 5180, mbm: -6000, capability: 0x401, elements: []byte("\x00\x05Lobby" + rates)}
	private = bss{bssid: mac(0x20), frequency: 2437, mbm: -3000, capability: 0x411, elements: []byte("\x00\x06caf\xe9 1" + rates + rsnPSK)}
	unnamed = bss{bssid: mac(0x30), frequency: 2462, mbm: -5000, capability: 0x401, elements: []byte(hidden + rates)}
	p2p     = radio{mode: unix.NL80211_IFTYPE_P2P_DEVICE}
	ap      = radio{index: 4, mode: unix.NL80211_IFTYPE_AP, name: "ap0"}
)

func mac(last byte) [6]byte { return [6]byte{2, 0, 0, 0, 1, last} }

// radioWith returns the interface wlan0 with this scan list.
func radioWith(scanned ...bss) radio {
	r := wlan0
	r.scanned = scanned
	return r
}

// serving marks the access point of the association.
func serving(b bss) bss {
	b.associated = true
	return b
}

func lobbyNetwork(bsss ...wifi.BSS) wifi.Network {
	return wifi.Network{SSID: "Lobby", BSSs: bsss}
}

func joinedLobby(bsss ...wifi.BSS) *wifi.Network {
	n := lobbyNetwork(bsss...)
	return &n
}

var (
	lobbyBSS   = wifi.BSS{BSSID: mac(0x10), Frequency: 2412, Signal: -45, Security: wifi.SecurityOpen}
	lobby5BSS  = wifi.BSS{BSSID: mac(0x11), Frequency: 5180, Signal: -60, Security: wifi.SecurityOpen}
	privateBSS = wifi.BSS{BSSID: mac(0x20), Frequency: 2437, Signal: -30, Security: wifi.SecurityPersonal}
)

func TestInterfaces(t *testing.T) {
	k := newKernel(t, p2p, wlan0, ap)
	all, err := k.radio().stations()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range all {
		got = append(got, s.Name)
	}
	if diff := cmp.Diff([]string{"wlan0"}, got); diff != "" {
		t.Errorf("interfaces (-want +got):\n%s", diff)
	}
	if k.open != 0 {
		t.Errorf("%d sockets left open", k.open)
	}
}

func TestNetworks(t *testing.T) {
	k := newKernel(t, radioWith(lobby5, lobby, private, unnamed))
	v, err := k.radio().readStation(3)
	if err != nil {
		t.Fatal(err)
	}
	want := []wifi.Network{
		{SSID: "caf\xe9 1", BSSs: []wifi.BSS{privateBSS}},
		lobbyNetwork(lobbyBSS, lobby5BSS),
	}
	if diff := cmp.Diff(want, v.scanned); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
	if k.open != 0 {
		t.Errorf("%d sockets left open", k.open)
	}
}

func TestJoined(t *testing.T) {
	hiddenJoin := radioWith(lobby, serving(unnamed))
	hiddenJoin.ssid = "Staff"
	namelessLobby, torn, unitless := unnamed, lobby, lobby
	namelessLobby.bssid = lobby.bssid
	torn.torn, torn.elements = true, slices.Concat(torn.elements, []byte{0x30, 0x14, 1})
	unitless.unitless = true
	tests := []struct {
		name  string
		radio radio
		want  *wifi.Network
		err   error
	}{
		{"only the serving access point", radioWith(lobby, serving(lobby5)), joinedLobby(lobby5BSS), nil},
		{"hidden, with the SSID that was requested", hiddenJoin, &wifi.Network{
			SSID: "Staff",
			BSSs: []wifi.BSS{{BSSID: mac(0x30), Frequency: 2462, Signal: -50, Security: wifi.SecurityOpen}},
		}, nil},
		{"not associated", radioWith(lobby), nil, nil},
		{"empty scan list", radioWith(), nil, nil},
		{"no such radio", radio{index: 9, mode: unix.NL80211_IFTYPE_STATION, name: "wlan1"}, nil, fs.ErrNotExist},
		{"unplugged during the reading", radio{index: 3, mode: unix.NL80211_IFTYPE_STATION, name: "wlan0", scanError: unix.ENODEV}, nil, fs.ErrNotExist},
		{"hidden, and listed with its SSID since it answered", radioWith(namelessLobby, serving(lobby)), joinedLobby(lobbyBSS), nil},
		{"elements that the library cannot read", radioWith(serving(torn)), joinedLobby(wifi.BSS{BSSID: mac(0x10), Security: wifi.SecurityOpen}), nil},
		{"a signal that the library cannot read", radioWith(private, serving(unitless)), joinedLobby(wifi.BSS{BSSID: mac(0x10), Security: wifi.SecurityOpen}), nil},
		{"refused by the kernel", radio{index: 3, mode: unix.NL80211_IFTYPE_STATION, name: "wlan0", scanError: unix.EPERM}, nil, fs.ErrPermission},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newKernel(t, test.radio)
			v, err := k.radio().readStation(3)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, v.joined); diff != "" {
				t.Errorf("joined (-want +got):\n%s", diff)
			}
			if k.open != 0 {
				t.Errorf("%d sockets left open", k.open)
			}
		})
	}
}

func TestNoNL80211(t *testing.T) {
	noFamily := func(errno unix.Errno) *Radio {
		return &Radio{
			connector: func() (client, error) { return nil, os.NewSyscallError("receive", errno) },
			dial: func() (conn, error) {
				return &fakeConn{Conn: genltest.Dial(func(genetlink.Message, netlink.Message) ([]genetlink.Message, error) {
					return nil, genltest.Error(int(errno))
				}), kernel: &kernel{}, closed: make(chan struct{})}, nil
			},
		}
	}
	noSocket := func(errno unix.Errno) *Radio {
		err := os.NewSyscallError("socket", errno)
		return &Radio{
			connector: func() (client, error) { return nil, err },
			dial:      func() (conn, error) { return nil, err },
		}
	}
	radios := map[string]*Radio{
		"no family":  noFamily(unix.ENOENT),
		"no netlink": noSocket(unix.EPROTONOSUPPORT),
		"sandboxed":  noSocket(unix.EAFNOSUPPORT),
	}
	for name, r := range radios {
		t.Run(name, func(t *testing.T) {
			if err := r.Run(t.Context(), func(wifi.Event) {}); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Run returned %v, want fs.ErrNotExist", err)
			}
			if _, err := r.readStation(3); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("readStation returned %v, want fs.ErrNotExist", err)
			}
		})
	}
	refused := noFamily(unix.EPERM)
	if err := refused.Run(t.Context(), func(wifi.Event) {}); errors.Is(err, fs.ErrNotExist) || err == nil {
		t.Errorf("Run returned %v, want an error that is not fs.ErrNotExist", err)
	}
	if _, err := refused.readStation(3); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("readStation returned %v, want fs.ErrPermission", err)
	}
}
