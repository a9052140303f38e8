package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// helpers replaces the helpers of the running agent.
func (s *stage) helpers(entries ...plugins.Entry) {
	s.t.Helper()
	s.settings.Registry = plugins.NewRegistry(entries)
	if err := s.agent.ReloadHelpers(s.t.Context(), s.settings); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

func openNDS(t *testing.T) *pack.Pack {
	t.Helper()
	p, err := pack.Load(packs.FS(), "opennds", "built-in")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASessionStaysWithItsHelper(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.radio.Scan("wlan0", openNetwork("Cafe"))
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		requests := len(hotspot.Log())

		s.helpers()
		if as := s.association("wlan0"); as.Phase != agent.Authenticated || len(hotspot.Log()) != requests {
			t.Errorf("the helper is gone and the agent is %v; %d requests", as.Phase, len(hotspot.Log())-requests)
		}
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		if s.want("wlan0", 10*time.Second, agent.LoggedOff); !hotspot.Captive() {
			t.Error("the portal did not get the logoff")
		}
	})
}

// program is a helper that is a program of a maker.
type program struct {
	*pack.Pack

	maker maker.Maker
	ran   *[]string // versions that logged off
	name  string    // of the version
}

func (p program) Program() string    { return "/usr/bin/" + p.name }
func (p program) Maker() maker.Maker { return p.maker }

func (p program) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	*p.ran = append(*p.ran, p.name)
	return p.Pack.Logoff(ctx, job)
}

// TestASessionOfAProgram goes on with the newest program of the same maker, and with no other's.
func TestASessionOfAProgram(t *testing.T) {
	for now, want := range map[maker.Maker]string{maker.User: "new", maker.Program: "old"} {
		t.Run(want, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t)
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
				var ran []string
				p := openNDS(t)
				s.settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: program{p, maker.User, &ran, "old"}}})
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				s.helpers(plugins.Entry{Helper: program{p, now, &ran, "new"}})
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				if s.want("wlan0", 10*time.Second, agent.LoggedOff); !slices.Equal(ran, []string{want}) {
					t.Errorf("of maker %s: %q logs off, want %s", now, ran, want)
				}
			})
		})
	}
}

func TestANewHelperCountsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.settings.Registry = plugins.NewRegistry(nil)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI)
		requests := len(hotspot.Log())

		authority, err := portaltest.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		others := vendor(t, portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Authority: authority}))
		s.helpers(plugins.Entry{Helper: others})
		if as := s.association("wlan0"); as.Phase != agent.PresentingUI || len(hotspot.Log()) != requests {
			t.Errorf("a helper of other portals came and the agent is %v; %d requests", as.Phase, len(hotspot.Log())-requests)
		}
		s.helpers(plugins.Entry{Helper: others}, plugins.Entry{Helper: openNDS(t)})
		as := s.want("wlan0", 2*time.Second, agent.Authenticated)
		caused := false
		for _, step := range as.Journal {
			caused = caused || step.Cause == "the helpers changed"
		}
		if !caused {
			t.Errorf("journal: %+v", as.Journal)
		}
	})
}

func TestAPackWithAMistakeMakesRoomForTheNext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		all, err := pack.LoadAll(fstest.MapFS{
			"vendor/pack.toml": {Data: []byte(`
format = 1
name = "vendor"
version = "1.0.0"
label = "Cafe"
[[claim]]
confidence = "low"
ssid = ["Cafe"]
`)},
			"vendor/authenticate.toml": {Data: []byte("format = 1\n")},
		}, "test")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d packs: %v", len(all), err)
		}
		s := newStage(t, plugins.Entry{Helper: all[0]})
		s.settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{Helper: "vendor"} }
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		if as := s.want("wlan0", 10*time.Second, agent.Authenticated); as.Helper != "opennds" {
			t.Errorf("logged in by %q", as.Helper)
		}
		if !strings.Contains(s.log.String(), `compile flows of pack \"vendor\": test/vendor/authenticate.toml: `) {
			t.Errorf("the log does not say what is wrong:\n%s", &s.log)
		}
	})
}

// A reload counts at once, without an event of a link: what is not watched any more is
// left alone, and what is watched now gets its association.
func TestReloadChangesWhatIsWatched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		only := func(iface string) func(agent.Link) bool {
			return func(l agent.Link) bool { return l.Interface == iface }
		}
		s.settings.Watch = only("wlan0")
		dropped := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		taken := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.radio.Scan("wlan0", openNetwork("Cafe"))
		s.radio.Scan("wlan1", openNetwork("Hall"))
		s.join("wlan0", "Cafe", dropped)
		s.join("wlan1", "Hall", taken)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if n := len(s.agent.Status().Associations); n != 1 {
			t.Fatalf("%d associations, want 1", n)
		}

		s.settings.Watch = only("wlan1")
		if err := s.agent.Reload(t.Context(), s.settings); err != nil {
			t.Fatal(err)
		}
		s.want("wlan1", 10*time.Second, agent.Authenticated)
		requests := len(dropped.Log())
		time.Sleep(time.Hour)
		if n := len(s.agent.Status().Associations); n != 1 || len(dropped.Log()) != requests {
			t.Errorf("%d associations; the interface that is not watched was asked %d more times", n, len(dropped.Log())-requests)
		}
		if networks := s.agent.Networks(); len(networks) != 1 || networks[0].SSID != "Hall" {
			t.Errorf("networks: %+v", networks)
		}
	})
}

// Without settings, only links that can lead to a portal are watched.
func TestWatchDefault(t *testing.T) {
	for kind, want := range map[agent.LinkKind]bool{
		"": true, agent.KindEther: true, agent.KindWifi: true, agent.KindCellular: true,
		"tunnel": false, "bridge": false, "veth": false, "dummy": false, "loopback": false, "other": false,
	} {
		if got := agent.WatchDefault(agent.Link{Kind: kind}); got != want {
			t.Errorf("%q is watched: %t", kind, got)
		}
	}
}

func TestTunnelsAreWatchedOnRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		defer s.stop()
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.attach("tun0", hotspot)
		tunnel := agenttest.Up("tun0", hotspot.Gateway())
		tunnel.Kind = "tunnel"
		s.links.Set(tunnel)
		time.Sleep(time.Minute)
		if n := len(s.agent.Status().Associations); n != 0 || len(hotspot.Log()) > 0 {
			t.Errorf("%d associations, %d requests", n, len(hotspot.Log()))
		}
		s.settings.Watch = func(l agent.Link) bool { return l.Interface == "tun0" }
		if err := s.agent.Reload(t.Context(), s.settings); err != nil {
			t.Fatal(err)
		}
		s.want("tun0", 10*time.Second, agent.Authenticated)
	})
}

// A suspicion from outside is probed at once.
func TestSuspect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Keepalive = 24 * time.Hour
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		hotspot.Expire()
		cause := agent.Cause{Kind: "sleep", Text: "the computer woke up"}
		if err := s.agent.Suspect(t.Context(), "", cause); err != nil {
			t.Fatal(err)
		}
		s.healed("wlan0", 10*time.Second)
		as := s.association("wlan0")
		if !slices.ContainsFunc(as.Journal, func(j agent.Transition) bool { return j.CauseKind == cause.Kind && j.Cause == cause.Text }) {
			t.Errorf("journal: %+v", as.Journal)
		}
		if err := s.agent.Suspect(t.Context(), "eth9", cause); !errors.Is(err, agent.ErrNoAssociation) {
			t.Errorf("suspect an interface without a network: %v", err)
		}
	})
}
