package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/wifi"
)

// control is an agent that can be asked: the one on the bus, or one of this process.
type control interface {
	Status(ctx context.Context) (agent.Status, error)
	Login(ctx context.Context, iface string) error
	Logoff(ctx context.Context, iface string) error
	AcceptChanged(ctx context.Context, iface, accept string) error
	Subscribe(ctx context.Context) (<-chan agent.Transition, error)
}

// request is something asked of one association.
type request struct {
	ask    func(c control, ctx context.Context, iface string) error
	login  bool                          // it is for a login
	done   func(agent.Association) bool  // whether the request is answered
	result func(agent.Association) error // of the command
}

// requestTimeout bounds a login by hand, and answerTime the wait for its result within that: one
// flow, and a gateway that opens late.
const (
	requestTimeout = 75 * time.Second
	answerTime     = 68 * time.Second
)

// send makes a request of the running agent, or of one in this process if none runs. It
// prints each transition, and at the end the state of the association.
func (a *app) send(ctx context.Context, o sessionOptions, r request) (err error) {
	ctx, stop := context.WithTimeout(ctx, requestTimeout)
	defer stop()
	c, end, err := a.openControl(ctx, o, r.login)
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("ask the agent: it does not answer within %v", requestTimeout)
		}
		err = errors.Join(err, end())
	}()
	_, isOwn := c.(*ownAgent) // which logs its steps itself
	a.showSteps = o.verbose && !isOwn
	changes, err := c.Subscribe(ctx)
	if err != nil {
		return err
	}
	iface, err := chooseAssociation(ctx, c, o.iface)
	if err != nil {
		return err
	}
	if err := r.ask(c, ctx, iface); err != nil {
		return err
	}
	last, err := a.await(ctx, c, changes, iface, answerTime, r.done)
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
	return r.result(last)
}

// openControl finds the agent on the bus, or starts one in this process for one link. That
// agent logs in only if login is set.
func (a *app) openControl(ctx context.Context, o sessionOptions, login bool) (c control, end func() error, err error) {
	client, err := a.dialAgent(ctx, a.daemonEnv().Bus())
	switch {
	case err == nil:
		return client, client.Close, nil
	case !errors.Is(err, bus.ErrNoBus) && !errors.Is(err, bus.ErrNoAgent):
		return nil, nil, err
	}
	r, err := a.daemonEnv().Open(ctx, a.newLogger(o.verbose))
	if err != nil {
		return nil, nil, err
	}
	chosen, err := a.chooseLink(ctx, o.iface)
	if err != nil {
		return nil, nil, err
	}
	overrides, err := overridesOf(o.ssid, chosen.Interface)
	if err != nil {
		return nil, nil, err
	}
	overrides.Apply(&r.Settings)
	if !login {
		r.Settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{NoLogin: true, Why: "a logoff was requested"} }
	}
	r.Settings.Policy = staysLoggedIn(r.Settings.Policy)
	ag, err := r.NewAgent(a.quietLogger(o.verbose), login)
	if err != nil {
		return nil, nil, err
	}
	if o.accept != "" { // before its login begins
		if err := ag.Accept(o.accept); err != nil {
			return nil, nil, err
		}
	}
	own, end := startOwn(ctx, ag, login)
	return own, end, nil
}

// staysLoggedIn is a policy for an agent that ends with its command: the session goes on.
func staysLoggedIn(policy func(wifi.Identity) agent.Policy) func(wifi.Identity) agent.Policy {
	return func(n wifi.Identity) agent.Policy {
		p := policy(n)
		p.LogoffOnExit = false
		return p
	}
}

// ownAgent is an agent of this process, asked as one on the bus is.
type ownAgent struct {
	*agent.Agent

	requested bool // it was started for a login
}

// startOwn runs an agent until it is ended.
func startOwn(ctx context.Context, ag *agent.Agent, requested bool) (own *ownAgent, end func() error) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- ag.Run(ctx) }()
	return &ownAgent{ag, requested}, func() error { stop(); return <-done }
}

// Status returns no error: the agent is in this process.
func (o *ownAgent) Status(context.Context) (agent.Status, error) { return o.Agent.Status(), nil }

// Login asks for a login, unless the agent was started for it: a second one would send what
// the portal refused to the first.
func (o *ownAgent) Login(ctx context.Context, iface string) error {
	if o.requested {
		return nil
	}
	return o.Agent.Login(ctx, iface)
}

// AcceptChanged is Login: what is accepted was passed to the agent before it ran.
func (o *ownAgent) AcceptChanged(ctx context.Context, iface, _ string) error {
	return o.Login(ctx, iface)
}

// Subscribe sends the transitions. The buffer holds more than one command causes.
func (o *ownAgent) Subscribe(ctx context.Context) (<-chan agent.Transition, error) {
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

// chooseLink reads the named interface, or the only one with a default route.
func (a *app) chooseLink(ctx context.Context, name string) (agent.Link, error) {
	if name == "" {
		return a.daemonEnv().OnlyLink(ctx)
	}
	l, err := a.daemonEnv().ReadLink(ctx, name)
	if err != nil {
		return agent.Link{}, hinted(err, "'ip link' shows the interfaces")
	}
	return l, nil
}

// joinTime bounds the wait for the network of an interface.
const joinTime = 3 * time.Second

// chooseAssociation waits for the network of the named interface, or of the only one that has a network.
func chooseAssociation(ctx context.Context, c control, iface string) (string, error) {
	late := time.NewTimer(joinTime) // not a deadline of the context: the agent may answer slowly
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

// await prints each transition until the association is done.
func (a *app) await(ctx context.Context, c control, changes <-chan agent.Transition, iface string, within time.Duration, done func(agent.Association) bool) (agent.Association, error) {
	follow := follower{app: a}
	poll := time.NewTicker(follow.every()) // a verdict can change without a transition
	defer poll.Stop()
	late := time.NewTimer(within)
	defer late.Stop()
	var last agent.Association
	for {
		status, err := c.Status(ctx)
		if err != nil {
			return agent.Association{}, err
		}
		for _, as := range status.Associations {
			if as.Interface != iface {
				continue
			}
			follow.see(as)
			if done(as) {
				a.drain(changes, iface)
				return as, nil
			}
			last = as
		}
		select {
		case <-ctx.Done():
			return agent.Association{}, fmt.Errorf("wait for %s: %w", iface, context.Cause(ctx))
		case <-late.C:
			return agent.Association{}, hinted(tooLate(last, within), "'helper status' shows how it goes on, if an agent runs")
		case t := <-changes:
			a.progress(t, iface)
		case <-poll.C:
		}
	}
}

// tooLate says what an association was still doing when the wait for its result ended.
func tooLate(as agent.Association, within time.Duration) error {
	doing := as.Phase.String()
	if as.Step != "" {
		doing += fmt.Sprintf(", step %q of %s", printable(as.Step), as.Helper)
	}
	return fmt.Errorf("wait for %s: no result after %v: it is %s; verdict %s: %s", as.Interface, within, doing, as.Verdict, printable(as.Reason))
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

// progress prints a transition for a person who waits.
func (a *app) progress(t agent.Transition, iface string) {
	if t.Interface == iface && !a.asJSON {
		fmt.Fprintf(a.stderr, "%s %s: %s\n", clock(t.Time), t.To, a.causeText(t))
	}
}
