package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/ondemand"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func (a *app) onDemandCommand() *cobra.Command {
	return group("on-demand", "Explain the rules that start and stop VPNs", `Rules in helper.toml ([[on_demand]]) start and stop tunnels by the network that is joined.
'helper status' shows the tunnels and the rules that decided.`, a.explainCommand())
}

// explainedRule is what one rule says about a network.
type explainedRule struct {
	Name   string          `json:"name"`
	Action ondemand.Action `json:"action"`
	Tunnel string          `json:"tunnel,omitempty"`
	Holds  bool            `json:"holds"`
	Misses string          `json:"misses,omitempty"` // which condition does not hold
}

// onDemandReport is what `helper on-demand explain --json` prints.
type onDemandReport struct {
	SSID    wifi.SSID         `json:"ssid"`
	Verdict probe.Verdict     `json:"verdict"`
	Rule    string            `json:"rule"` // that decides; empty: none holds
	Why     string            `json:"why"`
	Tunnels []explainedTunnel `json:"tunnels"` // of all rules
	Rules   []explainedRule   `json:"rules"`   // in the order of the file
}

// explainedTunnel is what is wanted of one tunnel.
type explainedTunnel struct {
	Tunnel string `json:"tunnel"`
	Want   string `json:"want"`
}

// described is a network as flags describe it.
type described struct {
	bssid, security, evidence, iface, kind, verdict, helper string
	domains, dns                                            []string
	metered                                                 bool
}

func (a *app) explainCommand() *cobra.Command {
	var d described
	cmd := &cobra.Command{
		Use:   "explain [SSID]",
		Short: "Show which rule decides about a network, and why",
		Long: `explain replays the rules about tunnels on a network: which conditions hold, which rule decides,
and what becomes of each tunnel. It starts and stops nothing. Without an SSID it asks the running agent
about the network that is joined now; flags then change what the agent says. With an SSID it needs no
agent: the flags describe the network.

In an SSID, write \xNN for a byte that is not printable text, and \\ for a backslash. An
empty SSID ("") is a network without a name, such as a wired one.

Exit codes: 0 a rule decides, 3 no rule holds, 1 error, 2 wrong usage.`,
		Example: `  helper on-demand explain
  helper on-demand explain "WIFI@DB" --verdict portal
  helper probe --evidence seen.json; helper on-demand explain "WIFI@DB" --evidence seen.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			situation, err := a.situation(cmd, args, d)
			if err != nil {
				return err
			}
			return a.explainOnDemand(cmd.Context(), situation)
		},
	}
	a.jsonFlag(cmd)
	flags := cmd.Flags()
	interfaceFlag(cmd, &d.iface)
	flags.StringVar(&d.bssid, "bssid", "", "`ADDRESS` of the access point")
	flags.StringVar(&d.security, "security", "open", "`KIND` of the network: open, owe, wep, personal or enterprise")
	flags.StringVar(&d.kind, "type", "wifi", "`KIND` of the interface: wifi, ether or cellular")
	flags.StringVar(&d.verdict, "verdict", "full", "`VERDICT` of the probe: full, portal, limited or none")
	flags.StringVar(&d.helper, "helper", "", "`NAME` of the helper that logged in")
	flags.StringSliceVar(&d.domains, "search-domain", nil, "search `DOMAIN` of the link")
	flags.StringSliceVar(&d.dns, "dns", nil, "`ADDRESS` of a name server of the link")
	flags.BoolVar(&d.metered, "metered", false, "traffic on the link is known to cost")
	flags.StringVar(&d.evidence, "evidence", "", "use what 'helper probe --evidence' saved in `FILE`")
	return cmd
}

// situation returns what the arguments and flags describe.
func (a *app) situation(cmd *cobra.Command, args []string, d described) (s ondemand.Situation, err error) {
	isSet := cmd.Flags().Changed
	if len(args) == 0 {
		if s, err = a.joinedSituation(cmd.Context(), d.iface); err != nil {
			return s, err
		}
	} else {
		network, err := parseNetwork(args[0], d.bssid, d.security)
		if err != nil {
			return s, usage(cmd, err)
		}
		s = ondemand.Situation{Interface: d.iface, SSID: network.SSID, Type: d.kind, Verdict: probe.VerdictFull}
		isSet = func(name string) bool { return name == "security" || cmd.Flags().Changed(name) }
	}
	evidence, err := readEvidence(d.evidence)
	if err != nil {
		return s, err
	}
	if evidence != nil {
		s.Verdict, s.DNS = evidence.Verdict, evidence.Link.DNS
	}
	if err := d.apply(&s, isSet); err != nil {
		return s, usage(cmd, err)
	}
	return s, nil
}

// apply changes what the flags describe that are set.
func (d described) apply(s *ondemand.Situation, isSet func(string) bool) (err error) {
	for name, set := range map[string]func() error{
		"bssid":    func() (err error) { s.BSSID, err = wifi.ParseBSSID(d.bssid); return err },
		"security": func() (err error) { s.Security, err = wifi.ParseSecurity(d.security); return err },
		"verdict":  func() error { return s.Verdict.UnmarshalText([]byte(d.verdict)) },
		"dns": func() error {
			s.DNS = nil
			for _, text := range d.dns {
				addr, err := netip.ParseAddr(text)
				if err != nil {
					return err
				}
				s.DNS = append(s.DNS, addr)
			}
			return nil
		},
		"type":          func() error { s.Type = d.kind; return nil },
		"helper":        func() error { s.Helper = d.helper; return nil },
		"search-domain": func() error { s.SearchDomains = d.domains; return nil },
		"metered":       func() error { s.Metered = d.metered; return nil },
	} {
		if isSet(name) {
			if err := set(); err != nil {
				return fmt.Errorf("--%s: %w", name, err)
			}
		}
	}
	return nil
}

// joinedSituation asks the agent about the network that an interface has joined, or the only one.
func (a *app) joinedSituation(ctx context.Context, iface string) (s ondemand.Situation, err error) {
	err = a.withAgent(ctx, func(ctx context.Context, client *bus.Client) error {
		status, err := client.Status(ctx)
		if err != nil {
			return err
		}
		var joined []agent.Association
		for _, as := range status.Associations {
			if as.Phase != agent.Inactive && (iface == "" || as.Interface == iface) {
				joined = append(joined, as)
			}
		}
		switch len(joined) {
		case 0:
			return hinted(errors.New("find the joined network: there is none"), "name a network: helper on-demand explain SSID")
		case 1:
			s = daemon.SituationOf(joined[0])
			return nil
		default:
			return hinted(fmt.Errorf("find the joined network: there are %d", len(joined)), "choose one with --interface")
		}
	})
	return s, err
}

func (a *app) explainOnDemand(ctx context.Context, s ondemand.Situation) error {
	r, err := a.daemonEnv().OpenWithoutMemory(ctx)
	if err != nil {
		return err
	}
	decision := ondemand.Decide(r.OnDemand, s)
	report := onDemandReport{SSID: s.SSID, Verdict: s.Verdict, Why: decision.Why, Tunnels: []explainedTunnel{}, Rules: []explainedRule{}}
	for _, rule := range r.OnDemand {
		misses := rule.When.Misses(s)
		explained := explainedRule{Name: rule.Name, Action: rule.Action, Holds: misses == "", Misses: misses}
		if rule.Action != ondemand.Ignore {
			explained.Tunnel = rule.Tunnel.String()
		}
		report.Rules = append(report.Rules, explained)
	}
	if decision.Rule != nil {
		report.Rule = decision.Rule.Name
	}
	for _, wanted := range ondemand.Combine(ondemand.Tunnels(r.OnDemand), []ondemand.Decision{decision}) {
		report.Tunnels = append(report.Tunnels, explainedTunnel{wanted.Tunnel.String(), wanted.Want.String()})
	}
	if err := a.printOnDemand(report); err != nil {
		return err
	}
	if decision.Rule == nil {
		return &failure{code: exitNoClaim}
	}
	return nil
}

func (a *app) printOnDemand(r onDemandReport) error {
	if a.asJSON {
		return a.printJSON(r)
	}
	if len(r.Rules) == 0 {
		fmt.Fprintln(a.stdout, "there are no rules: see [[on_demand]] in helper.toml")
		return nil
	}
	var rows [][]any
	for _, rule := range r.Rules {
		says := rule.Misses
		switch {
		case rule.Name == r.Rule:
			says = "decides: " + r.Why
		case rule.Holds:
			says = "holds, but one before it decides"
		}
		rows = append(rows, []any{rule.Name, string(rule.Action), orDash(rule.Tunnel), says})
	}
	a.printTable(columns("rule", "action", "tunnel", "says"), rows)
	fmt.Fprintln(a.stdout)
	for _, t := range r.Tunnels {
		fmt.Fprintf(a.stdout, "%s: %s\n", printable(t.Tunnel), wantText(t.Want))
	}
	return nil
}

// wantText says what becomes of a tunnel.
func wantText(want string) string {
	switch want {
	case ondemand.WantUp.String():
		return "started"
	case ondemand.WantDown.String():
		return "stopped, no matter who started it"
	case ondemand.WantRelease.String():
		return "stopped if a rule started it"
	case ondemand.WantLeave.String():
		return "left as it is"
	default:
		return want
	}
}

// printTunnels shows the tunnels of the rules.
func (a *app) printTunnels(reports []ondemand.Report) {
	if len(reports) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, "\non demand")
	for _, r := range reports {
		state := "down"
		switch {
		case r.Up && r.Started:
			state = "up, started by a rule"
		case r.Up:
			state = "up"
		}
		by := "no rule holds"
		if r.Rule != "" {
			by = fmt.Sprintf("rule '%s'", r.Rule)
		}
		if r.Interface != "" {
			by += " on " + r.Interface
		}
		fmt.Fprintf(a.stdout, "  %s  %s: %s (%s)\n", printable(r.Tunnel), state, printable(by), printable(r.Why))
		if r.Error != "" {
			fmt.Fprintf(a.stdout, "  %s  %s\n", printable(r.Tunnel), printable(r.Error))
		}
	}
}
