package nl80211

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// wlan1 is another radio that is associated with the lobby.
func wlan1() radio {
	r := radioWith(serving(lobby))
	r.index, r.name = 5, "wlan1"
	return r
}

// of returns the events of one interface.
func of(iface string, events []wifi.Event) []wifi.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e wifi.Event) bool { return e.Interface != iface })
}

func TestSlowRadioDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := wlan1()
		slow.delay = 10 * time.Second
		k := newKernel(t, slow, radioWith(lobby))
		events, stop := start(t, k)
		expect(t, "at the start", []wifi.Event{scannedLobby(false)}, events())

		act{radios: []radio{slow, radioWith(serving(lobby))}, command: connect, index: 3}.deliver(k)
		synctest.Wait()
		expect(t, "while another radio is slow", []wifi.Event{joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}, events())

		time.Sleep(time.Minute)
		synctest.Wait()
		if got := of("wlan1", events()); len(got) != 2 || got[0].Kind != wifi.EventScanned || got[1].Kind != wifi.EventConnected {
			t.Errorf("events of the slow radio: %v", got)
		}
		stop()
	})
}

// A disconnection during a reading counts more than what was read.
func TestDisconnectedDuringAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := radioWith(serving(lobby))
		slow.delay = time.Second
		k := newKernel(t, radioWith(lobby))
		events, stop := start(t, k)
		events()
		act{radios: []radio{slow}, command: connect, index: 3}.deliver(k)
		act{command: disconnect, index: 3}.deliver(k)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "after a short association", nil, events())
		stop()
	})
}

func TestFailedDumpIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, wlan1(), radioWith(serving(lobby)))
		k.busy = 5
		events, stop := start(t, k)
		time.Sleep(time.Minute)
		synctest.Wait()
		got := events()
		expect(t, "of wlan0", []wifi.Event{scannedLobby(false), joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}, of("wlan0", got))
		if len(of("wlan1", got)) != 2 {
			t.Errorf("events of wlan1: %v", of("wlan1", got))
		}
		stop()
	})
}

// A dump that a change has interrupted may lack an access point.
func TestInterruptedDumpIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, radioWith(lobby))
		k.interrupted = 1
		events, stop := start(t, k)
		expect(t, "at once", nil, events())
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "later", []wifi.Event{scannedLobby(false)}, events())
		stop()
	})
}

// The kernel refuses one radio for good. It is read again only after its next notice.
func TestRetriesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := radioWith(serving(lobby))
		refused.scanError = unix.EPERM
		k := newKernel(t, refused)
		events, stop := start(t, k)
		time.Sleep(time.Minute)
		synctest.Wait()
		requests := k.requests
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if k.requests != requests {
			t.Errorf("%d requests in a day to a radio that is refused", k.requests-requests)
		}
		expect(t, "of a radio that is refused", nil, events())
		act{radios: []radio{radioWith(serving(lobby))}, command: scanDone, index: 3}.deliver(k)
		synctest.Wait()
		expect(t, "of a radio that is not refused any longer", []wifi.Event{scannedLobby(false), joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}, events())
		stop()
	})
}

// The scan list may show the association a moment after the event.
func TestLateAssociation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, radioWith(lobby))
		events, stop := start(t, k)
		events()
		act{command: connect, index: 3}.deliver(k)
		time.Sleep(50 * time.Millisecond)
		k.set(radioWith(serving(lobby)))
		time.Sleep(time.Second)
		synctest.Wait()
		expect(t, "of a late association", []wifi.Event{joined(wifi.EventConnected, lobbyNetwork(lobbyBSS))}, events())
		stop()
	})
}

func TestFailedListOfRadiosIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, radioWith(lobby))
		k.listError = unix.EBUSY
		events, stop := start(t, k)
		time.Sleep(time.Hour)
		k.set(radioWith(lobby))
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "once the radios can be listed", []wifi.Event{scannedLobby(false)}, events())
		stop()
	})
}
