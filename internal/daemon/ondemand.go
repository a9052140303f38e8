package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/tunnel"
	"hotspot-helper/ondemand"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// onDemandOf returns the rules about tunnels that a configuration has. The error is [strict.Mistakes].
func onDemandOf(config configs.Config) ([]ondemand.Rule, error) {
	var rules []ondemand.Rule
	var mistakes strict.Mistakes
	for i, w := range config.OnDemand {
		if w.Action == string(ondemand.Connect) && len(w.When.Verdict) > 0 && !slices.Contains(w.When.Verdict, probe.VerdictFull.String()) {
			mistakes = append(mistakes, config.Mistake("connects when the verdict is full, which is not among these", "on_demand", i, "when", "verdict"))
		}
		at := func(key string, j int, err error) {
			mistakes = append(mistakes, config.Mistake(err.Error(), "on_demand", i, "when", key, j))
		}
		rules = append(rules, ondemand.Rule{
			Name: w.Name, Action: ondemand.Action(w.Action), Hold: w.Hold, Tunnel: ondemand.Tunnel(w.Tunnel),
			When: ondemand.Condition{
				SSID:          parseAll("ssid", w.When.SSID, wifi.ParseSSID, at),
				NotSSID:       parseAll("not_ssid", w.When.NotSSID, wifi.ParseSSID, at),
				BSSID:         parseAll("bssid", w.When.BSSID, wifi.ParseBSSID, at),
				Security:      parseAll("security", w.When.Security, wifi.ParseSecurity, at),
				Type:          parseAll("type", w.When.Type, parseType, at),
				SearchDomains: w.When.SearchDomain,
				DNS:           parseAll("dns", w.When.DNS, parseServers, at),
				Verdict:       parseAll("verdict", w.When.Verdict, parseVerdict, at),
				Helper:        w.When.Helper,
				Metered:       w.When.Metered,
			},
		})
	}
	return rules, mistakes.Err()
}

// parseAll parses each text of a list, and reports those that cannot be.
func parseAll[T any](key string, texts []string, parse func(string) (T, error), failed func(key string, i int, err error)) []T {
	var list []T
	for i, text := range texts {
		value, err := parse(text)
		if err != nil {
			failed(key, i, err)
		}
		list = append(list, value)
	}
	return list
}

// parseType reads a kind of link.
func parseType(text string) (string, error) {
	kinds := []string{string(agent.KindWifi), string(agent.KindEther), string(agent.KindCellular), "tunnel", "bridge", "veth", "dummy", "other"}
	if !slices.Contains(kinds, text) {
		return "", fmt.Errorf("want one of %q, not %q", kinds, text)
	}
	return text, nil
}

// parseServers reads the address of a name server, or a prefix of addresses.
func parseServers(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("want an address such as 192.0.2.1, or a prefix such as 192.0.2.0/24, not %q", text)
	}
	return prefix, nil
}

func parseVerdict(text string) (v probe.Verdict, err error) {
	if err = v.UnmarshalText([]byte(text)); err == nil && v == probe.VerdictUnknown {
		err = errors.New("the verdict unknown decides nothing")
	}
	return v, err
}

// tunnels follows the rules about tunnels. It observes an agent, and is off without rules.
type tunnels struct {
	driver   tunnel.Driver
	rules    atomic.Pointer[[]ondemand.Rule]
	reloaded chan struct{} // holds one token after new rules
	reports  atomic.Pointer[[]ondemand.Report]

	seen map[string]ondemand.Situation // by interface; only run uses it
}

func newTunnels(e Env, bus tunnel.Caller, logger *slog.Logger, rules []ondemand.Rule) *tunnels {
	t := &tunnels{
		driver:   tunnel.Driver{Bus: bus, Getenv: e.Getenv, Logger: logger, Started: tunnel.Memory{Path: e.statePath("on-demand.json")}},
		reloaded: make(chan struct{}, 1),
		seen:     map[string]ondemand.Situation{},
	}
	t.replace(rules)
	return t
}

// replace replaces the rules.
func (t *tunnels) replace(rules []ondemand.Rule) {
	t.rules.Store(&rules)
	signal(t.reloaded)
}

// observed is what is known of an agent.
type observed interface {
	Status() agent.Status
	Listen(report func(agent.Transition)) (stop func())
}

// run decides after each transition, and after new rules. What it starts may take long, so it decides
// on the newest state then.
func (t *tunnels) run(ctx context.Context, ag observed) error {
	changed, stop := transitions(ag)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-t.reloaded:
		}
		if rules := *t.rules.Load(); len(rules) > 0 || t.reports.Load() != nil {
			reports := t.driver.Apply(ctx, rules, t.situations(ag.Status()))
			t.reports.Store(&reports)
		}
	}
}

// situations returns what is settled of each link that has joined a network. What is not settled is
// as it was before: a probe under way may overturn what it has reported.
func (t *tunnels) situations(status agent.Status) []ondemand.Situation {
	before := t.seen
	t.seen = map[string]ondemand.Situation{}
	for _, as := range status.Associations {
		if as.Phase == agent.Inactive {
			continue
		}
		now, was := SituationOf(as), before[as.Interface]
		if now.Joined.IsZero() { // it is older than the journal
			now.Joined = was.Joined
		}
		switch {
		case isDecided(as):
		case was.Network == now.Network && was.Joined.Equal(now.Joined):
			now = was
		default:
			now.Verdict, now.Helper = probe.VerdictUnknown, ""
		}
		t.seen[as.Interface] = now
	}
	var all []ondemand.Situation
	for _, name := range slices.Sorted(maps.Keys(t.seen)) {
		all = append(all, t.seen[name])
	}
	return all
}

// isDecided reports whether the verdict of an association is settled: the association is, or a login
// at a portal is under way.
func isDecided(as agent.Association) bool {
	switch as.Phase {
	case agent.Authenticating, agent.Verifying:
		return as.Verdict == probe.VerdictPortal
	case agent.OnRequest:
		return as.Verdict != probe.VerdictFull // that one is old
	case agent.Authenticated:
		return as.Verdict == probe.VerdictFull
	default:
		return as.Phase.Settled()
	}
}

// SituationOf returns what rules about tunnels know of an association.
func SituationOf(as agent.Association) ondemand.Situation {
	var joined time.Time
	for _, t := range as.Journal {
		if t.From == agent.Inactive {
			joined = t.Time
		}
	}
	return ondemand.Situation{
		Interface: as.Interface, Network: as.Identity.String(), Joined: joined, Type: string(as.Type), SSID: as.SSID, BSSID: as.BSSID, Security: as.Identity.Security,
		SearchDomains: as.LinkDomains(), DNS: as.DNS, Verdict: as.Verdict, Helper: as.Helper, Metered: as.Metered,
	}
}

// withTunnels is an agent whose status has the tunnels, too.
type withTunnels struct {
	*agent.Agent

	tunnels *tunnels
}

// Status adds the tunnels to that of the agent.
func (w withTunnels) Status() agent.Status {
	status := w.Agent.Status()
	if reports := w.tunnels.reports.Load(); reports != nil {
		status.OnDemand = *reports
	}
	return status
}
