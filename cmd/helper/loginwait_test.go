package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// busyFor answers 503 for the pages of a portal until a time.
type busyFor struct {
	http.RoundTripper

	until time.Time
}

func (b busyFor) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Port() != "2050" || time.Now().After(b.until) {
		return b.RoundTripper.RoundTrip(r)
	}
	header := http.Header{"Retry-After": {"20"}}
	return &http.Response{StatusCode: http.StatusServiceUnavailable, ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: io.NopCloser(strings.NewReader("busy")), Request: r}, nil
}

// A login goes on where the gateway is only busy, and ends with the reason where it does not heal.
func TestALoginWaitsForABusyGateway(t *testing.T) {
	for name, test := range map[string]struct {
		serial time.Duration
		busy   time.Duration
		mute   bool
		phase  agent.Phase // empty: it ends without a result
		within time.Duration
	}{
		"one after the other": {serial: 3 * time.Second, phase: agent.Authenticated, within: time.Minute},
		"busy for 15 s":       {busy: 15 * time.Second, phase: agent.Authenticated, within: time.Minute},
		"busy for good":       {busy: time.Hour, phase: agent.Deferred, within: 75 * time.Second},
		"never answers":       {mute: true, within: 75 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				options := portaltest.Options{Seed: 1, Kind: portaltest.KindOpenNDS, Internet: probetest.Internet(), Serial: test.serial}
				if test.mute {
					options.Fault = portaltest.FaultMute
				}
				hotspot := portaltest.New(options)
				own, end := ownAgentAt(t, hotspot, busyFor{hotspot.Transport(), time.Now().Add(test.busy)})
				defer func() {
					if err := end(); err != nil {
						t.Error(err)
					}
				}()
				a := &app{env: env{stderr: io.Discard}}
				began := time.Now()
				r := a.loginRequest(sessionOptions{}, began)
				changes, err := own.Subscribe(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				as, err := a.await(t.Context(), own, changes, "wlan0", answerTime, r.done)
				if took := time.Since(began); took > test.within || as.Phase != test.phase || (err != nil) != test.mute {
					t.Errorf("after %v: %v, %v", took, as.Phase, err)
				}
				if test.mute && !strings.Contains(err.Error(), "nothing comes back") {
					t.Errorf("no reason: %v", err)
				}
			})
		})
	}
}

// ownAgentAt is an agent of this process, asked for a login on wlan0.
func ownAgentAt(t *testing.T, hotspot *portaltest.Hotspot, wire http.RoundTripper) (own *ownAgent, end func() error) {
	t.Helper()
	all, err := pack.LoadAll(packs.FS(), "built in")
	if err != nil {
		t.Fatal(err)
	}
	var entries []plugins.Entry
	for _, p := range all {
		entries = append(entries, plugins.Entry{Helper: p})
	}
	endpoints, err := probe.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	endpoints = slices.DeleteFunc(endpoints, func(e probe.Endpoint) bool { return strings.HasPrefix(e.URL, "https:") })
	logger := slog.New(slog.DiscardHandler)
	store, err := agent.OpenStore(filepath.Join(t.TempDir(), "memory.json"), logger)
	if err != nil {
		t.Fatal(err)
	}
	links := &agenttest.Links{}
	links.Set(agenttest.Up("wlan0", hotspot.Gateway()))
	ag, err := agent.New(agent.Config{
		Requested: true, Links: links, Store: store, Logger: logger,
		Settings: agent.Settings{
			Registry: plugins.NewRegistry(entries), Endpoints: endpoints, Keepalive: time.Minute,
			Consent: func(plugins.Helper, wifi.Identity) (consent.Given, error) {
				return consent.Given{Terms: consent.Always}, nil
			},
		},
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(wire) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return startOwn(context.WithoutCancel(t.Context()), ag, true)
}
