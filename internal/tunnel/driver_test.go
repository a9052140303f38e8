package tunnel

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotspot-helper/ondemand"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// on is a link that has joined a network.
func on(ssid wifi.SSID, v probe.Verdict) []ondemand.Situation {
	return []ondemand.Situation{{Interface: "wlan0", Network: "wifi/open/" + string(ssid), SSID: ssid, Verdict: v}}
}

// again joins the network again.
func again(links []ondemand.Situation) []ondemand.Situation {
	links[0].Joined = links[0].Joined.Add(time.Hour)
	return links
}

// step is one call of Apply, and what it leaves.
type step struct {
	links   []ondemand.Situation
	meddle  func() // before it
	did     string // of all steps so far
	up      bool
	started bool
	failed  string
}

func check(t *testing.T, d *Driver, rules []ondemand.Rule, did func() string, steps []step) {
	t.Helper()
	for i, s := range steps {
		if s.meddle != nil {
			s.meddle()
		}
		reports := d.Apply(t.Context(), rules, s.links)
		if len(reports) != 1 {
			t.Fatalf("step %d: reports %+v", i, reports)
		}
		r := reports[0]
		if got := did(); got != s.did || r.Up != s.up || r.Started != s.started || !strings.Contains(r.Error, s.failed) || (r.Error == "") != (s.failed == "") {
			t.Errorf("step %d: did %q, %+v; want %q, up %t, started %t, error %q", i, got, r, s.did, s.up, s.started, s.failed)
		}
	}
}

func rulesFor(tunnel ondemand.Tunnel, hold bool) []ondemand.Rule {
	return []ondemand.Rule{
		{Name: "home", When: ondemand.Condition{SSID: []wifi.SSID{"Home"}}, Action: ondemand.Disconnect, Tunnel: tunnel},
		{Name: "office", When: ondemand.Condition{SSID: []wifi.SSID{"Office"}}, Action: ondemand.Ignore},
		{Name: "cafes", When: ondemand.Condition{NotSSID: []wifi.SSID{"Friend"}}, Action: ondemand.Connect, Tunnel: tunnel, Hold: hold},
	}
}

const full, portal, limited = probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited

// TestDriverOfConnections runs against a real bus.
func TestDriverOfConnections(t *testing.T) {
	t.Parallel()
	m, client := playManager(t, profiles()...)
	user := connection{client, "work"} // who starts and stops it by hand
	byHand := func(act func() error) func() {
		return func() {
			t.Helper()
			if err := act(); err != nil {
				t.Fatal(err)
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.called = nil
		}
	}
	up := byHand(func() error { _, err := user.start(t.Context()); return err })
	down := byHand(func() error { return user.stop(t.Context()) })
	check(t, &Driver{Bus: client}, rulesFor(ondemand.Tunnel{Connection: "work"}, false), m.did, []step{
		{links: nil},
		{links: on("Cafe", probe.VerdictUnknown)},
		{links: on("Cafe", portal)},
		{links: on("Cafe", full), did: "up", up: true, started: true},
		{links: on("Cafe", full), did: "up", up: true, started: true},
		{links: on("Cafe", limited), did: "up", up: true, started: true},
		{links: on("Cafe", full), did: "up", up: true, started: true},
		{links: on("Cafe", portal), did: "up down"},
		{links: on("Cafe", full), did: "up down up", up: true, started: true},
		{links: on("Friend", full), did: "up down up down"}, // no rule holds
		{links: on("Cafe", full), did: "up down up down up", up: true, started: true},
		{links: on("Office", full), did: "up down up down up", up: true, started: true}, // it is ignored there
		{links: on("Home", full), did: "up down up down up down"},

		// What the user started is stopped by name alone.
		{meddle: up, links: on("Cafe", full), up: true},
		{links: on("Cafe", portal), up: true},
		{links: on("Friend", full), up: true},
		{links: on("Home", limited), did: "down"},

		// What the user stops stays down until another decision.
		{links: on("Cafe", full), did: "down up", up: true, started: true},
		{meddle: down, links: on("Cafe", full)},
		{links: on("Bar", full), did: "up", up: true, started: true},

		// What the user started again is not the rule's any more.
		{meddle: func() { down(); up() }, links: on("Friend", full), up: true},
		{meddle: down, links: on("Home", full)},

		// The same network is another one when it is joined again.
		{links: on("Cafe", full), did: "up", up: true, started: true},
		{meddle: down, links: on("Cafe", full)},
		{links: again(on("Cafe", full)), did: "up", up: true, started: true},

		// What fails is tried again at the next verdict.
		{links: on("Home", full), did: "up down"},
		{meddle: func() { m.behave(denied(), 0, false) }, links: on("Cafe", full), did: "up down up", failed: "refuses it to this user"},
		{meddle: func() { m.behave(nil, 0, false) }, links: on("Cafe", full), did: "up down up up", up: true, started: true},
	})
}

// A tunnel that is held stays up on a portal.
// The user stops what a rule started, and starts it again by hand: that start is his, and a portal stops it no more.
func TestDriverNoticesAStop(t *testing.T) {
	t.Parallel()
	up := filepath.Join(t.TempDir(), "up")
	tunnel := ondemand.Tunnel{Up: []string{"touch", up}, Down: []string{"rm", up}, IsUp: []string{"test", "-e", up}}
	stopIt := func() {
		if err := os.Remove(up); err != nil {
			t.Fatal(err)
		}
	}
	startIt := func() {
		if err := os.WriteFile(up, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &Driver{Getenv: os.Getenv}
	check(t, d, rulesFor(tunnel, false), func() string { return "" }, []step{
		{links: on("Cafe", full), up: true, started: true},
		{links: on("Cafe", limited), up: true, started: true},
		{links: on("Cafe", limited), meddle: stopIt},
		{links: on("Cafe", portal), meddle: startIt},
		{links: on("Cafe", full), up: true},
	})
	if _, err := os.Stat(up); err != nil {
		t.Errorf("what the user started is down: %v", err)
	}
}

func TestDriverHolds(t *testing.T) {
	t.Parallel()
	m, client := playManager(t, profiles()...)
	check(t, &Driver{Bus: client}, rulesFor(ondemand.Tunnel{Connection: "work"}, true), m.did, []step{
		{links: on("Cafe", portal)},
		{links: on("Cafe", full), did: "up", up: true, started: true},
		{links: on("Cafe", portal), did: "up", up: true, started: true},
	})
}

// What a rule started is remembered after a restart, within the boot; a file that others could have
// written is not read; a rule that is gone does not keep its tunnel.
func TestDriverRemembers(t *testing.T) {
	t.Parallel()
	tunnel, flag := switchable(t)
	did := func() string {
		data, err := os.ReadFile(flag + ".log")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(data)), " ")
	}
	memory := Memory{filepath.Join(t.TempDir(), "on-demand.json")}
	rules := rulesFor(tunnel, false)
	check(t, &Driver{Started: memory}, rules, did, []step{{links: on("Cafe", full), did: "up", up: true, started: true}})
	data, err := os.ReadFile(memory.Path)
	if err != nil || strings.Contains(string(data), flag) {
		t.Errorf("remembered %q, %v", data, err)
	}
	check(t, &Driver{Started: memory}, rules, did, []step{{links: on("Friend", full), did: "up down"}})
	check(t, &Driver{Started: memory}, rules, did, []step{{links: on("Cafe", full), did: "up down up", up: true, started: true}})
	for name, spoil := range map[string]func() error{
		"of others": func() error { return os.Chmod(memory.Path, 0o666) },
		"of another boot": func() error {
			return os.WriteFile(memory.Path, []byte(strings.Replace(string(data), bootID(), "x", 1)), 0o600)
		},
		"none": func() error { return os.Remove(memory.Path) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		d := &Driver{Started: memory}
		d.prepare()
		if s := d.stateOf(tunnel); s.report.Started {
			t.Errorf("%s: started by a rule", name)
		}
		if err := errors.Join(os.WriteFile(memory.Path, data, 0o600), os.Chmod(memory.Path, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	d := &Driver{Started: memory}
	d.Apply(t.Context(), rules, on("Cafe", full))
	if reports := d.Apply(t.Context(), rules[:2], on("Office", full)); len(reports) != 1 || !reports[0].Started {
		t.Errorf("ignored: %+v", reports)
	}
	if reports := d.Apply(t.Context(), nil, on("Cafe", full)); did() != "up down up down" || len(reports) != 1 || reports[0].Up {
		t.Errorf("without its rule: %+v, did %q", reports, did())
	}
}

// Each decision is one line of the log.
func TestDriverLogs(t *testing.T) {
	t.Parallel()
	tunnel, _ := switchable(t)
	var log bytes.Buffer
	d := &Driver{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	for _, v := range []probe.Verdict{portal, full, full, full, limited, limited, full} {
		d.Apply(t.Context(), rulesFor(tunnel, false), on("Cafe", v))
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	want := []string{`did="not touched: no rule started it"`, "did=started rule=cafes interface=wlan0", `did="left as it is"`, `did="done before"`}
	if len(lines) != len(want) {
		t.Fatalf("%d lines:\n%s", len(lines), log.String())
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %q, want %q", lines[i], want[i])
		}
	}
}
