package nl80211

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// act is one action of the kernel, and the events that Run reports for it.
type act struct {
	radios  []radio // nil: as they were
	command uint8
	index   uint32
	status  uint16
	reason  uint16
	byAP    bool
	err     error // in place of a message
	want    []wifi.Event
}

func (a act) deliver(k *kernel) {
	if a.radios != nil {
		k.set(a.radios...)
	}
	if a.err != nil {
		k.notices <- delivery{err: a.err}
		return
	}
	k.notices <- delivery{messages: []genetlink.Message{message(k.t, a.command, func(e *netlink.AttributeEncoder) {
		e.Uint32(unix.NL80211_ATTR_WIPHY, 0)
		e.Uint32(unix.NL80211_ATTR_IFINDEX, a.index)
		if a.command == unix.NL80211_CMD_CONNECT {
			e.Uint16(unix.NL80211_ATTR_STATUS_CODE, a.status)
		}
		if a.reason != 0 {
			e.Uint16(unix.NL80211_ATTR_REASON_CODE, a.reason)
		}
		e.Flag(unix.NL80211_ATTR_DISCONNECTED_BY_AP, a.byAP)
	})}}
}

func scannedLobby(aborted bool) wifi.Event {
	return wifi.Event{Kind: wifi.EventScanned, Interface: "wlan0", Networks: []wifi.Network{lobbyNetwork(lobbyBSS)}, Aborted: aborted}
}

func event(kind wifi.EventKind) wifi.Event { return wifi.Event{Kind: kind, Interface: "wlan0"} }

// joined is an event of an interface that is associated with this network.
func joined(kind wifi.EventKind, network wifi.Network) wifi.Event {
	return wifi.Event{Kind: kind, Interface: "wlan0", Network: &network}
}

const (
	scanDone   = unix.NL80211_CMD_NEW_SCAN_RESULTS
	connect    = unix.NL80211_CMD_CONNECT
	disconnect = unix.NL80211_CMD_DISCONNECT
	vanish     = unix.NL80211_CMD_DEL_INTERFACE
	appear     = unix.NL80211_CMD_NEW_INTERFACE
	cqm        = unix.NL80211_CMD_NOTIFY_CQM
)

// scenario is the state of a kernel at the start, its actions, and the expected events.
type scenario struct {
	name   string
	radios []radio
	start  []wifi.Event
	acts   []act
}

func scenarios() []scenario {
	joinedRadio := []radio{radioWith(serving(lobby))}
	joinedStart := []wifi.Event{scannedLobby(false), joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}
	return []scenario{
		{"a scan of another program", []radio{radioWith(), p2p, ap}, []wifi.Event{event(wifi.EventScanned)}, []act{
			{radios: []radio{radioWith(lobby)}, command: scanDone, index: 3, want: []wifi.Event{scannedLobby(false)}},
			{command: unix.NL80211_CMD_SCAN_ABORTED, index: 3, want: []wifi.Event{scannedLobby(true)}},
			{command: unix.NL80211_CMD_SCHED_SCAN_RESULTS, index: 3, want: []wifi.Event{scannedLobby(false)}},
		}},
		{"join, kicked, rejoin", []radio{radioWith(lobby)}, []wifi.Event{scannedLobby(false)}, []act{
			{command: cqm, index: 3},
			{radios: joinedRadio, command: connect, index: 3, want: []wifi.Event{joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}},
			{
				radios: []radio{radioWith(lobby)}, command: disconnect, index: 3, reason: 2, byAP: true,
				want: []wifi.Event{{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 2, ByAP: true}},
			},
			{command: disconnect, index: 3, reason: 2},
			{radios: joinedRadio, command: connect, index: 3, want: []wifi.Event{joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}},
		}},
		{"refused", []radio{radioWith(lobby)}, []wifi.Event{scannedLobby(false)}, []act{
			{command: connect, index: 3, status: 17},
		}},
		{"a roam that the kernel calls connect", joinedRadio, joinedStart, []act{
			{radios: []radio{radioWith(lobby, serving(lobby5))}, command: connect, index: 3, want: []wifi.Event{joined(wifi.EventRoamed, lobbyNetwork(lobby5BSS))}},
			{radios: joinedRadio, command: unix.NL80211_CMD_ROAM, index: 3, want: []wifi.Event{joined(wifi.EventRoamed, lobbyNetwork(lobbyBSS))}},
			{command: connect, index: 3},
		}},
		{"another network without leaving", joinedRadio, joinedStart, []act{
			{
				radios: []radio{radioWith(serving(private))}, command: connect, index: 3,
				want: []wifi.Event{event(wifi.EventDisconnected), joined(wifi.EventConnected, wifi.Network{SSID: "caf\xe9 1", BSSs: []wifi.BSS{privateBSS}})},
			},
		}},
		{"unplugged and plugged in", joinedRadio, joinedStart, []act{
			{radios: []radio{}, command: scanDone, index: 3},
			{command: vanish, index: 3, want: []wifi.Event{event(wifi.EventDisconnected)}},
			{command: vanish, index: 3},
			{radios: []radio{radioWith(lobby)}, command: appear, index: 3, want: []wifi.Event{scannedLobby(false)}},
		}},
		{"renamed", []radio{{index: 3, mode: unix.NL80211_IFTYPE_STATION, name: "old"}}, []wifi.Event{{Kind: wifi.EventScanned, Interface: "old"}}, []act{
			{radios: []radio{radioWith(lobby)}, command: scanDone, index: 3, want: []wifi.Event{scannedLobby(false)}},
		}},
		{"no radio yet", nil, nil, []act{
			{command: scanDone, index: 3},
			{radios: []radio{radioWith(lobby)}, command: appear, index: 3, want: []wifi.Event{scannedLobby(false)}},
		}},
		{"an access point of this machine", []radio{ap}, nil, []act{
			{command: scanDone, index: 4},
			{command: appear, index: 4},
		}},
		{"messages lost", []radio{radioWith(lobby)}, []wifi.Event{scannedLobby(false)}, []act{
			{radios: joinedRadio, err: unix.ENOBUFS, want: joinedStart},
			{err: unix.ENOBUFS, want: []wifi.Event{scannedLobby(false)}},
			{radios: []radio{radioWith(lobby)}, err: unix.ENOBUFS, want: []wifi.Event{scannedLobby(false), event(wifi.EventDisconnected)}},
			{radios: joinedRadio, err: unix.ENOBUFS, want: joinedStart},
			{radios: []radio{}, err: unix.ENOBUFS, want: []wifi.Event{event(wifi.EventDisconnected)}},
		}},
		{"unplugged during the dump", []radio{{index: 3, mode: unix.NL80211_IFTYPE_STATION, name: "wlan0", scanError: unix.ENODEV}}, nil, nil},
		{"one radio refused", []radio{{index: 5, mode: unix.NL80211_IFTYPE_STATION, name: "wlan1", scanError: unix.EPERM}, radioWith(lobby)}, []wifi.Event{scannedLobby(false)}, nil},
	}
}

func TestRun(t *testing.T) {
	for _, test := range scenarios() {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKernel(t, test.radios...)
				events, stop := start(t, k)
				expect(t, "at the start", test.start, events())
				for _, act := range test.acts {
					act.deliver(k)
					synctest.Wait()
					expect(t, "", act.want, events())
				}
				stop()
			})
		})
	}
}

// start runs a radio. events returns what it has reported since the last call; stop ends
// it and checks its result.
func start(t *testing.T, k *kernel) (events func() []wifi.Event, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var got []wifi.Event
	ended := make(chan error, 1)
	go func() { ended <- k.radio().Run(ctx, func(e wifi.Event) { got = append(got, e) }) }()
	synctest.Wait()
	if diff := cmp.Diff([]uint32{scanGroup, mlmeGroup, configGroup}, k.joined); diff != "" {
		t.Errorf("multicast groups (-want +got):\n%s", diff)
	}
	events = func() []wifi.Event {
		taken := got
		got = nil
		return taken
	}
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v after cancellation, want nil", err)
		}
		if k.open != 0 {
			t.Errorf("%d sockets left open", k.open)
		}
	}
	return events, stop
}

func expect(t *testing.T, when string, want, got []wifi.Event) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events %s (-want +got):\n%s", when, diff)
	}
}

// Invariant: nothing runs when nothing happens.
func TestRunIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, radioWith(serving(lobby)))
		events, stop := start(t, k)
		events()
		requests := k.requests
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		expect(t, "in a day of silence", nil, events())
		if k.requests != requests {
			t.Errorf("%d requests in a day of silence, want none", k.requests-requests)
		}
		stop()
	})
}

func TestRunFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t)
		ended := make(chan error, 1)
		go func() { ended <- k.radio().Run(t.Context(), func(wifi.Event) {}) }()
		k.notices <- delivery{messages: []genetlink.Message{{Header: genetlink.Header{Command: connect}, Data: []byte{1}}}}
		synctest.Wait()
		k.notices <- delivery{err: unix.EIO}
		if err := <-ended; err == nil || err.Error() != "watch radios: receive events: input/output error" {
			t.Errorf("Run returned %v, want the error of the socket", err)
		}
	})
}
