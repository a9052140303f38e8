package daemon

import (
	"fmt"
	"net"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/strict"
	"hotspot-helper/wifi"
)

// decision is what the user decided about the networks that match an identity.
type decision struct {
	wifi.Identity // what is not known matches any

	policy agent.Policy
}

// covers reports whether the decision is for a network. One by the gateway alone is for any wire.
func (d decision) covers(n wifi.Identity) bool {
	return (d.SSID == n.SSID || d.SSID == "") &&
		(d.Security == n.Security || d.Security == wifi.SecurityUnknown) &&
		(d.Gateway == n.Gateway || d.Gateway == "")
}

// policyOf returns a function that looks up the user's decisions about a network: of several the
// first one that names more than the SSID. Owner returns whose helper of a name is meant.
func policyOf(config configs.Config, owner func(name string) maker.Maker) (func(wifi.Identity) agent.Policy, error) {
	var exact, byName []decision
	seen := map[wifi.Identity]bool{}
	var mistakes strict.Mistakes
	for i, own := range config.Networks {
		id, key, err := identityOf(own)
		if err == nil && seen[id] {
			key, err = "ssid", fmt.Errorf("%q is there twice", id.SSID)
		}
		if err != nil {
			mistakes = append(mistakes, config.Mistake(err.Error(), "network", i, key))
			continue
		}
		seen[id] = true
		d := decision{id, agent.Policy{Helper: own.Helper, NoLogin: own.NoLogin, LogoffOnExit: own.LogoffOnExit}}
		if own.Helper != "" {
			d.policy.Maker = owner(own.Helper)
		}
		if id == (wifi.Identity{SSID: id.SSID}) {
			byName = append(byName, d)
			continue
		}
		d.policy.Identified = true
		exact = append(exact, d)
	}
	decisions := append(exact, byName...)
	return func(n wifi.Identity) agent.Policy {
		for _, d := range decisions {
			if d.covers(n) {
				return d.policy
			}
		}
		return agent.Policy{LogoffOnExit: config.LogoffOnExit}
	}, mistakes.Err()
}

// identityOf returns what a table of the configuration says about the identity of its network. The
// name is compared as bytes, because a configuration may write the same one in several ways. With
// an error it returns the key that is wrong.
func identityOf(own configs.Network) (id wifi.Identity, key string, err error) {
	if id.SSID, err = wifi.ParseSSID(own.SSID); err != nil {
		return id, "ssid", err
	}
	if own.Security != "" {
		id.Security, err = wifi.ParseSecurity(own.Security)
		if err == nil && id.Security == wifi.SecurityUnknown {
			err = fmt.Errorf("security %q matches nothing", own.Security)
		}
		if err != nil {
			return id, "security", err
		}
	}
	if own.Gateway != "" {
		mac, err := net.ParseMAC(own.Gateway)
		if err != nil {
			return id, "gateway", err
		}
		id.Gateway = mac.String()
	}
	return id, "", nil
}

// pinned returns whose helper the configuration means by a name. It decides like
// [Env.configured], and once for all: a maker who comes later does not get the pin.
func (r *Runtime) pinned(e Env, name string) maker.Maker {
	now := r.ownerOf(e, name)
	if owner, err := e.configured(r.Config, maker.ID{Helper: name, Maker: now}); err == nil {
		return owner
	}
	return now
}
