package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// seenWatch is a watch that sees one thing after the other, the last one for ever.
type seenWatch []sight

func (w *seenWatch) look(context.Context) (sight, error) {
	now := (*w)[0]
	if len(*w) > 1 {
		*w = (*w)[1:]
	}
	return now, nil
}

func (w *seenWatch) suspect(context.Context) error { return nil }
func (w *seenWatch) end()                          {}

// A window follows the network at which it was opened. One that is joined meanwhile is another one, whatever the gateway's
// address is there: the login in the window is not that network's, and that it is online says nothing of the login.
func TestAWindowIsOfOneNetwork(t *testing.T) {
	cafe := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}
	copied := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}
	wire := wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:01"}
	portal := func(n wifi.Identity) sight { return sight{verdict: probe.VerdictPortal, network: n} }
	full := func(n wifi.Identity) sight { return sight{verdict: probe.VerdictFull, network: n} }
	for name, test := range map[string]struct {
		seen  seenWatch
		keep  bool
		close time.Duration // when the window is closed; 0: not
		want  error         // nil: online
		since time.Duration // at least until it ends
	}{
		"it lets in":                                 {seen: seenWatch{portal(cafe), full(cafe)}},
		"another network, online":                    {seen: seenWatch{portal(cafe), full(wifi.Identity{SSID: "Home", Security: wifi.SecurityPersonal})}, want: errLeft},
		"another network with a portal":              {seen: seenWatch{portal(cafe), portal(wifi.Identity{SSID: "Inn", Security: wifi.SecurityOpen})}, want: errLeft},
		"a copy of the name":                         {seen: seenWatch{portal(cafe), full(copied)}, want: errLeft},
		"a wire":                                     {seen: seenWatch{portal(cafe), full(wire)}, want: errLeft},
		"another gateway of the same address":        {seen: seenWatch{portal(wire), full(wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:02"})}, want: errLeft},
		"it is not known for a moment":               {seen: seenWatch{portal(cafe), portal(wifi.Identity{}), full(cafe)}},
		"online is one that is not known":            {seen: seenWatch{portal(cafe), full(wifi.Identity{}), full(wifi.Identity{}), full(copied)}, want: errLeft},
		"it was never known, so nothing is recorded": {seen: seenWatch{portal(wifi.Identity{}), full(copied)}},
		"another network while the window says so":   {seen: seenWatch{portal(cafe), full(cafe), full(copied)}, want: errLeft},
		"another network in a window that is kept":   {seen: seenWatch{portal(cafe), full(cafe), full(cafe), full(copied)}, keep: true, want: errLeft},
		"a window that is kept":                      {seen: seenWatch{portal(cafe), full(cafe)}, keep: true, close: time.Minute, since: time.Minute},
		"another network when the window is closed":  {seen: seenWatch{portal(cafe), portal(cafe), full(copied)}, close: sightTime + 1, want: errLeft},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &signIn{app: &app{env: env{stdout: io.Discard}}, watch: &test.seen, acted: make(chan struct{}, 1), keep: test.keep}
				s.seen, _ = s.watch.look(t.Context())
				opened, began := s.seen.network, time.Now()
				s.link.Interface = "wlan0"
				ended := make(chan struct{})
				if test.close > 0 {
					time.AfterFunc(test.close, func() { close(ended) })
				}
				err := s.follow(t.Context(), ended)
				if !errors.Is(err, test.want) || s.seen.network != opened {
					t.Errorf("%v, want %v; the login would be remembered for %v", err, test.want, s.seen.network)
				}
				if now := time.Since(began); now < test.since {
					t.Errorf("it ends after %v", now)
				}
			})
		})
	}
}
