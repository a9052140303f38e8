package main

import (
	"context"
	"errors"
	"fmt"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/wifi"
)

// networkNamed returns the identity of the network of that name that is joined now, or else
// of the only one that was. A name that is not known is taken for that of a network without
// encryption, as most hotspots are.
func (a *app) networkNamed(ctx context.Context, name wifi.SSID) (wifi.Identity, error) {
	found, err := a.joinedNetworks(ctx, name)
	if err != nil {
		return wifi.Identity{}, err
	}
	if len(found) == 0 {
		r, err := a.daemonEnv().Open(ctx, a.newLogger(false))
		if err != nil {
			return wifi.Identity{}, err
		}
		found = r.Store.Identities(name)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var list []string
		for _, n := range found {
			list = append(list, describeIdentity(n))
		}
		return wifi.Identity{}, hinted(fmt.Errorf("find network '%s': it may be any of %q", name, list), "join the network first: the one that is joined counts")
	case name == "":
		return wifi.Identity{}, hinted(errors.New("find network without a name: none is known"), "join the network first")
	}
	return wifi.Identity{SSID: name, Security: wifi.SecurityOpen}, nil
}

// joinedNetworks returns the networks of that name that a running agent has joined.
func (a *app) joinedNetworks(ctx context.Context, name wifi.SSID) (found []wifi.Identity, err error) {
	err = a.withAgent(ctx, func(ctx context.Context, client *bus.Client) error {
		status, err := client.Status(ctx)
		for _, as := range status.Associations {
			if as.Phase != agent.Inactive && as.SSID == name && as.Identity.Complete() {
				found = append(found, as.Identity)
			}
		}
		return err
	})
	if errors.Is(err, bus.ErrNoBus) || errors.Is(err, bus.ErrNoAgent) {
		return nil, nil
	}
	return found, err
}

// describeIdentity names a network for people.
func describeIdentity(n wifi.Identity) string {
	switch {
	case n.Wire == "":
		return fmt.Sprintf("'%s' (%s)", n.SSID, n.Security)
	case n.SSID == "":
		return "the wire behind " + n.Gateway
	default:
		return fmt.Sprintf("'%s' (the wire behind %s)", n.SSID, n.Gateway)
	}
}
