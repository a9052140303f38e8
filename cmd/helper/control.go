package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
)

// control is an agent that can be asked: the one on the bus, or one of our own.
type control interface {
	Status(ctx context.Context) (agent.Status, error)
	Login(ctx context.Context, iface string) error
	Logoff(ctx context.Context, iface string) error
	Subscribe(ctx context.Context) (<-chan agent.Transition, error)
}

// conversation is something asked of one association: what, until when, and
// what to tell of it.
type conversation struct {
	ask  func(c control, ctx context.Context, iface string) error
	done func(agent.Association) bool
	tell func(agent.Association) error
}

// conversationTimeout bounds a login by hand: one whole flow, and a gateway that
// is slow to open after it.
const conversationTimeout = 6 * time.Minute

// converse asks the running agent, or one of its own where none runs, tells
// each transition as it comes, and ends with the association's last state.
func (a *app) converse(ctx context.Context, o sessionOptions, talk conversation) error {
	ctx, stop := context.WithTimeout(ctx, conversationTimeout)
	defer stop()
	c, end, err := a.openControl(ctx, o)
	if err != nil {
		return err
	}
	defer end()
	changes, err := c.Subscribe(ctx)
	if err != nil {
		return err
	}
	iface, err := chooseAssociation(ctx, c, o.iface)
	if err != nil {
		return err
	}
	if err := talk.ask(c, ctx, iface); err != nil {
		return explainRequest(err)
	}
	last, err := a.await(ctx, c, changes, iface, talk.done)
	if err != nil {
		return err
	}
	if a.asJSON {
		if err := a.printJSON(last); err != nil {
			return err
		}
	} else {
		a.printAssociations([]agent.Association{last})
	}
	return talk.tell(last)
}

// openControl finds the agent on the bus, else starts one of our own for one link.
func (a *app) openControl(ctx context.Context, o sessionOptions) (control, func(), error) {
	client, err := bus.Dial(ctx, bus.Config{System: a.system})
	switch {
	case err == nil:
		return client, func() { _ = client.Close() }, nil
	case errors.Is(err, bus.ErrNoBus), errors.Is(err, bus.ErrNoAgent):
		return a.ownAgent(ctx, o)
	}
	return nil, nil, err
}

// ownAgent runs an agent that watches one interface, for as long as the command lasts.
func (a *app) ownAgent(ctx context.Context, o sessionOptions) (control, func(), error) {
	logger := a.quietLogger(o.verbose)
	r, err := a.daemonEnv().Open(a.newLogger(o.verbose))
	if err != nil {
		return nil, nil, err
	}
	chosen, err := chooseLink(o.iface)
	if err != nil {
		return nil, nil, err
	}
	overrides, err := overridesOf(o.ssid, chosen.Interface)
	if err != nil {
		return nil, nil, err
	}
	overrides.Apply(&r.Settings)
	ag, err := r.NewAgent(logger)
	if err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	own := &ownControl{Agent: ag}
	running.Go(func() { own.broken = ag.Run(ctx) })
	return own, func() { stop(); running.Wait() }, nil
}

// ownControl is an agent of our own, asked as one on the bus is.
type ownControl struct {
	*agent.Agent

	broken error
}

// Status is never an error: the agent is ours.
func (o *ownControl) Status(context.Context) (agent.Status, error) { return o.Agent.Status(), nil }

// Subscribe tells of transitions. It holds more than one conversation can have.
func (o *ownControl) Subscribe(ctx context.Context) (<-chan agent.Transition, error) {
	changes := make(chan agent.Transition, 256)
	stop := o.Listen(func(t agent.Transition) {
		select {
		case changes <- t:
		default:
		}
	})
	context.AfterFunc(ctx, stop)
	return changes, nil
}

// chooseLink reads the interface that the user names, or the only one that has a default route.
func chooseLink(name string) (agent.Link, error) {
	if name == "" {
		return daemon.OnlyLink()
	}
	l, err := daemon.ReadLink(name)
	if err != nil {
		return agent.Link{}, hinted(err, "'ip link' shows the interfaces")
	}
	return l, nil
}

// joinTime is how long an interface may take to show the network it is on.
const joinTime = 3 * time.Second

// chooseAssociation waits a moment for the network, and finds the one that is meant.
func chooseAssociation(ctx context.Context, c control, iface string) (string, error) {
	late := time.NewTimer(joinTime) // of the network; an agent that is slow to answer is another matter
	defer late.Stop()
	for {
		status, err := c.Status(ctx)
		if err != nil {
			return "", err
		}
		var joined []string
		for _, as := range status.Associations {
			if as.Phase != agent.Inactive && (iface == "" || as.Interface == iface) {
				joined = append(joined, as.Interface)
			}
		}
		switch {
		case len(joined) == 1:
			return joined[0], nil
		case len(joined) > 1:
			return "", hinted(fmt.Errorf("choose an interface: %q all have a network", joined), "name one with --interface")
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("find the network of %s: %w", orAny(iface), context.Cause(ctx))
		case <-late.C:
			return "", hinted(fmt.Errorf("find the network of %s: there is none with an address and a route", orAny(iface)), "join a network first; 'ip address' and 'ip route' show what is missing")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func orAny(iface string) string {
	if iface == "" {
		return "any interface"
	}
	return iface
}

func explainRequest(err error) error {
	if errors.Is(err, agent.ErrNotLoggedIn) {
		return hinted(err, "there is nothing to log off from; disconnect to leave the network")
	}
	return err
}

// await tells each transition as it comes until the association is where it should be.
func (a *app) await(ctx context.Context, c control, changes <-chan agent.Transition, iface string, done func(agent.Association) bool) (agent.Association, error) {
	look := time.NewTicker(time.Second) // a verdict can change without a transition
	defer look.Stop()
	for {
		status, err := c.Status(ctx)
		if err != nil {
			return agent.Association{}, err
		}
		for _, as := range status.Associations {
			if as.Interface == iface && done(as) {
				a.drain(changes, iface)
				return as, nil
			}
		}
		select {
		case <-ctx.Done():
			return agent.Association{}, fmt.Errorf("wait for %s: %w", iface, context.Cause(ctx))
		case t := <-changes:
			a.progress(t, iface)
		case <-look.C:
		}
	}
}

func (a *app) drain(changes <-chan agent.Transition, iface string) {
	for {
		select {
		case t := <-changes:
			a.progress(t, iface)
		default:
			return
		}
	}
}

// progress tells a transition to a person who waits.
func (a *app) progress(t agent.Transition, iface string) {
	if t.Interface == iface && !a.asJSON {
		fmt.Fprintf(a.stderr, "%s %s: %s\n", clock(t.Time), t.To, a.causeText(t))
	}
}
