package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

// The simulated networks of the demo.
const (
	demoInterface = "demo0"
	demoSSID      = wifi.SSID("Cafe Lumen")
	demoUser      = "ada"
	demoPIN       = "2718"
	demoVoucher   = "WX7Y-2026"
	demoKeepalive = time.Second
	demoTime      = 30 * time.Second // bounds the demo
)

func (a *app) demoCommand() *cobra.Command {
	o := portalOptions{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a hotspot session from scan to logoff, simulated",
		Long: `demo simulates a scan and a captive portal on loopback for the same agent that 'helper
run' runs, and shows what happens: networks with labels, the claims, the login step by
step, a keepalive, a login after the session expired, the logoff, and a login that a
person does once and that is remembered. It needs no root, no radio and no network, and
takes a few seconds.

With --portal it simulates a hotspot of that kind on a port of this computer instead.
Try a pack on it ('helper pack run DIR --against ADDRESS'), or a browser with that port
as its proxy. It prints each request until Ctrl-C. --portal random chooses a kind; the
same --seed gives the same kind and the same random values. A portal of your own is a
web server on this computer, without TLS: --portal-server says where, --portal-url the
page of it that clients are sent to, with the host that they see. The kinds:

` + portalKinds() + `
Exit codes: 0 everything happened as shown, or stopped by Ctrl-C, 1 something did not
happen, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.kind != "" || o.url != "" || o.server != "" {
				return a.servePortal(cmd.Context(), o)
			}
			if cmd.Flags().Changed("listen") {
				return usage(cmd, errors.New("use --listen: want --portal, too"))
			}
			return a.demo(cmd.Context(), o.seed)
		},
	}
	cmd.Flags().Uint64Var(&o.seed, "seed", 0, "simulate the hotspot of this `NUMBER` again (default: a new one)")
	cmd.Flags().StringVar(&o.kind, "portal", "", "simulate a portal of this `KIND` for packs and browsers")
	cmd.Flags().StringVar(&o.url, "portal-url", "", "simulate a hotspot whose portal is your own, at this `URL`")
	cmd.Flags().StringVar(&o.server, "portal-server", "", "the own portal is served at this `ADDRESS` of this computer")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "listen on this `ADDRESS` of this computer")
	return cmd
}

// stage is a simulated computer and hotspot, and the agent on the computer.
type stage struct {
	*app

	hotspot *portaltest.Hotspot
	address netip.AddrPort  // where it listens
	wire    *http.Transport // leads there
	radio   *wifitest.Radio
	links   agenttest.Links
	agent   *agent.Agent
	changes <-chan agent.Transition
	shown   int // lines of the portal's request log printed so far
}

func (a *app) demo(ctx context.Context, seed uint64) error {
	ctx, stop := context.WithTimeout(ctx, demoTime)
	defer stop()
	s, err := a.newStage(portaltest.KindCredentials, seed)
	if err != nil {
		return err
	}
	settings, err := s.settings()
	if err != nil {
		return err
	}
	running, err := s.start(ctx, settings)
	if err != nil {
		return err
	}
	a.headline("A simulated hotspot on %s, which asks for %s: seed %d", s.address, s.hotspot.Kind().Asks(), s.hotspot.Seed())
	err = s.play(ctx)
	stop()
	return errors.Join(err, <-running)
}

// newStage makes a hotspot of a kind that asks for a user and a PIN.
func (a *app) newStage(kind portaltest.Kind, seed uint64) (*stage, error) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		return nil, err
	}
	hotspot := portaltest.New(portaltest.Options{
		Seed: seed, Kind: kind, User: demoUser, PIN: demoPIN,
		Internet: probetest.Internet(), Authority: authority,
	})
	return &stage{app: a, hotspot: hotspot, radio: wifitest.New(demoInterface)}, nil
}

// start starts the hotspot until the context ends, and the agent of 'helper run' with a simulated radio, simulated
// links, and connections that lead to the hotspot, regardless of the address. The channel gets the agent's end.
func (s *stage) start(ctx context.Context, settings agent.Settings) (<-chan error, error) {
	address, hangUp, err := s.hotspot.Listen()
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = hangUp() })
	s.address, s.wire = address, s.hotspot.Transport().(*http.Transport)
	s.wire.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address.String())
	}
	s.agent, err = agent.New(agent.Config{
		Links: &s.links, Radios: []agent.Radio{s.radio}, Settings: settings,
		Dial:   func(agent.Link, probe.Family) agent.Path { return agenttest.Path(s.wire) },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	s.changes, err = (&ownAgent{Agent: s.agent}).Subscribe(ctx)
	if err != nil {
		return nil, err
	}
	running := make(chan error, 1)
	go func() { running <- s.agent.Run(ctx) }()
	return running, nil
}

func (s *stage) settings() (agent.Settings, error) {
	files, err := s.hotspot.Pack("cafe-lumen", string(demoSSID))
	if err != nil {
		return agent.Settings{}, err
	}
	vendor, err := pack.Load(files, "cafe-lumen", "demo")
	if err != nil {
		return agent.Settings{}, err
	}
	all, err := pack.LoadAll(packs.FS(), daemon.BuiltinOrigin)
	if err != nil {
		return agent.Settings{}, err
	}
	entries := []plugins.Entry{{Helper: vendor}, {Helper: builtin.ClickThrough{}}}
	for _, p := range all {
		entries = append(entries, plugins.Entry{Helper: p})
	}
	return agent.Settings{
		Registry:  plugins.NewRegistry(entries),
		Keepalive: demoKeepalive,
		Inputs:    func(_ plugins.Helper, input string) (portal.Value, bool, error) { return demoInput(input) },
	}, nil
}

// demoInput looks up what the user of the demo types.
func demoInput(name string) (portal.Value, bool, error) {
	value, ok := map[string]portal.Value{"user": portal.Plain(demoUser), "pin": portal.Secret(demoPIN)}[name]
	return value, ok, nil
}

// play runs the demo: each act fails if what it shows did not happen.
func (s *stage) play(ctx context.Context) error {
	acts := []struct {
		title string
		act   func(context.Context) error
	}{
		{"A scan: which networks are hotspots?", s.scan},
		{"Joining it: the probe finds the portal, the helper with the best claim logs in", s.join},
		{"Which helpers claimed it?", s.claims},
		{"What the portal saw of the login", s.portalLog},
		{"The keepalive checks the session", s.keepalive},
		{"The session expires, and the agent logs in again", s.expire},
		{"Logging off, and staying logged off", s.logoff},
		{"Another portal, that no helper knows: a person signs in once, then it is done by itself", s.remember},
	}
	for _, act := range acts {
		s.headline("%s", act.title)
		if err := act.act(ctx); err != nil {
			return hinted(fmt.Errorf("play %q: %w", act.title, err), "'helper demo --seed %d' simulates the same hotspot again", s.hotspot.Seed())
		}
	}
	s.headline("Everything happened as shown.")
	return nil
}

func (a *app) headline(format string, args ...any) {
	title := fmt.Sprintf(format, args...)
	if a.colour() {
		title = bold + title + normal
	}
	fmt.Fprintf(a.stdout, "\n%s\n", title)
}

func (s *stage) scan(ctx context.Context) error {
	bss := func(last byte, signal int, security wifi.Security) []wifi.BSS {
		return []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0, 0, 0, last}, Signal: signal, Frequency: 2412, Security: security}}
	}
	s.radio.Scan(demoInterface,
		wifi.Network{SSID: demoSSID, BSSs: bss(1, -41, wifi.SecurityOpen)},
		wifi.Network{SSID: "Home", BSSs: bss(2, -58, wifi.SecurityPersonal)},
		wifi.Network{SSID: "Caf\xe9 Z\xfcrich", BSSs: bss(3, -77, wifi.SecurityOpen)},
	)
	var networks []annotate.Network
	labelled := func() bool { // claims come after the scan
		networks = s.agent.Networks()
		return len(networks) == 3 && networks[0].Label != ""
	}
	if err := until(ctx, labelled); err != nil {
		return fmt.Errorf("the claim by name is missing: %w", err)
	}
	if err := s.printNetworks(networks); err != nil {
		return err
	}
	if networks[0].Label != "Cafe Lumen" || networks[0].Confidence != claims.Low {
		return fmt.Errorf("label %q: want the claim by name", networks[0].Label)
	}
	return nil
}

func (s *stage) claims(ctx context.Context) error {
	made := s.agent.Claims(ctx, demoSSID)
	_, why, ok := claims.Pick(made, claims.Preference{})
	if !ok {
		return errors.New("no helper claims the network")
	}
	return s.printClaims(claimReport{SSID: demoSSID, Why: why, Claims: made}, false)
}

func (s *stage) join(ctx context.Context) error {
	s.joinNetwork(demoSSID)
	return s.expect(ctx, agent.Evaluating, agent.Authenticating, agent.Verifying, agent.Authenticated)
}

// joinNetwork joins an open network of the hotspot.
func (s *stage) joinNetwork(ssid wifi.SSID) {
	link := agenttest.Up(demoInterface, s.hotspot.Gateway())
	link.Kind = agent.KindWifi
	s.radio.Join(demoInterface, wifi.Network{SSID: ssid, BSSs: []wifi.BSS{{Security: wifi.SecurityOpen}}})
	s.links.Set(link)
}

// portalLog prints each kind of request once, with how often it was made: how requests that run at
// once come in between each other says nothing.
func (s *stage) portalLog(context.Context) error {
	granted := false
	var lines []string
	times := map[string]int{}
	for _, r := range s.newRequests() {
		granted = granted || r.Decision == portaltest.DecisionGranted
		if isCheck(r) {
			continue
		}
		line := fmt.Sprintf("%-4s %s%s  %s", r.Method, r.Host, r.Path, s.paint(string(r.Decision), 0))
		if times[line]++; times[line] == 1 {
			lines = append(lines, line)
		}
	}
	for _, line := range lines {
		fmt.Fprintf(s.stdout, "  %2d × %s\n", times[line], line)
	}
	if !granted || s.hotspot.Captive() {
		return errors.New("the portal granted nothing")
	}
	return nil
}

// isCheck reports whether a request was for the Internet.
func isCheck(r portaltest.Request) bool {
	return r.Decision == portaltest.DecisionIntercepted || r.Decision == portaltest.DecisionInternet
}

// newRequests are the lines of the portal's log that were not printed yet.
func (s *stage) newRequests() []portaltest.Request {
	log := s.hotspot.Log()
	log, s.shown = log[s.shown:], len(log)
	return log
}

func (s *stage) keepalive(ctx context.Context) error {
	return s.expect(ctx, agent.Maintaining, agent.Authenticated)
}

func (s *stage) expire(ctx context.Context) error {
	s.hotspot.Expire()
	if err := s.expect(ctx, agent.Maintaining, agent.Authenticating, agent.Verifying, agent.Authenticated); err != nil {
		return err
	}
	if s.hotspot.Captive() {
		return errors.New("the portal is still captive")
	}
	return nil
}

func (s *stage) logoff(ctx context.Context) error {
	if err := s.agent.Logoff(ctx, demoInterface); err != nil {
		return err
	}
	if err := s.expect(ctx, agent.LoggingOff, agent.LoggedOff); err != nil {
		return err
	}
	if !s.hotspot.Captive() {
		return errors.New("the portal still lets traffic through")
	}
	time.Sleep(demoKeepalive / 4) // requests that were sent before the verdict arrive
	s.newRequests()
	select {
	case t := <-s.changes:
		return fmt.Errorf("it did not stay off: %v", t.To)
	case <-time.After(2 * demoKeepalive):
	}
	if late := s.newRequests(); len(late) > 0 {
		return fmt.Errorf("%d requests were sent after the logoff", len(late))
	}
	s.printAssociations(s.agent.Status().Associations)
	return nil
}

// expect prints transitions until these phases were entered in order.
func (s *stage) expect(ctx context.Context, phases ...agent.Phase) error {
	var seen []string
	for len(phases) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %v after %s: %w", phases[0], strings.Join(seen, ", "), context.Cause(ctx))
		case t := <-s.changes:
			fmt.Fprintf(s.stdout, "  %s %-14s %s\n", t.Time.Local().Format("15:04:05.000"), s.paintPhase(t.To), s.causeText(t))
			seen = append(seen, t.To.String())
			if t.To == phases[0] {
				phases = phases[1:]
			}
			if t.Verdict == probe.VerdictNone {
				return fmt.Errorf("the link is gone: %s", t.Cause)
			}
		}
	}
	return nil
}

// until polls a condition.
func until(ctx context.Context, holds func() bool) error {
	for !holds() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
