package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

// startBus gives the script a session bus of its own: `bus`.
func startBus(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	w.bus = bustest.New(w, os.Getenv("HELPER_REQUIRE"))
	ts.Setenv("DBUS_SESSION_BUS_ADDRESS", w.bus)
}

// joinHotspot puts an agent on the script's bus. It has the script's configuration and a
// simulated radio, and is on the network of a simulated hotspot: `hotspot credentials 'Cafe
// Lumen'`, or on one without a portal: `hotspot open Square`. With a third word, echo, the
// portal refuses everyone and echoes every secret; with the word late, it lets the client out two
// seconds after a login. The vendor's pack is in the user's
// directory. The agent logs every step to agent.log, which must be fit for people.
func joinHotspot(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	ssid, err := wifi.ParseSSID(args[1])
	ts.Check(err)
	wire := http.RoundTripper(probetest.Transport(probetest.Internet()))
	switch {
	case len(args) > 2 && args[2] == "echo":
		wire = &echo{RoundTripper: newHotspot(ts, args[0], "another").Transport()}
	case len(args) > 2 && args[2] == "late":
		hotspot := newHotspot(ts, args[0], fakeSecret)
		wire = &lateGate{RoundTripper: hotspot.Transport(), captive: hotspot.Captive}
	case args[0] != "open":
		wire = newHotspot(ts, args[0], fakeSecret).Transport()
	}
	log, err := os.Create(ts.MkAbs("agent.log"))
	ts.Check(err)
	ag, session := newPlayedAgent(ts, log, wire, ssid)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	w.stop = func() {
		stop()
		running.Wait()
	}
	ts.Defer(func() {
		w.stop()
		if err := errors.Join(unfit(ts.ReadFile("agent.log")), log.Close()); err != nil {
			w.Errorf("log of the agent: %v", err)
		}
	})
	running.Go(func() {
		if err := ag.Run(ctx); err != nil {
			w.Errorf("run the agent: %v", err)
		}
	})
	running.Go(func() {
		if err := bus.Serve(ctx, bus.Config{Address: w.bus}, ag, "test"); err != nil {
			w.Errorf("serve the agent: %v", err)
		}
	})
	running.Go(func() { _ = session.Run(ctx) }) // it returns nil
	awaitAgent(ctx, ts, w.bus)
}

// stopAgent ends the agent of the script's hotspot: `stop`.
func stopAgent(ts *testscript.TestScript, _ bool, _ []string) { worldOf(ts).stop() }

// lateGate is a hotspot whose gateway waits for its controller: after a login the checks see the
// portal for two more seconds.
type lateGate struct {
	http.RoundTripper

	captive func() bool

	mu    sync.Mutex
	opens time.Time // zero: nobody is logged in
}

func (g *lateGate) RoundTrip(r *http.Request) (*http.Response, error) {
	check := r.URL.Path == "/generate_204" || r.URL.Host == "detectportal.firefox.com" || r.URL.Host == "captive.apple.com" || r.URL.Host == "network-test.debian.org"
	if check && g.isShut() {
		header := http.Header{"Location": {"http://gateway.test/wait"}}
		return &http.Response{StatusCode: http.StatusFound, Header: header, Body: http.NoBody, Request: r}, nil
	}
	return g.RoundTripper.RoundTrip(r)
}

// isShut reports whether a client that is logged in is not let out yet.
func (g *lateGate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch captive := g.captive(); {
	case captive:
		g.opens = time.Time{}
		return false
	case g.opens.IsZero():
		g.opens = time.Now().Add(2 * time.Second)
	}
	return time.Now().Before(g.opens)
}

// newHotspot makes the same hotspot for a kind each time, and installs its vendor's pack.
func newHotspot(ts *testscript.TestScript, name, pin string) *portaltest.Hotspot {
	var kind portaltest.Kind
	ts.Check(kind.UnmarshalText([]byte(name)))
	authority, err := portaltest.NewAuthority()
	ts.Check(err)
	hotspot := portaltest.New(portaltest.Options{
		Seed: 1, Kind: kind, User: "ada", PIN: pin, Internet: probetest.Internet(), Authority: authority,
	})
	files, err := hotspot.Pack("cafe-lumen", "Cafe Lumen")
	ts.Check(err)
	ts.Check(os.CopyFS(filepath.Join(ts.Getenv("XDG_DATA_HOME"), "hotspot-helper", "packs"), files))
	return hotspot
}

func newPlayedAgent(ts *testscript.TestScript, log io.Writer, wire http.RoundTripper, ssid wifi.SSID) (*agent.Agent, *daemon.Session) {
	a := &app{env: env{getenv: ts.Getenv, stderr: log}}
	logger := a.newLogger(true)
	r, err := a.daemonEnv().Open(context.Background(), logger)
	ts.Check(err)
	const iface = "wlan0"
	network := wifi.Network{SSID: ssid, BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0, 0, 0, 1}, Signal: -41, Frequency: 2412, Security: wifi.SecurityOpen}}}
	radio := wifitest.New(iface)
	radio.Scan(iface, network)
	radio.Join(iface, network)
	links := &agenttest.Links{}
	link := agenttest.Up(iface, netip.MustParseAddr("127.0.0.1")) // that of every simulated hotspot
	link.Kind = agent.KindWifi
	links.Set(link)
	ag, err := agent.New(agent.Config{
		Links: links, Radios: []agent.Radio{radio}, Store: r.Store, Logger: logger, Settings: r.Settings, Record: r.Record,
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(wire) },
	})
	ts.Check(err)
	return ag, r.Session(a.daemonEnv(), ag, a.needCommand, logger)
}

// awaitAgent waits until the agent on the bus has settled on its network.
func awaitAgent(ctx context.Context, ts *testscript.TestScript, address string) {
	settled := func() bool {
		client, err := bus.Dial(ctx, bus.Config{Address: address})
		if err != nil {
			return false
		}
		defer client.Close()
		status, err := client.Status(ctx)
		return err == nil && len(status.Associations) == 1 && arrived(status.Associations[0].Phase)
	}
	for deadline := time.Now().Add(patience); !settled(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("the agent does not settle")
		}
	}
}

// arrived reports whether the agent has done all that it does by itself after joining.
func arrived(p agent.Phase) bool { return p.Settled() && p != agent.Inactive }
