package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/internal/strict"
	"hotspot-helper/ondemand"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

// scripted is a tunnel of real scripts, which is up while a file exists. It logs what it does there.
func scripted(t *testing.T) (tunnel ondemand.Tunnel, isUp func() bool, did func() string) {
	t.Helper()
	dir := t.TempDir()
	flag := filepath.Join(dir, "is-up")
	command := func(name, body string) []string {
		path := filepath.Join(dir, name)
		filetest.WriteProgram(t, path, []byte("#!/bin/sh\n"+body+"\n"))
		return []string{path, flag}
	}
	tunnel = ondemand.Tunnel{Up: command("up", `printf 'up ' >>"$1.log"; : >"$1"`), Down: command("down", `printf 'down ' >>"$1.log"; rm "$1"`), IsUp: command("check", `test -e "$1"`)}
	isUp = func() bool { _, err := os.Stat(flag); return err == nil }
	did = func() string {
		data, err := os.ReadFile(flag + ".log")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
	return tunnel, isUp, did
}

// traveller is an agent of a laptop, with rules about tunnels.
type traveller struct {
	*testing.T

	links   agenttest.Links
	radio   *wifitest.Radio
	wire    http.RoundTripper // of the network that is joined
	agent   *agent.Agent
	tunnels *tunnels
	log     journal
}

// travel runs an agent in the present bubble until the returned function is called.
func travel(t *testing.T, rules []ondemand.Rule) (tr *traveller, stop func()) {
	t.Helper()
	all, err := pack.LoadAll(packs.FS(), "built in")
	if err != nil {
		t.Fatal(err)
	}
	var entries []plugins.Entry
	for _, p := range all {
		entries = append(entries, plugins.Entry{Helper: p})
	}
	tr = &traveller{T: t, radio: wifitest.New()}
	tr.agent, err = agent.New(agent.Config{
		Links: &tr.links, Radios: []agent.Radio{tr.radio},
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(tr.wire) },
		Settings: agent.Settings{
			Registry: plugins.NewRegistry(entries), Keepalive: time.Minute,
			Endpoints: []probe.Endpoint{
				{Name: "one", Operator: "one", URL: "http://one.test/204", Status: http.StatusNoContent},
				{Name: "two", Operator: "two", URL: "http://two.test/204", Status: http.StatusNoContent},
			},
			Consent: func(plugins.Helper, wifi.Identity) (consent.Given, error) {
				return consent.Given{Terms: consent.Always}, nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&tr.log, nil))
	tr.tunnels = newTunnels(Env{Getenv: func(string) string { return "" }}, nil, logger, rules)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- tr.agent.Run(ctx) }()
	go func() { ended <- tr.tunnels.run(ctx, tr.agent) }()
	return tr, func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
}

// online is the Internet without a portal.
type online struct{}

func (online) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// join makes the laptop join a network.
func (tr *traveller) join(ssid wifi.SSID, security wifi.Security, gateway netip.Addr, wire http.RoundTripper) {
	tr.wire = wire
	link := agenttest.Up("wlan0", gateway)
	link.Kind = agent.KindWifi
	tr.radio.Join("wlan0", wifi.Network{SSID: ssid, BSSs: []wifi.BSS{{Security: security}}})
	tr.links.Set(link)
}

// report waits and returns the state of the only tunnel.
func (tr *traveller) report(after time.Duration) ondemand.Report {
	tr.Helper()
	time.Sleep(after)
	synctest.Wait()
	reports := tr.tunnels.reports.Load()
	if reports == nil || len(*reports) != 1 {
		tr.Fatalf("reports %v", reports)
	}
	return (*reports)[0]
}

// TestOnDemand travels: an open café with a portal, the login, the tunnel; its session ends and comes
// back; at home the tunnel is not wanted.
func TestOnDemand(t *testing.T) {
	tunnel, isUp, did := scripted(t)
	synctest.Test(t, func(t *testing.T) {
		tr, stop := travel(t, []ondemand.Rule{
			{Name: "home", When: ondemand.Condition{SSID: []wifi.SSID{"Home"}, Security: []wifi.Security{wifi.SecurityPersonal}}, Action: ondemand.Disconnect, Tunnel: tunnel},
			{Name: "cafes", When: ondemand.Condition{Security: []wifi.Security{wifi.SecurityOpen}}, Action: ondemand.Connect, Tunnel: tunnel},
		})
		defer stop()
		cafe := portaltest.New(portaltest.Options{
			Kind: portaltest.KindOpenNDS, Internet: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		})
		tr.join("Cafe", wifi.SecurityOpen, cafe.Gateway(), cafe.Transport())
		if r := tr.report(time.Minute); !r.Up || !r.Started || r.Rule != "cafes" || r.Want != "up" || r.Interface != "wlan0" || did() != "up" || !isUp() {
			t.Fatalf("after the login: %+v, did %q", r, did())
		}
		if as := tr.agent.Status().Associations[0]; as.Helper != "opennds" {
			t.Errorf("no login at the café: %+v", as)
		}
		tr.report(time.Hour)
		if did() != "up" {
			t.Errorf("an hour later it did %q", did())
		}
		cafe.Expire()
		if r := tr.report(5 * time.Minute); !r.Up || did() != "up down up" {
			t.Errorf("after the session ended: %+v, did %q", r, did())
		}
		tr.join("Home", wifi.SecurityPersonal, netip.MustParseAddr("192.168.1.1"), online{})
		if r := tr.report(time.Minute); r.Up || r.Started || r.Rule != "home" || did() != "up down up down" {
			t.Errorf("at home: %+v, did %q", r, did())
		}
		tr.join("Bar", wifi.SecurityOpen, netip.MustParseAddr("192.168.2.1"), online{})
		if r := tr.report(time.Minute); !r.Up {
			t.Errorf("at a bar: %+v", r)
		}
		tr.tunnels.replace(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		// The tunnel is reported once more, until the next transition.
		if reports := *tr.tunnels.reports.Load(); len(reports) == 1 && (reports[0].Up || reports[0].Started) || isUp() || did() != "up down up down up down" {
			t.Errorf("without rules: %+v, did %q", reports, did())
		}
		for _, want := range []string{"rule=cafes", "rule=home", "did=started", "did=stopped", `why="the network is captive: it is started after the login"`} {
			if !strings.Contains(tr.log.String(), want) {
				t.Errorf("the log has no %s:\n%s", want, tr.log.String())
			}
		}
		if n := strings.Count(tr.log.String(), `msg="on demand"`); n > 11 {
			t.Errorf("%d lines for a few decisions:\n%s", n, tr.log.String())
		}
	})
}

// TestOnDemandRules: the conditions of a file are parsed, and each mistake has its line.
func TestOnDemandRules(t *testing.T) {
	config, err := configs.Parse("f", []byte(`
[[on_demand]]
name = "office"
when = { ssid = ['Caf\xe9', "Work"], bssid = "02:00:00:00:00:01", security = ["open", "wep"], type = "wifi", dns = ["192.0.2.0/24", "2001:db8::1"], verdict = "full", metered = false }
action = "connect"
tunnel = "nm:work"
hold = true
`), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	rules, err := onDemandOf(config)
	if err != nil {
		t.Fatal(err)
	}
	no := false
	want := []ondemand.Rule{{Name: "office", Action: ondemand.Connect, Hold: true, Tunnel: ondemand.Tunnel{Connection: "work"}, When: ondemand.Condition{
		SSID: []wifi.SSID{"Caf\xe9", "Work"}, BSSID: []wifi.BSSID{{2, 0, 0, 0, 0, 1}}, Security: []wifi.Security{wifi.SecurityOpen, wifi.SecurityWEP}, Type: []string{"wifi"},
		DNS: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::1/128")}, Verdict: []probe.Verdict{probe.VerdictFull}, Metered: &no,
	}}}
	if diff := cmp.Diff(want, rules, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}

	config, err = configs.Parse("f", []byte(`[[on_demand]]
name = "odd"
action = "ignore"
[on_demand.when]
ssid = ['\x']
bssid = "02:00"
security = "wpa9"
type = "wlan"
dns = ["10.0.0.1", "server.example"]
verdict = "unknown"
[[on_demand]]
name = "never"
action = "connect"
tunnel = "nm:x"
when = { verdict = ["portal", "limited"] }
`), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	_, err = onDemandOf(config)
	var mistakes strict.Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) != 7 {
		t.Fatalf("%v, want seven mistakes", err)
	}
	for i, want := range []string{"f:5: ", "f:6: ", "f:7: ", "f:8: ", "f:9: ", "f:10: ", "f:15: "} {
		if text := strings.Split(err.Error(), "\n")[i]; !strings.HasPrefix(text, want) {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

// TestSituations: what a probe reports on the way does not count until the association is settled.
func TestSituations(t *testing.T) {
	cafe, home := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}, wifi.Identity{SSID: "Home", Security: wifi.SecurityPersonal}
	const full, portal, limited, unknown = probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited, probe.VerdictUnknown
	vpns := newTunnels(Env{Getenv: func(string) string { return "" }}, nil, slog.New(slog.DiscardHandler), nil)
	var journal []agent.Transition
	for i, step := range []struct {
		network wifi.Identity
		phase   agent.Phase
		verdict probe.Verdict
		want    probe.Verdict
	}{
		{cafe, agent.Evaluating, full, unknown}, // an early verdict
		{cafe, agent.Evaluating, portal, unknown},
		{cafe, agent.Authenticating, portal, portal},
		{cafe, agent.Verifying, full, portal},
		{cafe, agent.Authenticated, full, full},
		{cafe, agent.Maintaining, portal, full},
		{cafe, agent.Evaluating, limited, full},
		{cafe, agent.Authenticated, full, full},
		{home, agent.Evaluating, full, unknown},
		{home, agent.PresentingUI, portal, portal},
		{home, agent.LoggingOff, full, portal},
		{home, agent.LoggedOff, portal, portal},
		{cafe, agent.OnRequest, full, unknown}, // it was not asked
		{cafe, agent.Authenticated, full, full},
		{cafe, agent.Inactive, full, 0}, // it is joined again
		{cafe, agent.Evaluating, full, unknown},
		{cafe, agent.OnRequest, unknown, unknown},
	} {
		if step.phase == agent.Inactive { // too short to be seen
			journal = append(journal, agent.Transition{From: agent.Inactive, Time: time.Unix(int64(i), 0)})
			continue
		}
		all := vpns.situations(agent.Status{Associations: []agent.Association{
			{Interface: "eth0"}, {Interface: "wlan0", Identity: step.network, Phase: step.phase, Verdict: step.verdict, Journal: journal},
		}})
		if len(all) != 1 || all[0].Verdict != step.want || all[0].Network != step.network.String() {
			t.Errorf("step %d, %v with %v: %+v, want %v", i, step.phase, step.verdict, all, step.want)
		}
	}
	if all := vpns.situations(agent.Status{Associations: []agent.Association{{Interface: "wlan0", Identity: cafe}}}); len(all) != 0 {
		t.Errorf("of no network: %+v", all)
	}
}
