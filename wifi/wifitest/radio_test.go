package wifitest_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

var (
	cafe  = wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0, 0, 1, 1}, Security: wifi.SecurityOpen}}}
	cafe2 = wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0, 0, 1, 2}, Security: wifi.SecurityOpen}}}
	train = wifi.Network{SSID: "train"}
)

// scenario is what happens to a radio before and during a Run, and the expected events.
type scenario struct {
	name   string
	before func(*wifitest.Radio)
	during func(*wifitest.Radio)
	want   []wifi.Event
}

func scenarios() []scenario {
	return []scenario{
		{"empty scan list", nil, nil, []wifi.Event{{Kind: wifi.EventScanned, Interface: "wlan0"}}},
		{
			"before Run",
			func(r *wifitest.Radio) {
				r.Scan("wlan0", cafe, train)
				r.Join("wlan0", cafe)
				r.Leave("wlan0")
				r.Join("wlan0", train)
				r.Scan("wlan0", train)
			},
			nil,
			[]wifi.Event{
				{Kind: wifi.EventScanned, Interface: "wlan0", Networks: []wifi.Network{train}},
				{Kind: wifi.EventConnected, Interface: "wlan0", Network: &train},
			},
		},
		{
			"join, roam, move, leave",
			nil,
			func(r *wifitest.Radio) {
				r.Join("wlan0", cafe)
				r.Join("wlan0", cafe2)
				r.Join("wlan0", train)
				r.Leave("wlan0")
				r.Join("wlan0", cafe)
				r.Kick("wlan0", 2)
			},
			[]wifi.Event{
				{Kind: wifi.EventScanned, Interface: "wlan0"},
				{Kind: wifi.EventConnected, Interface: "wlan0", Network: &cafe},
				{Kind: wifi.EventRoamed, Interface: "wlan0", Network: &cafe2},
				{Kind: wifi.EventDisconnected, Interface: "wlan0"},
				{Kind: wifi.EventConnected, Interface: "wlan0", Network: &train},
				{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 3},
				{Kind: wifi.EventConnected, Interface: "wlan0", Network: &cafe},
				{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 2, ByAP: true},
			},
		},
		{
			"a second radio and an aborted scan",
			nil,
			func(r *wifitest.Radio) {
				r.Abort("wlan1", cafe)
				r.Play(wifi.Event{Kind: wifi.EventScanned, Interface: "wlan0", Networks: []wifi.Network{train}})
			},
			[]wifi.Event{
				{Kind: wifi.EventScanned, Interface: "wlan0"},
				{Kind: wifi.EventScanned, Interface: "wlan1", Networks: []wifi.Network{cafe}, Aborted: true},
				{Kind: wifi.EventScanned, Interface: "wlan0", Networks: []wifi.Network{train}},
			},
		},
	}
}

func TestRun(t *testing.T) {
	for _, test := range scenarios() {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := wifitest.New("wlan0")
				if test.before != nil {
					test.before(r)
				}
				ctx, cancel := context.WithCancel(t.Context())
				var got []wifi.Event
				ended := make(chan error, 1)
				go func() { ended <- r.Run(ctx, func(e wifi.Event) { got = append(got, e) }) }()
				synctest.Wait()
				if test.during != nil {
					test.during(r)
				}
				synctest.Wait()
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Run returned %v after cancellation, want nil", err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// The zero value gets an interface with the first event on its name.
func TestZeroRadio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r wifitest.Radio
		r.Scan("wlan1", cafe)
		r.Join("wlan0", train)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []wifi.Event
		go r.Run(ctx, func(e wifi.Event) { got = append(got, e) })
		synctest.Wait()
		want := []wifi.Event{
			{Kind: wifi.EventScanned, Interface: "wlan0"},
			{Kind: wifi.EventConnected, Interface: "wlan0", Network: &train},
			{Kind: wifi.EventScanned, Interface: "wlan1", Networks: []wifi.Network{cafe}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A report function may join, as a demonstration does after a scan.
func TestReportMayJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := wifitest.New("wlan0")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		connected := false
		go r.Run(ctx, func(e wifi.Event) {
			if e.Kind == wifi.EventScanned {
				r.Join("wlan0", cafe)
			}
			connected = connected || e.Kind == wifi.EventConnected
		})
		synctest.Wait()
		if !connected {
			t.Error("the join of the report function was not reported")
		}
		if err := r.Run(ctx, func(wifi.Event) {}); err == nil {
			t.Error("a second Run returned nil, want an error")
		}
	})
}
