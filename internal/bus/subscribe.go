package bus

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
)

// Subscribe returns a channel of every transition from now on, in order, until the
// context or the client ends. It returns when the subscription works, so it does not miss
// a transition that a later call causes. The channel is never closed.
func (c *Client) Subscribe(ctx context.Context) (<-chan agent.Transition, error) {
	rule := []dbus.MatchOption{
		dbus.WithMatchSender(c.agent.Destination()),
		dbus.WithMatchObjectPath(Path),
		dbus.WithMatchInterface(Interface),
		dbus.WithMatchMember(signalTransition),
	}
	signals := make(chan *dbus.Signal)
	c.conn.Signal(signals)
	if err := c.conn.AddMatchSignalContext(ctx, rule...); err != nil {
		c.conn.RemoveSignal(signals)
		return nil, fmt.Errorf("subscribe to transitions: %w", fromBus(err))
	}
	changes := make(chan agent.Transition, maxQueue)
	c.tasks.Go(func() {
		c.forward(ctx, signals, changes)
		c.conn.RemoveSignal(signals)
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer stop()
		_ = c.conn.RemoveMatchSignalContext(last, rule...) // without it, the bus goes on sending until Close
	})
	return changes, nil
}

// forward passes the transitions of the agent on.
func (c *Client) forward(ctx context.Context, signals <-chan *dbus.Signal, changes chan<- agent.Transition) {
	for {
		select {
		case <-ctx.Done():
			return
		case signal, ok := <-signals:
			if !ok {
				return
			}
			t, ok := c.transition(signal)
			if !ok {
				continue
			}
			select {
			case changes <- t:
			case <-ctx.Done():
				return
			case <-c.conn.Context().Done():
				return
			}
		}
	}
}

// transition reads a signal. The bus passes on what others send to this connection,
// regardless of the match rules, so the sender is checked.
func (c *Client) transition(signal *dbus.Signal) (t agent.Transition, ok bool) {
	if signal.Sender != c.agent.Destination() || signal.Path != Path || signal.Name != Interface+"."+signalTransition {
		return t, false
	}
	var dict dictionary
	err := dbus.Store(signal.Body, &dict)
	if err == nil {
		err = decode(dict, &t)
	}
	if err != nil {
		c.logger.Warn("transition cannot be read", "error", err)
		return t, false
	}
	return t, true
}
