package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

// Why a request cannot be taken.
var (
	// ErrNoAssociation says that an interface has no network to log in to or off from.
	ErrNoAssociation = errors.New("no network is joined there")
	// ErrNotLoggedIn says that no helper logged in: the network is open, or the user did it by hand.
	ErrNotLoggedIn = errors.New("no helper has logged in to it")
)

// Login asks for a login on the interface, or on every one if it is empty. It returns
// when the request is taken, not when it is done: see [Agent.Listen].
func (a *Agent) Login(ctx context.Context, iface string) error {
	return a.request(ctx, iface, event{kind: eventLogin, cause: Cause{CauseLogin, "login requested"}})
}

// Resume is Login for a user who gave what a login waited for: the kind is CauseConsent or CauseInput.
func (a *Agent) Resume(ctx context.Context, iface string, kind CauseKind) error {
	cause := Cause{kind, "consent was given"}
	switch kind {
	case CauseConsent:
	case CauseInput:
		cause.Text = "an input was given"
	default:
		return fmt.Errorf("resume a login: %q is not what one waits for", kind)
	}
	return a.request(ctx, iface, event{kind: eventLogin, cause: cause})
}

// AsksLogin reports whether the user wants to be logged in.
func (k CauseKind) AsksLogin() bool { return k == CauseLogin || k == CauseConsent || k == CauseInput }

// Logoff asks to log off and to leave the network alone until Login.
func (a *Agent) Logoff(ctx context.Context, iface string) error {
	return a.request(ctx, iface, event{kind: eventLogoff, cause: Cause{CauseLogoff, "logoff requested"}})
}

// Suspect says that the verdict on an interface, or on every one if it is empty, may not
// hold any more: it is probed again. A metered link is left alone.
func (a *Agent) Suspect(ctx context.Context, iface string, cause Cause) error {
	return a.request(ctx, iface, event{kind: eventSuspected, cause: cause})
}

func (a *Agent) request(ctx context.Context, iface string, e event) error {
	delivered := make(chan error, 1)
	act := func(loop context.Context) {
		if a.isAsleep && e.kind != eventSuspected { // who asks is awake
			a.wake(loop, e.cause.Text)
		}
		delivered <- a.deliver(loop, iface, e)
	}
	if err := a.call(ctx, act); err != nil {
		return err
	}
	return <-delivered
}

// deliver gives an event to the associations of an interface, or to all. It returns an
// error if none of them takes it.
func (a *Agent) deliver(ctx context.Context, iface string, e event) error {
	err := fmt.Errorf("find association of %q: %w", iface, ErrNoAssociation)
	taken := false
	for name, as := range a.associations {
		if (iface != "" && name != iface) || as.state.phase == Inactive {
			continue
		}
		if e.kind == eventSuspected {
			a.suspect(ctx, as, e.cause)
		} else {
			e.claimed = e.kind == eventLogoff && (as.findings.portal != nil || a.isClaimed(as.network.SSID))
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

// isClaimed reports whether a helper claims a scanned network by its name.
func (a *Agent) isClaimed(ssid wifi.SSID) bool {
	return slices.ContainsFunc(*a.networks.Load(), func(n scanEntry) bool {
		return n.SSID == ssid && slices.ContainsFunc(n.claims, func(c claims.Claim) bool { return c.Confidence > claims.None })
	})
}

// Ping returns when the loop has answered: [Agent.Status] then shows what was posted before.
func (a *Agent) Ping(ctx context.Context) error {
	return a.call(ctx, func(context.Context) {})
}

// Status returns the state of all associations.
func (a *Agent) Status() Status { return *a.status.Load() }

// Helper returns the helper of that name that is in use.
func (a *Agent) Helper(name string) (plugins.Helper, error) {
	return a.live.Load().Registry.Helper(name)
}

// Networks returns the scanned networks, annotated.
func (a *Agent) Networks() []annotate.Network {
	settings := a.live.Load()
	list := []annotate.Network{}
	for _, entry := range *a.networks.Load() {
		identity := entry.Network.Identity()
		list = append(list, annotate.Annotate(entry.Network, entry.claims, settings.Preference(a.store, identity), a.store.last(identity)))
	}
	return list
}

// Claims asks every helper about a network, best first: with the evidence of its portal
// if an interface has joined it and saw one, else by its name alone.
func (a *Agent) Claims(ctx context.Context, ssid wifi.SSID) []claims.Claim {
	settings := a.live.Load()
	network := wifi.Network{SSID: ssid}
	for _, entry := range *a.networks.Load() {
		if entry.SSID == ssid {
			network = entry.Network
		}
	}
	facts, identity := claims.NewFacts(network, nil), network.Identity()
	for _, as := range a.Status().Associations {
		if as.SSID == ssid && as.Phase != Inactive {
			identity = as.Identity
			if as.portal != nil {
				facts = claims.NewFacts(network, as.portal)
			}
		}
	}
	ctx, stop := context.WithTimeout(ctx, claimTime)
	defer stop()
	made := settings.Registry.Explain(ctx, facts)
	claims.Sort(made, settings.Preference(a.store, identity))
	return made
}

// Listen calls a function with every transition, in order, until the returned function
// is called. The loop calls it, so it must not block.
func (a *Agent) Listen(listener func(Transition)) (stop func()) { return a.listeners.add(listener) }

// ListenWork calls a function after each step of an association, whether there was a transition or not: after a
// probe, a flow, a request, a change of the link. The loop calls it, so it must not block.
func (a *Agent) ListenWork(listener func()) (stop func()) {
	return a.atWork.add(func(struct{}) { listener() })
}

// listeners are called with what happens. The zero value has none.
type listeners[T any] struct {
	mu   sync.Mutex
	list []*func(T) // in the order they were added; replaced, never changed
}

func (l *listeners[T]) add(listener func(T)) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(slices.Clone(l.list), &listener)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.list = slices.DeleteFunc(slices.Clone(l.list), func(other *func(T)) bool { return other == &listener })
	}
}

// notify calls the listeners. They may add and remove others.
func (l *listeners[T]) notify(happened T) {
	l.mu.Lock()
	called := l.list
	l.mu.Unlock()
	for _, listener := range called {
		(*listener)(happened)
	}
}
