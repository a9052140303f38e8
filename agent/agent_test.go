package agent_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

// lockedLog is a log that a test may read while the agent writes to it.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// String returns what was written so far.
func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// stage is one machine with a simulated radio and simulated links, and an agent on it.
type stage struct {
	t         *testing.T
	hotspots  map[string]*portaltest.Hotspot // by interface
	rewired   sync.Mutex                     // guards wires while the agent runs
	wires     map[string]http.RoundTripper   // by interface, instead of those of the hotspots
	links     agenttest.Links
	radio     *wifitest.Radio
	memory    string
	settings  agent.Settings
	log       lockedLog
	record    func(string, http.RoundTripper) agent.Recording
	requested bool
	macs      func(agent.Link) []string
	watcher   agent.LinkWatcher           // instead of links
	radios    []agent.Radio               // besides radio
	path      func(agent.Path) agent.Path // changes each path; nil: none
	// blockWrites makes the store wait before it writes; nil: it does not.
	blockWrites <-chan struct{}

	agent *agent.Agent
	quit  func() // begins the end of the agent
	stop  func()
	end   func() error // waits until it ends by itself
}

// endpoints are few and plain, so that a test's request log is short.
func endpoints() []probe.Endpoint {
	return []probe.Endpoint{
		{Name: "one", Operator: "one", URL: "http://one.test/204", Status: http.StatusNoContent},
		{Name: "two", Operator: "two", URL: "http://two.test/204", Status: http.StatusNoContent},
	}
}

func internet() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

// agreesToTerms is a user who agrees to all terms.
func agreesToTerms(plugins.Helper, wifi.Identity) (consent.Given, error) {
	return consent.Given{Terms: consent.Always}, nil
}

func newStage(t *testing.T, extra ...plugins.Entry) *stage {
	t.Helper()
	all, err := pack.LoadAll(packs.FS(), "built in")
	if err != nil {
		t.Fatal(err)
	}
	var entries []plugins.Entry
	for _, p := range all {
		entries = append(entries, plugins.Entry{Helper: p})
	}
	entries = append(entries, extra...)
	return &stage{
		t:        t,
		hotspots: map[string]*portaltest.Hotspot{},
		wires:    map[string]http.RoundTripper{},
		radio:    wifitest.New(),
		memory:   filepath.Join(t.TempDir(), "memory.json"),
		settings: agent.Settings{Registry: plugins.NewRegistry(entries), Endpoints: endpoints(), Keepalive: time.Minute, Consent: agreesToTerms},
	}
}

// rewire replaces the wire of an interface while the agent runs.
func (s *stage) rewire(iface string, wire http.RoundTripper) {
	s.rewired.Lock()
	defer s.rewired.Unlock()
	s.wires[iface] = wire
}

func (s *stage) wireOf(iface string) http.RoundTripper {
	s.rewired.Lock()
	defer s.rewired.Unlock()
	if wire := s.wires[iface]; wire != nil {
		return wire
	}
	return s.hotspots[iface].Transport()
}

// attach puts a hotspot behind an interface. The agent may be running.
func (s *stage) attach(iface string, h *portaltest.Hotspot) {
	s.rewired.Lock()
	defer s.rewired.Unlock()
	s.hotspots[iface] = h
}

// start runs the agent in the present bubble.
func (s *stage) start() {
	s.t.Helper()
	logger := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	memory, err := agent.OpenStore(s.memory, logger)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.blockWrites != nil {
		memory.BlockWrites(s.blockWrites)
	}
	s.agent, err = agent.New(agent.Config{
		Requested: s.requested, GatewayMACs: s.macs, Links: cmp.Or[agent.LinkWatcher](s.watcher, &s.links), Radios: append(s.radios, s.radio), Store: memory, Logger: logger, Settings: s.settings, Record: s.record,
		Dial: func(l agent.Link, _ probe.Family) agent.Path {
			path := agenttest.Path(s.wireOf(l.Interface))
			if s.path != nil {
				path = s.path(path)
			}
			return path
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.agent.Listen(func(t agent.Transition) {
		for _, as := range s.agent.Status().Associations {
			if as.Interface == t.Interface && (as.Phase != t.To || len(as.Journal) == 0) {
				s.t.Errorf("a transition to %v is announced, the status is %v", t.To, as.Phase)
			}
		}
	})
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error)
	s.quit = cancel
	go func() { done <- s.agent.Run(ctx) }()
	s.end = func() error {
		defer cancel()
		return <-done
	}
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("run agent: %v", err)
		}
	}
}

// openNetwork is a network without encryption, as most hotspots are.
func openNetwork(ssid wifi.SSID) wifi.Network {
	return wifi.Network{SSID: ssid, BSSs: []wifi.BSS{{Security: wifi.SecurityOpen}}}
}

// join makes an interface join a network of that name behind the hotspot.
func (s *stage) join(iface string, ssid wifi.SSID, h *portaltest.Hotspot) {
	s.attach(iface, h)
	link := agenttest.Up(iface, h.Gateway())
	if ssid != "" {
		link.Kind = agent.KindWifi
		s.radio.Join(iface, openNetwork(ssid))
	}
	s.links.Set(link)
}

func (s *stage) association(iface string) agent.Association {
	for _, as := range s.agent.Status().Associations {
		if as.Interface == iface {
			return as
		}
	}
	return agent.Association{}
}

// want waits until all is quiet or some time passed, and checks the phase.
func (s *stage) want(iface string, within time.Duration, phase agent.Phase) agent.Association {
	s.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		synctest.Wait()
		as := s.association(iface)
		if as.Phase == phase {
			return as
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is %v after %v, want %v; hotspot: %v\nclaims: %+v\n%s", iface, as.Phase, within, phase, s.hotspots[iface], as.Claims, &s.log)
		}
	}
}

// healed waits until the portal has let the agent in again.
func (s *stage) healed(iface string, within time.Duration) {
	s.t.Helper()
	for deadline := time.Now().Add(within); s.hotspots[iface].Captive(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is captive after %v; hotspot: %v\n%s", iface, within, s.hotspots[iface], &s.log)
		}
	}
	s.want(iface, 10*time.Second, agent.Authenticated)
}

func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

func TestOneNetworkFromScanToLogoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()

		s.radio.Scan("wlan0", openNetwork("TestNet"), openNetwork("Home"))
		synctest.Wait()
		if got := len(s.agent.Networks()); got != 2 {
			t.Fatalf("%d networks are shown, want 2", got)
		}
		s.join("wlan0", "TestNet", hotspot)
		as := s.want("wlan0", 10*time.Second, agent.Authenticated)
		if as.Helper != "opennds" || as.Verdict != probe.VerdictFull || hotspot.Captive() {
			t.Fatalf("got %+v", as)
		}
		if as.NextCheck == nil {
			t.Fatal("no keepalive is armed")
		}

		hotspot.Expire()
		s.healed("wlan0", 2*time.Minute)

		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.LoggedOff)
		requests := len(hotspot.Log())
		time.Sleep(24 * time.Hour)
		if s.want("wlan0", 0, agent.LoggedOff); !hotspot.Captive() || len(hotspot.Log()) != requests {
			t.Errorf("logged off, but something was sent")
		}

		// What is begun for a caller does not end with the caller.
		caller, leave := context.WithCancel(t.Context())
		if err := s.agent.Login(caller, "wlan0"); err != nil {
			t.Fatal(err)
		}
		leave()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		for _, n := range s.agent.Networks() {
			if n.SSID == "TestNet" && (n.Last == nil || n.Last.Outcome != "logged-in" || n.Last.Helper != "opennds") {
				t.Errorf("last outcome: %+v", n.Last)
			}
		}
	})
}

func TestSignalsOfLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Keepalive = 24 * time.Hour
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)

		// The access point disconnects the station; it comes back.
		hotspot.Deauth()
		s.radio.Kick("wlan0", 2)
		if as := s.want("wlan0", time.Second, agent.Inactive); as.Verdict != probe.VerdictNone || as.Reason != "not associated" {
			t.Errorf("disconnected: verdict %v because %q", as.Verdict, as.Reason)
		}
		s.radio.Join("wlan0", openNetwork("TestNet"))
		s.healed("wlan0", 10*time.Second)

		// The station roams, and the other access point does not know it.
		hotspot.Deauth()
		s.radio.Join("wlan0", openNetwork("TestNet"))
		s.healed("wlan0", 10*time.Second)

		// The interface is pulled out and put back.
		s.links.Remove("wlan0")
		synctest.Wait()
		if n := len(s.agent.Status().Associations); n != 0 {
			t.Fatalf("%d associations without an interface", n)
		}
		hotspot.Deauth()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}

func TestNameServersArriveLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		hotspot.SetUp(false) // without name servers nothing answers
		s.start()
		defer s.stop()
		s.join("eth0", "", hotspot)
		time.Sleep(time.Minute)
		s.want("eth0", 0, agent.Evaluating)
		hotspot.SetUp(true)
		link := agenttest.Up("eth0", hotspot.Gateway())
		link.DNS = []netip.Addr{hotspot.Gateway()}
		s.links.Set(link)
		s.want("eth0", time.Second, agent.Authenticated)
	})
}

func TestDeadGatewayAndBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("eth0", "", hotspot)
		s.want("eth0", 10*time.Second, agent.Authenticated)
		hotspot.SetUp(false)
		as := s.want("eth0", 2*time.Minute, agent.Maintaining)
		time.Sleep(30 * time.Second)
		if as = s.association("eth0"); as.Verdict != probe.VerdictLimited || as.NextCheck == nil {
			t.Errorf("gateway dead: %+v", as)
		}
		hotspot.Deauth()
		hotspot.SetUp(true)
		s.healed("eth0", 5*time.Minute)
	})
}

func TestTwoInterfacesAreIndependent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		captive := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		open := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", captive)
		s.join("eth0", "", open)
		s.want("eth0", 10*time.Second, agent.Authenticated)
		as := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		if as.Helper != "" || !strings.Contains(as.Why, "no helper claims") || as.PortalURL == "" {
			t.Errorf("unclaimed portal: %+v", as)
		}
	})
}

func TestOpenNDSMailNeedsInputs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		inputs := map[string]string{}
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			value, ok := inputs[input]
			return portal.Plain(value), ok, nil
		}
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDSMail, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		as := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		if last := as.Journal[len(as.Journal)-1]; last.Cause != "authenticate of opennds: needs-user, Name" {
			t.Errorf("the cause should say which input is missing: %q", last.Cause)
		}
		want := &agent.Need{Kind: agent.NeedInput, Helper: "opennds", Network: "TestNet", Input: "name", URL: as.PortalURL}
		if diff := gocmp.Diff(want, as.Need); diff != "" {
			t.Error(diff)
		}
		maps.Copy(inputs, map[string]string{"name": "Ada", "email": "ada@example.org"})
		if err := s.agent.Reload(t.Context(), s.settings); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}

// vendor loads the pack that the hotspot's vendor would ship.
func vendor(t *testing.T, h *portaltest.Hotspot) *pack.Pack {
	t.Helper()
	files, err := h.Pack("vendor", "Cafe")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(files, "vendor", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRefusedCredentialsAreNotTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		authority, err := portaltest.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
		s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
		pin := "wrong-secret-pin"
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			if input == "pin" {
				return portal.Secret(pin), true, nil
			}
			return portal.Plain("ada"), true, nil
		}
		s.start()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		posts := func() int {
			n := 0
			for _, r := range hotspot.Log() {
				if r.Method == http.MethodPost {
					n++
				}
			}
			return n
		}
		tried := posts()

		// Not by itself: not in hours, not on joining again, not after a restart.
		time.Sleep(3 * time.Hour)
		s.radio.Kick("wlan0", 2)
		synctest.Wait()
		s.radio.Join("wlan0", openNetwork("Cafe"))
		s.want("wlan0", 10*time.Second, agent.Failed)
		s.stop()
		s.start()
		defer func() { s.stop() }()
		as := s.want("wlan0", 10*time.Second, agent.Failed)
		if posts() != tried {
			t.Fatalf("the credentials went out %d times", posts())
		}
		if cause := as.Journal[len(as.Journal)-1].Cause; !strings.Contains(cause, "refused") {
			t.Errorf("cause: %q", cause)
		}

		// Only when the user asks.
		pin = "2718"
		if err := s.agent.Login(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if strings.Contains(s.log.String(), "wrong-secret-pin") || strings.Contains(s.log.String(), "2718") {
			t.Error("a secret is in the log")
		}
	})
}

func TestADayOfKeepalive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Keepalive = 0 // the default
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Session: time.Hour, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		before := time.Now()
		time.Sleep(24 * time.Hour)
		s.healed("wlan0", 6*time.Minute)
		checks, logins := 0, 0
		for _, r := range hotspot.Log() {
			if r.Host == "one.test" || r.Host == "two.test" { // one at a time while online
				checks++
			}
			if slices.Contains(r.Fields, "landing") {
				logins++
			}
		}
		if logins < 22 || logins > 25 {
			t.Errorf("%d logins in %v of sessions of an hour", logins, time.Since(before))
		}
		if checks < 24*12 || checks > 24*12*3/2 {
			t.Errorf("%d checks in a day at one in five minutes", checks)
		}
	})
}

func TestPolicies(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
		s.settings.Policy = func(n wifi.Identity) agent.Policy {
			return map[wifi.SSID]agent.Policy{"Work": {NoLogin: true}, "Cafe": {NoLogin: true, Why: "a logoff was requested"}}[n.SSID]
		}
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Work", hotspot)
		as := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		if !strings.Contains(as.Why, "turned off") || !hotspot.Captive() {
			t.Errorf("why: %q", as.Why)
		}
		s.join("wlan1", "Cafe", hotspot)
		if as := s.want("wlan1", 10*time.Second, agent.PresentingUI); as.Why != "a logoff was requested" {
			t.Errorf("why: %q", as.Why)
		}
		if err := s.agent.Logoff(t.Context(), "eth9"); err == nil {
			t.Error("logging off without a network is no error")
		}
	})
}

func TestClickThrough(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
				hotspot := portaltest.New(portaltest.Options{Seed: seed + 1, Kind: portaltest.KindClick, Internet: internet()})
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 30*time.Second, agent.Authenticated)
			})
		})
	}
}
