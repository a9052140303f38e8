package agent

import (
	"context"
	"errors"
	"fmt"

	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// Why a request cannot be taken.
var (
	// ErrNoAssociation says that an interface has no network to log in to or off from.
	ErrNoAssociation = errors.New("no network is joined there")
	// ErrNotLoggedIn says that no helper logged in: the network is open, or the user did it by hand.
	ErrNotLoggedIn = errors.New("no helper has logged in to it")
)

// Login asks for a login on the interface, or on every one when it is empty. It
// returns when the request is taken, not when it is done: see [Agent.Listen].
func (a *Agent) Login(ctx context.Context, iface string) error {
	return a.request(ctx, iface, event{kind: eventLogin, cause: Cause{CauseLogin, "login requested"}})
}

// Logoff asks to log off and to leave the network alone until Login.
func (a *Agent) Logoff(ctx context.Context, iface string) error {
	return a.request(ctx, iface, event{kind: eventLogoff, cause: Cause{CauseLogoff, "logoff requested"}})
}

// Suspect says that the verdict on an interface, or on every one when it is empty, may
// not hold any more. It is probed again, unless nobody wants it to be.
func (a *Agent) Suspect(ctx context.Context, iface string, cause Cause) error {
	return a.request(ctx, iface, event{kind: eventSuspected, cause: cause})
}

func (a *Agent) request(ctx context.Context, iface string, e event) error {
	reply := make(chan error, 1)
	if !a.post(ctx, func(loop context.Context) { reply <- a.deliver(loop, iface, e) }) {
		return fmt.Errorf("ask the agent: %w", context.Cause(ctx))
	}
	return <-reply
}

func (a *Agent) deliver(ctx context.Context, iface string, e event) error {
	err := fmt.Errorf("find association of %q: %w", iface, ErrNoAssociation)
	taken := false
	for name, as := range a.associations {
		if (iface != "" && name != iface) || as.state.phase == Inactive {
			continue
		}
		if e.kind == eventSuspected {
			a.handle(ctx, as, a.unasked(as.link, e))
		} else {
			a.handle(ctx, as, e)
		}
		if e.kind == eventLogoff && as.state.phase != LoggingOff && as.state.phase != LoggedOff {
			err = fmt.Errorf("log off from the network of %s: %w", name, ErrNotLoggedIn)
			continue
		}
		taken = true
	}
	if taken {
		return nil
	}
	return err
}

// Listen has every transition told to a function, in order, until the returned
// function is called. It is called by the loop and must not block.
func (a *Agent) Listen(tell func(Transition)) (stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := a.listening
	a.listening++
	a.listeners[id] = tell
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.listeners, id)
	}
}

// Status is where the agent stands now.
func (a *Agent) Status() Status { return *a.status.Load() }

// Networks are the networks on the air, annotated.
func (a *Agent) Networks() []annotate.Network {
	settings := a.live.Load()
	list := []annotate.Network{}
	for _, h := range *a.networks.Load() {
		key := networkKey(h.Network, Link{})
		list = append(list, annotate.Annotate(h.Network, h.made, a.preference(settings, h.Network, key), a.memory.last(key)))
	}
	return list
}

// Claims asks every helper about a network: with the evidence of its portal where
// an interface has it joined and saw one, else by its name alone. Best first.
func (a *Agent) Claims(ssid wifi.SSID) []claims.Claim {
	settings := a.live.Load()
	network := wifi.Network{SSID: ssid}
	for _, h := range *a.networks.Load() {
		if h.SSID == ssid {
			network = h.Network
		}
	}
	facts := claims.NewFacts(network, nil)
	for _, as := range a.Status().Associations {
		if as.SSID == ssid && as.Phase != Inactive && as.portal != nil {
			facts = claims.NewFacts(network, as.portal)
		}
	}
	made := settings.Registry.Explain(context.Background(), facts)
	claims.Sort(made, a.preference(settings, network, networkKey(network, Link{})))
	return made
}

func (a *Agent) preference(settings *Settings, n wifi.Network, key string) claims.Preference {
	return claims.Preference{Pinned: settings.Policy(n).Helper, LastSuccess: a.memory.helper(key)}
}
