package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"hotspot-helper/agent"
	"hotspot-helper/internal/browser"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins/live"
	"hotspot-helper/probe"
	"hotspot-helper/secrets"
)

// Each decision of the doctor, with the words that it has to say.
func TestFindings(t *testing.T) {
	t.Parallel()
	noService := dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"}
	noBus := error(&wire.NoListenerError{Err: errors.New("connection refused")})
	broken := errors.New("first\nsecond")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	user, system := &app{}, &app{system: true}
	link := func(name string, change func(*agent.Link)) []agent.Link {
		l := agent.Link{Kind: agent.KindWifi, Link: probe.Link{Interface: name, Carrier: true, DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/24")}}}
		if change != nil {
			change(&l)
		}
		return []agent.Link{l}
	}
	status := func(as ...agent.Association) agent.Status { return agent.Status{Associations: as} }
	evidence := func(v probe.Verdict) probe.Evidence {
		return probe.Evidence{Verdict: v, Reason: "so", Link: probe.Link{Interface: "wlan0"}}
	}
	reports := func(age time.Duration) []daemon.Report {
		return []daemon.Report{{Name: "cafe", Written: now.Add(-age)}}
	}
	for _, test := range []struct {
		got    finding
		health health
		want   string // in text or advice
	}{
		{systemBusFinding(nil, noBus), healthWarn, "cannot be reached"},
		{systemBusFinding([]string{":1.1"}, nil), healthWarn, "none of the services"},
		{systemBusFinding([]string{"org.freedesktop.resolve1", "org.freedesktop.NetworkManager"}, nil), healthOK, "NetworkManager, systemd-resolved"},

		{agentFinding(askedAgent{version: version}, nil, "E", "R"), healthOK, "running since"},
		{agentFinding(askedAgent{version: "older"}, nil, "E", "R"), healthFail, "start the new one: 'R'"},
		{agentFinding(askedAgent{}, bus.ErrNoAgent, "E", "R"), healthFail, "start it: 'E'"},
		{agentFinding(askedAgent{}, bus.ErrDenied, "E", "R"), healthWarn, bus.Group},
		{agentFinding(askedAgent{}, fmt.Errorf("x: %w", bus.ErrNoBus), "E", "R"), healthUnknown, "without a bus"},
		{agentFinding(askedAgent{}, broken, "E", "R"), healthFail, "first (and 1 more lines)"},

		{user.unitFinding(unit{"enabled", "active"}, nil), healthOK, "hotspot-helper is enabled and active"},
		{user.unitFinding(unit{"enabled", "inactive"}, nil), healthFail, "systemctl --user start hotspot-helper"},
		{user.unitFinding(unit{"enabled", "failed"}, nil), healthFail, "systemctl --user status hotspot-helper"},
		{user.unitFinding(unit{"disabled", "active"}, nil), healthFail, "systemctl --user enable --now hotspot-helper"},
		{user.unitFinding(unit{"masked", "inactive"}, nil), healthFail, "systemctl --user unmask hotspot-helper"},
		{user.unitFinding(unit{}, nil), healthWarn, "not installed"},
		{system.unitFinding(unit{"disabled", "inactive"}, nil), healthFail, "sudo systemctl enable --now hotspot-helper-system"},
		{user.unitFinding(unit{}, noService), healthUnknown, "systemd does not answer"},
		{user.unitFinding(unit{}, noBus), healthUnknown, "without a bus"},
		{user.unitFinding(unit{}, broken), healthUnknown, "cannot be asked: first"},

		{notificationsFinding([]string{"body", "actions"}, false, nil), healthOK, "with buttons"},
		{notificationsFinding([]string{"body"}, false, nil), healthWarn, "without buttons"},
		{notificationsFinding(nil, false, noService), healthWarn, "dunst"},
		{notificationsFinding(nil, true, noService), healthOK, "when it is needed"},
		{notificationsFinding(nil, false, noBus), healthUnknown, "without a bus"},
		{notificationsFinding(nil, false, broken), healthUnknown, "cannot be asked"},

		{liveFinding(2, nil, nil), healthOK, "2 live helpers are used"},
		{liveFinding(2, []confine.Shortfall{{Guarantee: live.MemoryTogether, Cause: broken}}, nil), healthOK, "can be confined, but for a limit of the memory of all"},
		{liveFinding(1, nil, broken), healthFail, "others are left out: first"},
		{liveFinding(0, []confine.Shortfall{{Guarantee: confine.NoFiles, Cause: broken}}, nil), healthWarn, "no access to files"},

		{radioFinding([]string{"wlan0", "wlan1"}, nil), healthOK, "wlan0, wlan1"},
		{radioFinding(nil, nil), healthUnknown, "no radio"},
		{radioFinding(nil, fs.ErrNotExist), healthUnknown, "no Wi-Fi"},
		{radioFinding(nil, syscall.EPERM), healthFail, "sandbox"},

		{bindingFinding(nil), healthOK, "can be bound"},
		{bindingFinding(unix.EPERM), healthFail, "Linux 5.7"},
		{bindingFinding(unix.ENODEV), healthUnknown, "lo"},

		{nameServersFinding(link("wlan0", nil), []string{"org.freedesktop.resolve1", "org.freedesktop.login1"}), healthOK, "wlan0 has 192.0.2.1 (asked: systemd-resolved)"},
		{nameServersFinding(link("wlan0", nil), []string{"org.freedesktop.login1"}), healthWarn, "from files alone"},
		{nameServersFinding(link("wlan0", func(l *agent.Link) { l.DNS = nil }), nil), healthFail, "no name server is known of wlan0"},

		{reversePathFinding(link("wlan0", nil)), healthOK, "no reverse-path filter"},
		{reversePathFinding(link("wlan0", func(l *agent.Link) { l.AnswersVia = "tun0" })), healthFail, "rp_filter=2"},

		{vpnFinding(link("wlan0", nil)), healthOK, "no tunnel"},
		{vpnFinding(link("tun0", func(l *agent.Link) { l.Kind = "tunnel" })), healthOK, "tun0 is up"},
		{vpnFinding(link("tun0", func(l *agent.Link) { l.Kind, l.Carrier = "tunnel", false })), healthOK, "no tunnel"},

		{firewallFinding(status(), bus.ErrNoAgent), healthUnknown, "--probe"},
		{firewallFinding(status(agent.Association{Interface: "wlan0"}), nil), healthUnknown, "not looked"},
		{firewallFinding(status(agent.Association{Interface: "wlan0", Verdict: probe.VerdictFull}), nil), healthOK, "leave"},
		{firewallFinding(status(agent.Association{Interface: "wlan0", Verdict: probe.VerdictLimited, Obstacle: "local-firewall"}), nil), healthFail, "kill switch"},
		{firewallFinding(status(agent.Association{Interface: "wlan0", Verdict: probe.VerdictPortal, Obstacle: "certificate-expired"}), nil), healthOK, "leave"},

		{connectivityFinding([]probe.Evidence{evidence(probe.VerdictFull)}), healthOK, "wlan0: full, so"},
		{connectivityFinding([]probe.Evidence{evidence(probe.VerdictFull), evidence(probe.VerdictPortal)}), healthWarn, "helper login"},
		{connectivityFinding([]probe.Evidence{evidence(probe.VerdictLimited), evidence(probe.VerdictPortal)}), healthFail, "helper probe -v"},
		{connectivityFinding([]probe.Evidence{{Verdict: probe.VerdictLimited, LocalObstacle: "local-firewall"}}), healthFail, "kill switch"},

		{packsFinding(67, nil), healthOK, "67 packs"},
		{packsFinding(67, broken), healthFail, "helper pack lint"},

		{keyringFinding(false, nil), healthOK, "unlocked"},
		{keyringFinding(false, secrets.ErrLocked), healthWarn, "unlock it"},
		{keyringFinding(false, fmt.Errorf("x: %w", secrets.ErrNoKeyring)), healthWarn, "--file"},
		{keyringFinding(true, secrets.ErrNoKeyring), healthOK, "in a file"},
		{keyringFinding(false, broken), healthFail, "cannot be used"},

		{browserFinding(browser.Browser{Name: "firefox", Program: "/usr/bin/firefox"}, true, nil), healthOK, "starts firefox (/usr/bin/firefox)"},
		{browserFinding(browser.Browser{Name: "firefox"}, false, nil), healthUnknown, "no screen"},
		{browserFinding(browser.Browser{}, true, browser.ErrNone), healthWarn, "install one"},

		{clockFinding(now, now.Add(-time.Hour), true), healthOK, "synchronised"},
		{clockFinding(now, time.Time{}, false), healthWarn, "timedatectl"},
		{clockFinding(now, now.Add(time.Hour), true), healthFail, "before this program was made"},

		{reportsFinding(nil, nil, now), healthOK, "no login has failed"},
		{reportsFinding(reports(time.Hour), nil, now), healthWarn, "1 failed logins are reported, the last one cafe"},
		{reportsFinding(reports(recentTime+time.Hour), nil, now), healthOK, "the last one cafe"},
		{reportsFinding(nil, broken, now), healthFail, "cannot be read"},
	} {
		if test.got.Health != test.health || !strings.Contains(test.got.Text+" "+test.got.Advice, test.want) {
			t.Errorf("got %+v, want %s, %q", test.got, test.health, test.want)
		}
		if test.got.ID != "" || test.got.Text == "" || strings.Contains(test.got.Text, "\n") {
			t.Errorf("not one sentence: %+v", test.got)
		}
	}
}

// A check that hangs is left behind, and delays no other.
func TestExamineAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hung := make(chan struct{})
		defer close(hung)
		findings := examineAll(t.Context(), []examination{
			{id: "hangs", look: func(context.Context) finding { <-hung; return finding{} }},
			{id: "fast", look: func(context.Context) finding { return isOK("fine") }},
			{id: "obeys", look: func(ctx context.Context) finding { <-ctx.Done(); return isUnknown("it was silent") }},
		})
		for i, want := range []finding{
			{ID: "hangs", Health: healthUnknown, Text: "there was no answer within 2s"},
			{ID: "fast", Health: healthOK, Text: "fine"},
			{ID: "obeys", Health: healthUnknown, Text: "it was silent"},
		} {
			if findings[i] != want {
				t.Errorf("got %+v, want %+v", findings[i], want)
			}
		}
	})
}

// examined runs the checks with an environment.
func examined(t *testing.T, environment map[string]string, configFile string) map[string]finding {
	t.Helper()
	a, _ := newPrinter(false, environment)
	a.configFile = configFile
	found := map[string]finding{}
	for _, f := range examineAll(t.Context(), a.examinations(false)) {
		found[f.ID] = f
	}
	return found
}

// Buses that accept connections and say nothing, and a pipe in place of the configuration: every check ends.
func TestDoctorWhereNothingAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "bus")
	silent, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pipe := filepath.Join(dir, "helper.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	address := "unix:path=" + socket
	found := examined(t, map[string]string{"HOME": dir, "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}, pipe)
	for id, want := range map[string]health{
		"configuration": healthFail, "packs": healthUnknown, "bus": healthFail, "system-bus": healthWarn, "agent": healthFail,
		"unit": healthUnknown, "notifications": healthUnknown, "keyring": healthWarn, "firewall": healthUnknown,
	} {
		if found[id].Health != want {
			t.Errorf("%s: got %+v, want %s", id, found[id], want)
		}
	}
	if !strings.Contains(found["configuration"].Text, "not a regular file") {
		t.Errorf("configuration: %+v", found["configuration"])
	}
}

// manager is systemd, as far as the doctor asks it.
type manager struct{ file, active string }

func (m manager) GetUnitFileState(name string) (string, *dbus.Error) {
	if m.file == "" {
		return "", dbus.NewError("org.freedesktop.DBus.Error.FileNotFound", []any{"no such file"})
	}
	return m.file, nil
}

func (m manager) LoadUnit(name string) (dbus.ObjectPath, *dbus.Error) {
	return dbus.ObjectPath("/org/freedesktop/systemd1/unit/" + strings.NewReplacer("-", "_", ".", "_").Replace(name)), nil
}

// Get is that of the unit's properties.
func (m manager) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(m.active), nil
}

// notifier shows notifications, with buttons.
type notifier struct{}

func (notifier) GetCapabilities() ([]string, *dbus.Error) { return []string{"actions"}, nil }

// The services of a desktop, on a real bus.
func TestDoctorOnABus(t *testing.T) {
	t.Parallel()
	address := bustest.New(t, os.Getenv("HELPER_REQUIRE"))
	environment := map[string]string{"HOME": t.TempDir(), "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
	found := examined(t, environment, "")
	if found["bus"].Health != healthOK || found["agent"].Health != healthFail || !strings.Contains(found["unit"].Text, "systemd does not answer") {
		t.Errorf("an empty bus: %+v", found)
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	systemd := manager{"enabled", "active"}
	for _, exported := range []struct {
		object      any
		path, iface string
	}{
		{systemd, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"},
		{systemd, "/org/freedesktop/systemd1/unit/hotspot_helper_service", "org.freedesktop.DBus.Properties"},
		{notifier{}, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"},
	} {
		if err := conn.Export(exported.object, dbus.ObjectPath(exported.path), exported.iface); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"org.freedesktop.systemd1", "org.freedesktop.Notifications", "org.freedesktop.login1"} {
		if _, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
	}
	found = examined(t, environment, "")
	for id, want := range map[string]string{
		"unit": "enabled and active", "notifications": "with buttons", "system-bus": "with logind", "keyring": "no keyring",
	} {
		if !strings.Contains(found[id].Text, want) {
			t.Errorf("%s: got %+v, want %q", id, found[id], want)
		}
	}
}
